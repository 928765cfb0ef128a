/** One-shot children of the sandbox. */
import { Duration, Effect, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { SandboxError } from "../../../services/Sandbox.ts"

/** How a child ended: exit code (137 when a signal ended it) and the last of what it wrote to stderr. */
export interface Outcome {
  readonly code: number
  readonly stderr: string
}

/** The end of a text: what fits into an error message. */
export const tail = (text: string, lines = 12) => text.trim().split("\n").slice(-lines).join("\n").slice(-4000)

/** Runs a command to its end; each line of its stdout goes to `say`. Killed with its group after `limit`. */
export const run = Effect.fn("sandbox.run")(function* (options: {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly attempted: string
  readonly limit: Duration.Input
  readonly env?: Readonly<Record<string, string>>
  readonly say?: (line: string) => Effect.Effect<void>
}) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const say = options.say ?? (() => Effect.void)
  const failed = (seen: string) => new SandboxError({ attempted: options.attempted, seen })
  const child = Effect.gen(function* () {
    const handle = yield* spawner.spawn(
      ChildProcess.make(options.command, options.args, {
        env: { ...options.env },
        extendEnv: true,
        stdin: "ignore",
        forceKillAfter: "2 seconds"
      })
    )
    const [, stderr, code] = yield* Effect.all(
      [
        handle.stdout.pipe(Stream.decodeText(), Stream.splitLines, Stream.runForEach(say)),
        handle.stderr.pipe(
          Stream.decodeText(),
          Stream.runFold(
            () => "",
            (kept, text) => (kept + text).slice(-8000)
          )
        ),
        Effect.orElseSucceed(handle.exitCode, () => 137)
      ],
      { concurrency: "unbounded" }
    )
    return { code, stderr: tail(stderr) } satisfies Outcome
  })
  return yield* Effect.scoped(child).pipe(
    Effect.mapError((error) => failed(error.message)),
    Effect.timeoutOrElse({
      duration: options.limit,
      orElse: () => Effect.fail(failed(`no end within ${Duration.format(Duration.fromInputUnsafe(options.limit))}`))
    })
  )
})

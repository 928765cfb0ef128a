/** One child of a process of the world, from its start to its end: the simulated counterpart of a process group with two pipes (LIFE-6). */
import { Effect, Option, Result } from "effect"
import { ProcessError } from "../../../services/Processes.ts"
import type { Command, Exited } from "../../../services/Processes.ts"
import { start } from "../fibers.ts"
import { makeOutput, makeReader } from "../kernel/pipes.ts"
import type { Output } from "../kernel/pipes.ts"
import type { Process, Signal } from "../kernel/processes.ts"
import { programAt, which } from "../kernel/programs.ts"
import type { World } from "../World.ts"

export const defaultPath = "/usr/local/bin:/usr/bin:/bin"

interface Child {
  readonly process: Process
  readonly output: Output
}

const wordsOf = ({ command, args }: Command) => [command, ...args].join(" ")

/** One call of the kernel about processes. */
export const processCall = <A>(
  world: World,
  process: Process,
  operation: string,
  subject: string,
  step: () => Result.Result<A, string>
): Effect.Effect<A, ProcessError> => {
  const failed = (seen: string) => new ProcessError({ attempted: `Could not ${operation}`, subject, seen })
  return world.call(
    process,
    { service: "Processes", operation, subject },
    () => Result.mapError(step(), failed),
    (fault) => failed(fault.code)
  )
}

const spawnChild = (world: World, parent: Process, command: Command, environment: Readonly<Record<string, string>>): Result.Result<Child, string> => {
  const path = which(world.tree, command.command, environment["PATH"] ?? defaultPath)
  const program = path === undefined ? undefined : programAt(world, path)
  if (path === undefined || program === undefined) return Result.fail("ENOENT: no such executable")
  const cwd = command.cwd ?? "/"
  if (Result.isFailure(world.tree.directory(cwd))) return Result.fail(`the directory ${cwd} is not there`)
  const process = world.spawn({ name: wordsOf(command), environment, parent, diesWithParent: world.parentDeathSignal })
  const output = makeOutput()
  start(world, process, program({ world, process, path, args: command.args, cwd, stdin: command.stdin ?? "", output }))
  return Result.succeed({ process, output })
}

const signalGroup = (world: World, process: Process, child: Child, signal: Signal) =>
  Effect.ignore(
    processCall(world, process, `send ${signal} to`, child.process.name, () => {
      for (const member of world.processes.inGroup(child.process.group)) world.signal(member, signal)
      return Result.succeed(undefined)
    })
  )

/** Until the child has written something or ended. */
const news = (world: World, process: Process, child: Child) =>
  world.wait<void>(process, (resume) => {
    const tell = () => resume(undefined)
    if (child.process.state !== "running" || !child.output.isEmpty()) tell()
    child.output.onPiece = tell
    child.process.observers.add(tell)
    return () => {
      child.output.onPiece = undefined
      child.process.observers.delete(tell)
    }
  })

/** Reads both pipes to their end, telling each line; twice if need be. */
const follower = (world: World, process: Process, child: Child, { onLine }: Command, scrub: (text: string) => string) => {
  const readers = { stdout: makeReader(scrub), stderr: makeReader(scrub) }
  const tell = (stream: "stdout" | "stderr", lines: ReadonlyArray<string>) =>
    Effect.forEach(lines, (line) => onLine?.(line, stream) ?? Effect.void, { discard: true })
  const deliver = Effect.uninterruptible(
    Effect.suspend(() => Effect.forEach(child.output.take(), ({ stream, text }) => tell(stream, readers[stream].push(text)), { discard: true }))
  )
  return {
    readers,
    follow: Effect.gen(function* () {
      while (child.process.state === "running") {
        yield* news(world, process, child)
        yield* deliver
      }
      yield* deliver
    }),
    finish: Effect.suspend(() => Effect.andThen(tell("stdout", readers.stdout.end()), tell("stderr", readers.stderr.end())))
  }
}

/** Runs a child to its end, its time limit, or the caller's interruption; its group never outlives this. */
export const runChild = Effect.fnUntraced(function* (
  world: World,
  process: Process,
  command: Command,
  environment: Readonly<Record<string, string>>,
  scrub: (text: string) => string
) {
  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const child = yield* processCall(world, process, "start", wordsOf(command), () => spawnChild(world, process, command, environment))
      const { readers, follow, finish } = follower(world, process, child, command, scrub)
      const terminate = signalGroup(world, process, child, "SIGTERM").pipe(
        Effect.andThen(Effect.timeoutOption(Effect.interruptible(follow), command.killAfter ?? "10 seconds")),
        Effect.andThen(signalGroup(world, process, child, "SIGKILL")),
        Effect.andThen(follow)
      )
      const reap = Effect.sync(() => world.processes.reap(child.process))
      const outcome = yield* restore(Effect.timeoutOption(follow, command.timeLimit)).pipe(Effect.onInterrupt(() => Effect.andThen(terminate, reap)))
      if (Option.isNone(outcome)) yield* terminate
      // What the child left in its group ends with it; a session of its own escapes.
      if (world.processes.inGroup(child.process.group).length > 0) yield* signalGroup(world, process, child, "SIGKILL")
      yield* reap
      yield* finish
      const limit = command.outputLimit ?? 1024 * 1024
      const [stdout, stderr] = [readers.stdout.kept(limit), readers.stderr.kept(limit)]
      const exited: Exited = {
        code: child.process.ended?.code ?? 0,
        signal: Option.fromUndefinedOr(child.process.ended?.signal),
        timedOut: Option.isNone(outcome),
        stdout: stdout.text,
        stderr: stderr.text,
        dropped: stdout.dropped + stderr.dropped
      }
      return exited
    })
  )
})

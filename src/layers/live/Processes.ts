/** {@link Processes} on Linux: process groups, `setpriv --pdeathsig`, /proc, pidfds. */
import { Effect, Fiber, Layer, Option } from "effect"
import * as fs from "node:fs"
import { constants } from "node:os"
import type { Command, PidHandle, ProcessEntry } from "../../services/Processes.ts"
import { ChildEnvironment, ProcessError, Processes } from "../../services/Processes.ts"
import { Redaction } from "../../services/Redaction.ts"
import { deathSignal, spawnGroup } from "./kernel/childGroup.ts"
import { inheritedByCommands } from "./kernel/environment.ts"
import { wordsOf } from "./kernel/errno.ts"
import { findExecutable } from "./kernel/executable.ts"
import { libc } from "./kernel/libc.ts"
import { keeper } from "./kernel/output.ts"
import { lineageOf, markedProcesses, processEntry } from "./kernel/processTable.ts"
import { pump } from "./kernel/pump.ts"

const defaultOutputLimit = 1024 * 1024
const defaultGrace = "10 seconds"

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

const make = Effect.gen(function* () {
  const redaction = yield* Redaction
  const prefix = yield* Effect.cached(deathSignal)
  const kernel = yield* Effect.cached(libc)

  /** Starting and ending are uninterruptible, so that no child is lost between the two; only the waiting for it is not. */
  const supervise = Effect.fnUntraced(function* (command: Command, restore: Restore) {
    const group = yield* spawnGroup(
      {
        command: command.command,
        args: command.args,
        env: { ...inheritedByCommands(), ...(yield* ChildEnvironment), ...command.env },
        cwd: command.cwd ?? "/",
        stdio: [command.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"]
      },
      yield* prefix
    )
    const { stdin, stdout, stderr } = group.child
    stdin?.on("error", () => {}) // EPIPE: a child need not read what it is given.
    stdin?.end(command.stdin)

    const { onLine, outputLimit = defaultOutputLimit } = command
    const kept = { stdout: keeper(outputLimit), stderr: keeper(outputLimit) }
    const drain = (pipe: typeof stdout, stream: "stdout" | "stderr") =>
      pump({ pipe, scrub: redaction.scrub, keep: kept[stream].push, onLine: onLine === undefined ? undefined : (line) => onLine(line, stream) })
    const pumps = yield* Effect.forkScoped(Effect.all([drain(stdout, "stdout"), drain(stderr, "stderr")], { concurrency: 2, discard: true }))
    const drained = Fiber.await(pumps)
    const end = group.end(command.killAfter ?? defaultGrace, drained)

    const inTime = yield* Effect.onInterrupt(restore(Effect.timeoutOption(group.exited, command.timeLimit)), () => end)
    yield* Option.isSome(inTime) ? group.settle(drained) : end
    const ending = yield* Effect.timeoutOption(group.exited, 0)
    if (Option.isNone(ending)) return yield* new ProcessError({ attempted: "Could not end", subject: command.command, seen: "it is still there after SIGKILL" })
    const [out, err] = [kept.stdout.kept(), kept.stderr.kept()]
    return { ...ending.value, timedOut: Option.isNone(inTime), stdout: out.text, stderr: err.text, dropped: out.dropped + err.dropped }
  }, Effect.scoped)

  const run = Effect.fn("Processes.run")((command: Command) => Effect.uninterruptibleMask((restore) => supervise(command, restore)))

  const reading = <A>(what: () => A) =>
    Effect.try({ try: what, catch: (thrown) => new ProcessError({ attempted: "Could not read", subject: "/proc", seen: wordsOf(thrown) }) })

  const shown = (entry: ProcessEntry): ProcessEntry => ({ ...entry, command: redaction.scrub(entry.command) })

  const hold = Effect.fnUntraced(function* (pid: number) {
    const { errno, pidfdOpen } = yield* kernel
    return yield* Effect.acquireRelease(
      Effect.suspend(() => {
        const fd = pidfdOpen(pid)
        if (fd >= 0) return Effect.succeedSome<PidHandle>({ pid, fd })
        const seen = errno()
        return seen === "ESRCH"
          ? Effect.succeedNone
          : Effect.fail(new ProcessError({ attempted: "Could not open a pidfd of process", subject: `${pid}`, seen }))
      }),
      Option.match({ onNone: () => Effect.void, onSome: (handle) => Effect.sync(() => fs.closeSync(handle.fd)) })
    )
  })

  const kill = Effect.fnUntraced(function* (handle: PidHandle) {
    const { errno, pidfdSendSignal } = yield* kernel
    if (pidfdSendSignal(handle.fd, constants.signals.SIGKILL) === 0) return true
    const seen = errno()
    return seen === "ESRCH" ? false : yield* new ProcessError({ attempted: "Could not end process", subject: `${handle.pid}`, seen })
  })

  return Processes.of({
    run,
    lineage: reading(() => lineageOf(process.pid)),
    marked: reading(() => markedProcesses().map(shown)),
    look: (pid) => reading(() => Option.map(processEntry(pid), shown)),
    hold,
    kill,
    which: (command) => Effect.sync(() => Option.fromUndefinedOr(findExecutable(command, process.env["PATH"] ?? "")))
  })
})

export const layer: Layer.Layer<Processes, never, Redaction> = Layer.effect(Processes, make)

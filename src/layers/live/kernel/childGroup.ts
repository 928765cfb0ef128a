/** One child in a process group of its own, and the ending of that group (LIFE-6, LIFE-6b). */
import { Deferred, Duration, Effect, Option } from "effect"
import type { Scope } from "effect"
import { spawn, spawnSync } from "node:child_process"
import type { ChildProcess, StdioOptions } from "node:child_process"
import * as fs from "node:fs"
import { constants } from "node:os"
import { ProcessError } from "../../../services/Processes.ts"
import { wordsOf } from "./errno.ts"
import { findExecutable } from "./executable.ts"

/** After a child's exit: so long may others hold its pipes open (a `tee` that still writes) before they are cut. */
const drainLimit = Duration.seconds(1)
/** After SIGKILL: only a process in uninterruptible sleep is still there then, and nothing helps against it. */
const killedLimit = Duration.seconds(10)

/** The child's own end: its code, or 128 + signal. */
export interface Ending {
  readonly code: number
  readonly signal: Option.Option<NodeJS.Signals>
}

export interface ChildGroup {
  readonly child: ChildProcess
  readonly exited: Effect.Effect<Ending>
  /** Asks the whole group to end, and makes it after the grace; `drained` tells when nobody writes to the pipes any more. */
  readonly end: (grace: Duration.Input, drained: Effect.Effect<unknown>) => Effect.Effect<void>
  /** After the child's own exit: gives its pipes a moment to run dry, then ends what is left of the group and cuts them. */
  readonly settle: (drained: Effect.Effect<unknown>) => Effect.Effect<void>
}

export interface ChildOptions {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly stdio: StdioOptions
}

const endingOf = (code: number | null, signal: NodeJS.Signals | null): Ending =>
  signal === null ? { code: code ?? 0, signal: Option.none() } : { code: 128 + constants.signals[signal], signal: Option.some(signal) }

/**
 * What stands before a command so that the kernel kills it when this process dies (LIFE-6b): util-linux's setpriv, which replaces itself by the command.
 * Empty where there is none (busybox has one without `--pdeathsig`): the marks of JAN-9 are left then.
 */
export const deathSignal: Effect.Effect<ReadonlyArray<string>> = Effect.sync(() => {
  const setpriv = findExecutable("setpriv", process.env["PATH"] ?? "")
  const prefix = setpriv === undefined ? [] : [setpriv, "--pdeathsig", "KILL", "--"]
  const [command, ...args] = prefix
  return command !== undefined && spawnSync(command, [...args, "true"], { stdio: "ignore", cwd: "/" }).status === 0 ? prefix : []
})

const whyNot = (options: ChildOptions): string | undefined => {
  if (!fs.statSync(options.cwd, { throwIfNoEntry: false })?.isDirectory()) return `its working directory ${options.cwd} is not there`
  if (findExecutable(options.command, options.env["PATH"] ?? "") === undefined) return "no such executable on PATH; install it, or correct PATH"
  return undefined
}

const start = (options: ChildOptions, prefix: ReadonlyArray<string>, exited: Deferred.Deferred<Ending>) =>
  Effect.callback<ChildProcess, ProcessError>((resume) => {
    const failed = (seen: string) => resume(Effect.fail(new ProcessError({ attempted: "Could not start", subject: options.command, seen })))
    try {
      const [command = options.command, ...args] = [...prefix, options.command, ...options.args]
      const reason = whyNot(options)
      if (reason !== undefined) return failed(reason)
      const child = spawn(command, args, { cwd: options.cwd, env: { ...options.env }, stdio: options.stdio, detached: true })
      child.on("exit", (code, signal) => Deferred.doneUnsafe(exited, Effect.succeed(endingOf(code, signal))))
      child.on("error", (error) => failed(error.message))
      child.on("spawn", () => resume(Effect.succeed(child)))
    } catch (thrown) {
      failed(wordsOf(thrown))
    }
  })

/** Sends a signal to the group; false when nobody is in it any more. Signal 0 only asks. */
const signalGroup = (leader: number, signal: NodeJS.Signals | 0) =>
  Effect.sync(() => {
    try {
      return process.kill(-leader, signal)
    } catch {
      return false
    }
  })

const cut = (child: ChildProcess) => Effect.sync(() => child.stdio.forEach((stream) => stream?.destroy()))

/** Starts a child. The scope's end cuts its pipes; ending the child is the caller's, before that, while something still reads them. */
export const spawnGroup = Effect.fnUntraced(function* (
  options: ChildOptions,
  prefix: ReadonlyArray<string>
): Effect.fn.Return<ChildGroup, ProcessError, Scope.Scope> {
  const exit = yield* Deferred.make<Ending>()
  const exited = Deferred.await(exit)
  const child = yield* Effect.acquireRelease(start(options, prefix, exit), cut)
  const leader = child.pid ?? 0
  const within = (limit: Duration.Input) => (effect: Effect.Effect<unknown>) => Effect.map(Effect.timeoutOption(effect, limit), Option.isSome)

  const settle = Effect.fnUntraced(function* (drained: Effect.Effect<unknown>) {
    yield* within(drainLimit)(drained)
    yield* signalGroup(leader, "SIGKILL")
    if (yield* within("200 millis")(drained)) return
    yield* cut(child)
    yield* within(drainLimit)(drained)
  })

  const end = Effect.fnUntraced(function* (grace: Duration.Input, drained: Effect.Effect<unknown>) {
    if (!(yield* Deferred.isDone(exit))) {
      yield* signalGroup(leader, "SIGTERM")
      const everybody = Effect.andThen(
        exited,
        Effect.flatMap(signalGroup(leader, 0), (some) => (some ? drained : Effect.void))
      )
      if (!(yield* within(grace)(everybody))) yield* signalGroup(leader, "SIGKILL")
      if (!(yield* within(killedLimit)(exited)))
        yield* Effect.logWarning(`Process ${leader} (${options.command}) is still there ${Duration.format(killedLimit)} after SIGKILL`)
    }
    yield* settle(drained)
  })

  return { child, exited, end, settle }
})

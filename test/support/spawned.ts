/** Real processes under test: what they say, line by line, and how they end. Nothing polls: one waits for a line or for the end. */
import { Effect } from "effect"
import { spawn } from "node:child_process"
import type { ChildProcess, StdioOptions } from "node:child_process"
import * as path from "node:path"
import * as readline from "node:readline"
import type { Readable } from "node:stream"

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Spawned {
  readonly pid: number
  readonly child: ChildProcess
  /** All lines so far, stdout's and stderr's. */
  readonly lines: ReadonlyArray<string>
  /** The first line that matches, past or to come; fails when the outputs end without one. */
  readonly line: (pattern: RegExp) => Effect.Effect<string, Error>
  /** Its end, and the end of its outputs. */
  readonly ended: Effect.Effect<Ended>
  readonly send: (line: string) => Effect.Effect<void>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
}

export interface SpawnedOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly stdio?: StdioOptions
}

/** A program of `test/process/programs`, as argv for {@link spawned}. */
export const program = (name: string, ...args: ReadonlyArray<string>): readonly [string, string, ...ReadonlyArray<string>] => [
  process.execPath,
  path.join(import.meta.dirname, "../process/programs", `${name}.ts`),
  ...args
]

/** Starts a command with pipes for all three streams; SIGKILLed with the scope if it is still there. */
export const spawned = ([command, ...args]: readonly [string, ...ReadonlyArray<string>], options: SpawnedOptions = {}) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => spawn(command, args, { env: { ...process.env, ...options.env }, stdio: options.stdio ?? ["pipe", "pipe", "pipe"] })),
      (child) => Effect.sync(() => void child.kill("SIGKILL"))
    ),
    watch
  )

const watch = (child: ChildProcess): Spawned => {
  const lines: Array<string> = []
  const waiting = new Set<() => void>()
  const state = { open: 0, ended: undefined as Ended | undefined }
  const changed = () => waiting.forEach((look) => look())
  const read = (stream: Readable | null) => {
    if (stream === null) return
    state.open += 1
    readline.createInterface({ input: stream }).on("line", (line) => {
      lines.push(line)
      changed()
    })
    stream.on("close", () => {
      state.open -= 1
      changed()
    })
  }
  read(child.stdout)
  read(child.stderr)
  child.stdin?.on("error", () => {})
  child.on("exit", (code, signal) => {
    state.ended = { code, signal }
    changed()
  })
  const until = <A, E>(look: () => Effect.Effect<A, E> | undefined) =>
    Effect.callback<A, E>((resume) => {
      const again = () => {
        const seen = look()
        if (seen === undefined) return
        waiting.delete(again)
        resume(seen)
      }
      waiting.add(again)
      again()
      return Effect.sync(() => void waiting.delete(again))
    })
  return {
    pid: child.pid ?? -1,
    child,
    lines,
    line: (pattern) =>
      until<string, Error>(() => {
        const found = lines.find((line) => pattern.test(line))
        if (found !== undefined) return Effect.succeed(found)
        return state.open === 0 ? Effect.fail(new Error(`No line like ${pattern} among:\n${lines.join("\n")}`)) : undefined
      }),
    ended: until<Ended, never>(() => (state.ended !== undefined && state.open === 0 ? Effect.succeed(state.ended) : undefined)),
    send: (line) => Effect.sync(() => void child.stdin?.write(`${line}\n`)),
    signal: (signal) => Effect.sync(() => void child.kill(signal))
  }
}

/** Waits until a process that is not ours is gone (the waiting is coreutils'). */
export const gone = (pid: number) => Effect.scoped(Effect.flatMap(spawned(["tail", "-s", "0.05", `--pid=${pid}`, "-f", "/dev/null"]), (tail) => tail.ended))

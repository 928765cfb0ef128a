/**
 * Marks (JAN-9): children that live on after their run's death are known by their environment alone, never by a recorded pid, and are ended through a
 * pidfd, after a second look at that environment, so that a pid which came to mean another process is never hit.
 */
import { Clock, Effect, Option, Schema } from "effect"
import { Processes, type ProcessEntry, type ProcessError } from "../services/Processes.ts"

/** Processes that could not be ended in time: nothing may be reaped or deployed beside them. */
export class ProcessesRemain extends Schema.TaggedError<ProcessesRemain>()("ProcessesRemain", {
  mark: Schema.String,
  remaining: Schema.Array(Schema.String)
}) {
  override get message() {
    return `Processes of an earlier run (mark ${this.mark}) could not be ended: ${this.remaining.join(", ")}. End them by hand; nothing was removed or deployed.`
  }
}

/** How long ending may take; SIGKILL works at once unless a process is stuck in the kernel. */
const bound = 10_000
/** A killed process leaves the table a moment later: the pause between two looks. */
const pause = "25 millis"

/** Ends every process that `guilty` picks out of the marked ones, never itself or an ancestor. Returns how many were ended. */
const end = Effect.fnUntraced(function* (
  mark: string,
  guilty: (entry: ProcessEntry) => boolean
): Effect.fn.Return<number, ProcessError | ProcessesRemain, Processes> {
  const processes = yield* Processes
  const spared = new Set(yield* processes.lineage)
  const picked = (entry: ProcessEntry) => !entry.zombie && !spared.has(entry.pid) && guilty(entry)
  const started = yield* Clock.currentTimeMillis
  const ended = new Set<number>()
  while (true) {
    const found = (yield* processes.marked).filter(picked)
    if (found.length === 0) return ended.size
    if ((yield* Clock.currentTimeMillis) - started > bound) {
      return yield* new ProcessesRemain({ mark, remaining: found.map(({ pid, command }) => `${command} (pid ${pid})`) })
    }
    for (const { pid } of found) {
      yield* Effect.scoped(
        Effect.gen(function* () {
          const handle = yield* processes.hold(pid)
          const entry = yield* processes.look(pid)
          if (Option.isNone(handle) || Option.isNone(entry) || !picked(entry.value)) return
          if (yield* processes.kill(handle.value)) ended.add(pid)
        })
      )
    }
    yield* Effect.sleep(pause)
  }
})

const valueIs = (value: Option.Option<string>, wanted: string): boolean => Option.isSome(value) && value.value === wanted

/** Ends what an earlier holder of this lock left running: same lock value, another token. Called by whoever has just acquired the lock. */
export const endStrangers = Effect.fn("endStrangers")(function* (mark: string, ownToken: Option.Option<string>) {
  return yield* end(mark, ({ lock, token }) => valueIs(lock, mark) && !(Option.isSome(ownToken) && valueIs(token, ownToken.value)))
})

/** Ends everything that this run itself has started under its lock (TEAR-0). */
export const endOwn = Effect.fn("endOwn")(function* (mark: string, token: string) {
  return yield* end(mark, ({ lock, token: its }) => valueIs(lock, mark) && valueIs(its, token))
})

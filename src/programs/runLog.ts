/** The run's own log: everything that is told is also written, as events to `run.log`, and in words to the log of the tier that was running. */
import { Clock, DateTime, Effect, Ref } from "effect"
import { Progress, type RunEvent } from "../services/Progress.ts"
import type { RunDirectory } from "../services/RunStore.ts"

/** A readable line for a tier's log; none for what has its own log or says nothing there. */
const words = (event: RunEvent): string | undefined => {
  switch (event._tag) {
    case "StageStarted":
      return `${event.stage} begins`
    case "StageEnded":
      return `${event.stage}: ${event.outcome} after ${(event.elapsed / 1000).toFixed(1)} s${event.reason === "" ? "" : ` (${event.reason})`}`
    case "Waiting":
      return `waiting for ${event.what}, ${(event.elapsed / 1000).toFixed(1)} of at most ${event.bound / 1000} s; seen: ${event.seen}`
    case "Step":
      return event.text
    case "Warning":
      return `warning: ${event.text}`
    case "Output":
      return `${event.source} | ${event.line}`
    default:
      return undefined
  }
}

/** Lets what `effect` tells reach the run's logs as well as whoever listens already. */
export const tellInto = <A, E, R>(directory: RunDirectory, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const listener = yield* Progress
    // Stages lie in each other: the deploy is part of the install.
    const stages = yield* Ref.make<ReadonlyArray<string>>([])
    const emit = Effect.fnUntraced(function* (event: RunEvent) {
      if (event._tag === "StageStarted") yield* Ref.update(stages, (outer) => [event.stage, ...outer])
      const at = yield* Clock.currentTimeMillis
      yield* directory.log("run", JSON.stringify({ at: DateTime.formatIso(DateTime.makeUnsafe(at)), ...event }))
      const line = words(event)
      if (line !== undefined) yield* directory.log((yield* Ref.get(stages))[0] ?? "prepare", line)
      if (event._tag === "StageEnded") yield* Ref.update(stages, (open) => open.slice(open.indexOf(event.stage) + 1))
      yield* listener.emit(event)
    })
    return yield* effect.pipe(Effect.provideService(Progress, { emit }))
  })

/** Nothing is silent for more than 5 s (spec 05): when the program has said nothing for so long, the listener says what it last said it waits for. */
import { Clock, Effect } from "effect"
import type { RunEvent } from "../../../services/Progress.ts"

/** ms of silence after which the listener speaks. */
export const silence = 5_000

type Waiting = Extract<RunEvent, { readonly _tag: "Waiting" }>

/** What the program said last. Times are ms since the epoch. */
export interface Pulse {
  readonly stage: string
  readonly last: string
  readonly lastAt: number
  /** The wait that goes on, and when it began. */
  readonly wait: { readonly event: Waiting; readonly began: number } | undefined
  /** When anything was printed. */
  readonly saidAt: number
  readonly ended: boolean
}

export const quietPulse = (now: number): Pulse => ({ stage: "", last: "", lastAt: now, wait: undefined, saidAt: now, ended: false })

/** The pulse after an event. Anything but more of the same wait ends the wait; warnings and output come between. */
export const heard = (pulse: Pulse, event: RunEvent, now: number): Pulse => {
  switch (event._tag) {
    case "Waiting":
      return { ...pulse, wait: { event, began: now - event.elapsed } }
    case "StageStarted":
      return { ...pulse, stage: event.stage, wait: undefined, last: "", lastAt: now }
    case "StageEnded":
      return { ...pulse, stage: "", wait: undefined, last: `${event.stage} has ended`, lastAt: now }
    case "Step":
      return { ...pulse, wait: undefined, last: event.text, lastAt: now }
    case "RunEnded":
      return { ...pulse, ended: true }
    default:
      return pulse
  }
}

/** The event that breaks the silence; a wait that nobody announced is for the last step, or the stage, to end. */
export const beat = (pulse: Pulse, now: number): Waiting => {
  if (pulse.wait !== undefined) return { ...pulse.wait.event, elapsed: now - pulse.wait.began }
  const what = pulse.last !== "" ? `this to end: ${pulse.last}` : pulse.stage !== "" ? `${pulse.stage} to go on` : "the run to go on"
  return { _tag: "Waiting", what, seen: "", elapsed: now - pulse.lastAt, bound: 0 }
}

/** Breaks every silence until the run has ended. */
export const beating = (current: Effect.Effect<Pulse>, emit: (event: RunEvent) => Effect.Effect<void>): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const pulse = yield* current
    if (now - pulse.saidAt >= silence) yield* emit(beat(pulse, now))
    yield* Effect.sleep(Math.max(1, (yield* current).saidAt + silence - now))
    return (yield* current).ended
  }).pipe(Effect.repeat({ until: (ended) => ended }))

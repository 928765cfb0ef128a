/** Plain lines on standard error, each with the time since the run began: for CI, files and pipes. */
import { Clock, Effect, Layer, Ref } from "effect"
import { paint } from "../../../model/paint.ts"
import { visibleLine } from "../../../model/visible.ts"
import type { RunEvent } from "../../../services/Progress.ts"
import { Progress } from "../../../services/Progress.ts"
import { Redaction } from "../../../services/Redaction.ts"
import { Screen } from "../../../services/Screen.ts"
import { beating, heard, quietPulse } from "./pulse.ts"
import type { Pulse } from "./pulse.ts"
import type { Said } from "./words.ts"
import { wordsOf } from "./words.ts"

interface State {
  readonly began: number
  readonly pulse: Pulse
  /** The wait that was printed last: one that flickers is told at most once a second. */
  readonly wait: { readonly what: string; readonly at: number } | undefined
}

const flicker = 1_000

const stamp = (millis: number): string => {
  const tenths = Math.floor(millis / 100)
  return `[${String(Math.floor(tenths / 600)).padStart(2, "0")}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}]`
}

const isFlicker = ({ wait }: State, event: RunEvent, now: number): boolean =>
  event._tag === "Waiting" && wait !== undefined && wait.what === event.what && now - wait.at < flicker

/** The state after an event, and what is printed for it. */
export const tell = (state: State, event: RunEvent, now: number): readonly [State, ReadonlyArray<Said>] => {
  const pulse = heard(state.pulse, event, now)
  const words = isFlicker(state, event, now) ? [] : wordsOf(event)
  const wait =
    event._tag === "Waiting"
      ? words.length === 0
        ? state.wait
        : { what: event.what, at: now }
      : event._tag === "Step" || event._tag === "StageStarted"
        ? undefined
        : state.wait
  return [{ began: state.began, pulse: words.length === 0 ? pulse : { ...pulse, saidAt: now }, wait }, words]
}

/** Listens and prints. One for a run; its heart beats until the run has ended or the scope closes. */
export const layer: Layer.Layer<Progress, never, Screen | Redaction> = Layer.effect(
  Progress,
  Effect.gen(function* () {
    const screen = yield* Screen
    const { scrub } = yield* Redaction
    const start = yield* Clock.currentTimeMillis
    const state = yield* Ref.make<State>({ began: start, pulse: quietPulse(start), wait: undefined })

    const emit = Effect.fnUntraced(function* (event: RunEvent) {
      const now = yield* Clock.currentTimeMillis
      const [next, words] = tell(yield* Ref.get(state), event, now)
      yield* Ref.set(state, next)
      const lines = words.map(({ text, tone }) => `${stamp(now - next.began)} ${paint(visibleLine(scrub(text)), tone, screen.colors.stderr)}\n`)
      if (lines.length > 0) yield* screen.write("stderr", lines.join(""))
    })

    yield* Effect.forkScoped(
      beating(
        Effect.map(Ref.get(state), ({ pulse }) => pulse),
        emit
      )
    )
    return { emit }
  })
)

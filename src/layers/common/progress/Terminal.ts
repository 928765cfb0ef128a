/** A live region at the bottom of the terminal behind standard error, redrawn at most ten times a second; warnings go above it and stay. */
import { Clock, Effect, Layer, Option, Queue, Ref } from "effect"
import { paint } from "../../../model/paint.ts"
import { visibleLine } from "../../../model/visible.ts"
import type { RunEvent } from "../../../services/Progress.ts"
import { Progress } from "../../../services/Progress.ts"
import { Redaction } from "../../../services/Redaction.ts"
import type { TerminalSize } from "../../../services/Screen.ts"
import { Screen } from "../../../services/Screen.ts"
import { widthOf } from "./fit.ts"
import { emptyView, lines, see } from "./view.ts"
import type { View } from "./view.ts"
import { wordsOf } from "./words.ts"

interface State {
  readonly view: View
  /** Lines that are to be printed above the region, once. */
  readonly above: ReadonlyArray<string>
  /** The region as it stands on the screen. */
  readonly drawn: ReadonlyArray<string>
}

const redraw = "100 millis"
const tick = "1 second"
const fallback: TerminalSize = { columns: 80, rows: 24 }

/** Rows that lines fill on the screen: a terminal that became narrower has wrapped them. */
const height = (drawn: ReadonlyArray<string>, columns: number): number => drawn.reduce((sum, text) => sum + Math.max(1, Math.ceil(widthOf(text) / columns)), 0)

/**
 * What is written to bring the screen from one state to the next: line over line, and only then away with what is below. (Clearing a whole screen first would
 * flicker, and make tmux keep a copy of it in its history.) A last column stays free: some terminals wrap when it is filled.
 */
export const drawing = (state: State, now: number, size: TerminalSize, colors: boolean): readonly [State, string] => {
  const columns = Math.max(10, size.columns - 1)
  const drawn = lines(state.view, now, { columns, rows: state.view.ended ? 1_000 : size.rows }, colors)
  const up = height(state.drawn, size.columns)
  const text = [...state.above, ...drawn].map((one) => `${one}\u001b[K\n`).join("")
  return [{ view: state.view, above: [], drawn }, `${up === 0 ? "" : `\u001b[${up}A\r`}${text}\u001b[J`]
}

/** Listens and draws. One for a run. Whatever ends the scope, the last drawing stays as the transcript. */
export const layer: Layer.Layer<Progress, never, Screen | Redaction> = Layer.effect(
  Progress,
  Effect.gen(function* () {
    const screen = yield* Screen
    const { scrub } = yield* Redaction
    const clean = (text: string) => visibleLine(scrub(text))
    const state = yield* Ref.make<State>({ view: emptyView(yield* Clock.currentTimeMillis), above: [], drawn: [] })
    const changed = yield* Queue.sliding<void>(1)

    const draw = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const size = Option.getOrElse(yield* screen.terminal, () => fallback)
      const [next, text] = drawing(yield* Ref.get(state), now, size, screen.colors.stderr)
      yield* Ref.set(state, next)
      yield* screen.write("stderr", text)
    })

    const emit = Effect.fnUntraced(function* (event: RunEvent) {
      const now = yield* Clock.currentTimeMillis
      const stays = event._tag === "Warning" ? wordsOf(event).map(({ text, tone }) => paint(clean(text), tone, screen.colors.stderr)) : []
      yield* Ref.update(state, ({ view, above, drawn }) => ({ view: see(view, event, now, clean), above: [...above, ...stays], drawn }))
      if (event._tag === "RunEnded") yield* draw
      else yield* Queue.offer(changed, undefined)
    })

    const drawOnce = Effect.gen(function* () {
      yield* Effect.raceFirst(Queue.take(changed), Effect.sleep(tick))
      const { ended } = (yield* Ref.get(state)).view
      if (!ended) yield* draw
      yield* Effect.sleep(redraw)
      return ended
    })
    yield* Effect.addFinalizer(() => Effect.flatMap(Ref.get(state), ({ view }) => (view.ended ? Effect.void : draw)))
    yield* Effect.forkScoped(Effect.repeat(drawOnce, { until: (ended) => ended }))
    return { emit }
  })
)

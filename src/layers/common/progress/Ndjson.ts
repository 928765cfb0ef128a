/** One JSON object a line on standard output, `{"at": <ISO time>, "_tag": ...}`: for machines. Silence is broken by a `Waiting` event here, too. */
import { Clock, DateTime, Effect, Layer, Ref } from "effect"
import type { RunEvent } from "../../../services/Progress.ts"
import { Progress } from "../../../services/Progress.ts"
import { Redaction } from "../../../services/Redaction.ts"
import { Screen } from "../../../services/Screen.ts"
import { beating, heard, quietPulse } from "./pulse.ts"

export const layer: Layer.Layer<Progress, never, Screen | Redaction> = Layer.effect(
  Progress,
  Effect.gen(function* () {
    const screen = yield* Screen
    const { scrub } = yield* Redaction
    const state = yield* Ref.make(quietPulse(yield* Clock.currentTimeMillis))

    const emit = Effect.fnUntraced(function* (event: RunEvent) {
      const now = yield* Clock.currentTimeMillis
      yield* Ref.update(state, (pulse) => ({ ...heard(pulse, event, now), saidAt: now }))
      const line = JSON.stringify({ at: DateTime.formatIso(DateTime.makeUnsafe(now)), ...event })
      yield* screen.write("stdout", `${scrub(line)}\n`)
    })

    yield* Effect.forkScoped(beating(Ref.get(state), emit))
    return { emit }
  })
)

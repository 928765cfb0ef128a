/** A {@link Redaction} of plain values, for tests of what scrubs. */
import { Effect, Layer } from "effect"
import { Redaction } from "../../src/services/Redaction.ts"

export const layerPlainRedaction: Layer.Layer<Redaction> = Layer.effect(
  Redaction,
  Effect.sync(() => {
    const values = new Set<string>()
    return {
      register: (value) => Effect.sync(() => void values.add(value)),
      scrub: (text) => [...values].reduce((scrubbed, value) => scrubbed.replaceAll(value, "[redacted]"), text)
    }
  })
)

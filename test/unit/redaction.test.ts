import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import * as Base64 from "effect/encoding/Base64"
import { layer } from "../../src/layers/common/Redaction.ts"
import { Redaction } from "../../src/services/Redaction.ts"

const scrubbed = (values: ReadonlyArray<string>, text: string) =>
  Effect.gen(function* () {
    const redaction = yield* Redaction
    for (const value of values) yield* redaction.register(value)
    return redaction.scrub(text)
  }).pipe(Effect.provide(layer))

const secret = `p?ss>w0rd~"'&<ÿ> \\x/+`

describe("Redaction: no secret in any log, result or progress", () => {
  it.effect.each([
    ["as it is", secret],
    ["base64", Base64.encode(secret)],
    ["base64url", Base64.encode(secret).replaceAll("+", "-").replaceAll("/", "_")],
    ["base64 without padding", Base64.encode(secret).replaceAll("=", "")],
    ["URL-encoded", encodeURIComponent(secret)],
    ["URL-encoded, lower case", encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase())],
    ["form-encoded", new URLSearchParams({ a: secret }).toString().slice(2)],
    ["JSON", JSON.stringify(secret).slice(1, -1)],
    ["XML", "p?ss&gt;w0rd~&quot;'&amp;&lt;ÿ&gt; \\x/+"]
  ] as const)("replaces a value %s", ([, form]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* scrubbed([secret], `before ${form} after`), "before [redacted] after")
    })
  )

  it.effect("the longer of two values that begin alike leaves no end behind", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* scrubbed(["hunter22", "hunter22-and-more"], "x hunter22-and-more y hunter22"), "x [redacted] y [redacted]")
    })
  )

  it.effect("values under four characters are ordinary words", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* scrubbed(["yes", ""], "yes, it works"), "yes, it works")
    })
  )

  it.effect("a value of several lines is known line by line, as logs are scrubbed", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* scrubbed(["first-line\r\nsecond-line\n"], "got second-line"), "got [redacted]")
    })
  )

  it.effect("characters of regular expressions are plain characters", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* scrubbed(["a.*b|[c]-\\d$^"], "aXXb a.*b|[c]-\\d$^"), "aXXb [redacted]")
    })
  )

  it.effect("the mask itself holds nothing that is scrubbed again and again", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* scrubbed(["$& $1 $$"], "a $& $1 $$ b"), "a [redacted] b")
    })
  )

  const word = Arbitrary.schema(Schema.String.pipe(Schema.check(Schema.isMinLength(8), Schema.isMaxLength(40))))
  it.effect.prop(
    "a value inside a base64 text is found at each of the three alignments",
    { value: word, before: Schema.String, after: Schema.String },
    ({ value, before, after }) =>
      Effect.gen(function* () {
        const inner = new TextEncoder().encode(value)
        const clean = yield* scrubbed([value], Base64.encode(`${before}${value}${after}`))
        // Whatever is left of the text cannot hold the value any more: its middle is masked.
        assert.include(clean, "[redacted]")
        assert.isBelow(clean.replaceAll("[redacted]", "").length, Base64.encode(`${before}${value}${after}`).length - Math.floor((inner.length * 8) / 6) + 3)
      })
  )
})

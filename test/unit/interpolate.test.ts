import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { escapeTemplate, interpolate } from "../../src/model/interpolate.ts"

const values = { A: "a", EMPTY: "", B: "b" }

describe("interpolate (DEP-10: images of the app's compose files are resolved with its .env)", () => {
  it.each([
    ["plain", "plain"],
    ["$A-${A}-$NONE-${NONE}.", "a-a--."],
    ["$$A $${A}", "$A ${A}"],
    ["${A:-x}${EMPTY:-x}${NONE:-x}", "axx"],
    ["${A-x}${EMPTY-x}${NONE-x}", "ax"],
    ["${A:+x}${EMPTY:+x}${NONE:+x}", "x"],
    ["${A+x}${EMPTY+x}${NONE+x}", "xx"],
    ["${A:?no}${EMPTY?no}", "a"],
    ["${NONE:-${EMPTY:-${B:-c}}}", "b"],
    ["${NONE:-${EMPTY:-}}x", "x"],
    ["${NONE:-a}}", "a}"],
    ["${NONE:-$A:$B}", "a:b"],
    ["${NONE:-$$}", "$"],
    ["${NONE:-$${A}", "${A"],
    ["Host(`${A}`${NONE})", "Host(`a`)"],
    ["${A}${A}", "aa"],
    ["$A$B", "ab"]
  ])("%s", (text, expected) => {
    assert.deepStrictEqual(interpolate(text, values), Result.succeed(expected))
  })

  it.each([["$"], ["${}"], ["${A"], ["${A!x}"], ["$1"], ["x $ y"], ["${NONE:-${A}"], ["${NONE:-".repeat(40) + "}".repeat(40)]])("refuses %s", (text) => {
    assert.isTrue(Result.isFailure(interpolate(text, values)))
  })

  it("a text that multiplies a long value is refused", () => {
    assert.isTrue(Result.isFailure(interpolate("$A".repeat(100_000), { A: "x".repeat(100_000) })))
  })

  it("a required variable is named, with the file's own words", () => {
    assert.deepStrictEqual(interpolate("${NONE:?set ${A} first}", values), Result.fail("required variable NONE is missing a value: set a first"))
    assert.deepStrictEqual(interpolate("${EMPTY:?}", values), Result.fail("required variable EMPTY is missing a value"))
  })

  it("what a value holds is not interpolated again, and names of Object.prototype are unset", () => {
    assert.deepStrictEqual(interpolate("${X}${constructor}", { X: "$A ${A}" }), Result.succeed("$A ${A}"))
  })

  it.prop("an escaped text comes back as it was", { text: Schema.String }, ({ text }) => {
    assert.deepStrictEqual(interpolate(escapeTemplate(text), values), Result.succeed(text))
  })
  it.prop("it is total", { text: Schema.String, value: Schema.String }, ({ text, value }) => {
    assert.isTrue(Result.isResult(interpolate(`\${A${text}}${text}`, { A: value })))
  })
})

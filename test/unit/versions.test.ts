import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { byVersion, isVersion } from "../../src/model/versions.ts"

describe("versions (UPG-1: which tags are published versions, and which is the newest)", () => {
  it.each([
    ["1.0.0+1.26.3", true],
    ["0.10.2+v2.3-alpine", true],
    ["v1.0.0+1", true],
    ["2.0.0-rc1+3", true],
    ["1.0.0", false],
    ["1.0+2", false],
    ["main", false],
    ["1.0.0+", false],
    ["1.0.0+a b", false],
    ["x1.0.0+1", false]
  ])("%s: %s", (tag, expected) => {
    assert.strictEqual(isVersion(tag), expected)
  })

  it("oldest first, numbers as numbers", () => {
    const ordered = [
      "0.1.0+1.22.1",
      "0.2.0+1.22.1",
      "0.9.0+2",
      "0.10.0+1",
      "1.0.0-rc2+5",
      "1.0.0-rc10+5",
      "1.0.0+1.9.0",
      "1.0.0+1.10.0",
      "1.0.0+1.10.0-alpine",
      "10.0.0+0"
    ]
    assert.deepStrictEqual(ordered.toReversed().sort(byVersion), ordered)
  })

  const version = Arbitrary.schema(
    Schema.Union([Schema.String, Schema.TemplateLiteral([Schema.Natural, ".", Schema.Natural, ".1+", Schema.Literals(["1", "01", "v1", "1.2", "a"])])])
  )
  it.prop("the order is total and transitive", { a: version, b: version, c: version }, ({ a, b, c }) => {
    assert.strictEqual(byVersion(a, b) + byVersion(b, a), 0)
    assert.strictEqual(byVersion(a, b) === 0, a === b)
    if (byVersion(a, b) <= 0 && byVersion(b, c) <= 0) assert.isAtMost(byVersion(a, c), 0)
  })
})

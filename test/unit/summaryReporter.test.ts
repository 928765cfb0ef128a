import { describe, expect, it } from "vitest"
import { summarize } from "../../scripts/summaryReporter.ts"

const outcomes = [
  { name: "test/a.test.ts > works", state: "passed" },
  { name: "test/a.test.ts > engine > deploys", state: "skipped", reason: "no engine: not root" },
  { name: "test/a.test.ts > engine", state: "skipped" }
] as const

describe("the end of a test run", () => {
  it("names each skip with its reason, and counts on the last line", () => {
    expect(summarize(outcomes, 0, [], false)).toEqual({
      lines: [
        "Skipped:",
        "  test/a.test.ts > engine > deploys: no engine: not root",
        "  test/a.test.ts > engine: no reason given",
        "1 passed, 0 failed, 2 skipped"
      ],
      failed: 0
    })
  })

  it("counts a skip as a failure in CI", () => {
    const { lines, failed } = summarize(outcomes, 0, [], true)
    expect(failed).toBe(2)
    expect(lines).toContain("  REFUSED test/a.test.ts > engine > deploys: no engine: not root")
    expect(lines.at(-1)).toBe("1 passed, 2 failed")
  })

  it("accepts in CI what the list names, a whole suite or file too, but no name that merely begins alike", () => {
    const allow = (test: string) => summarize(outcomes, 0, [{ test, reason: "a test" }], true).lines.at(-1)
    expect(allow("test/a.test.ts > engine")).toBe("1 passed, 0 failed, 2 skipped")
    expect(allow("test/a.test.ts")).toBe("1 passed, 0 failed, 2 skipped")
    expect(allow("test/a.test.ts > eng")).toBe("1 passed, 2 failed")
    expect(allow("test/a.test.ts > engine > deploys")).toBe("1 passed, 1 failed, 1 skipped")
  })

  it("counts files that did not load", () => {
    expect(summarize([], 1, [], false)).toEqual({ lines: ["0 passed, 1 failed"], failed: 1 })
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import type { RunFacts } from "../../src/programs/facts.ts"
import { renderJunit } from "../../src/programs/junit.ts"
import { verdictOf } from "../../src/programs/verdict.ts"
import { failed, failure, facts, stageFact, stagesWith } from "../support/facts.ts"

const render = (over: Partial<RunFacts> = {}) => renderJunit(facts(over), verdictOf(facts(over)))

/** Tags must nest and close; returns the elements' opening tags. */
const elements = (xml: string): ReadonlyArray<string> => {
  const open: Array<string> = []
  const seen: Array<string> = []
  for (const [, closing, name = "", attributes = "", empty] of xml.matchAll(/<(\/?)([a-z]+)((?: [a-z]+="[^"<>]*")*)(\/?)>/g)) {
    if (closing === "/") assert.strictEqual(open.pop(), name)
    else {
      seen.push(`${name}${attributes}`)
      if (empty === "") open.push(name)
    }
  }
  assert.deepStrictEqual(open, [])
  assert.notMatch(xml.replace(/^<\?xml[^>]*\?>/, "").replaceAll(/<\/?[a-z]+(?: [a-z]+="[^"<>]*")*\/?>/g, ""), /[<>]|&(?!(amp|lt|gt|quot|#10|#9);)/)
  return seen
}

const broken = /<(failure|error) /
const nasty = 'a <b> & "c" ]]> \u0000\u001b[31m \ud800 \ufffe é 漢\nline 2\tx'

describe("spec 05: junit.xml", () => {
  it("a suite a stage, functional tests one by one, and the run as a whole", () => {
    const found = elements(render())
    for (const name of ["install", "upgrade", "backup", "restore", "custom", "run"])
      assert.isTrue(
        found.some((tag) => tag.startsWith(`testsuite name="${name}"`)),
        name
      )
    assert.isTrue(found.some((tag) => tag.includes(`classname="custom-html.custom" name="functional/page.ts"`)))
  })
  it("counts what it holds", () => {
    const xml = render({
      stages: stagesWith(failed("upgrade"), stageFact("backup", { status: "skip", reason: "no labels" })),
      failures: [failure("infrastructure")]
    })
    assert.match(xml, /<testsuites name="ccci custom-html" tests="8" failures="1" errors="1" skipped="1"/)
    assert.match(xml, /<skipped message="no labels"\/>/)
  })
  it("the recipe's fault is a failure, the machine's an error", () => {
    assert.match(render({ stages: stagesWith(failed("install")) }), /<failure message="install broke" type="red">/)
    assert.match(render({ stages: stagesWith(failed("install", "infrastructure")) }), /<error message="install broke" type="infrastructure">/)
  })
  it.each<readonly [string, Partial<RunFacts>]>([
    ["green", {}],
    ["a failing stage", { stages: stagesWith(failed("custom")) }],
    ["a failing test", { tests: [{ name: "t", origin: "recipe", status: "fail", reason: "no", needs: "nothing", duration: 1 }] }],
    ["a leak", { leak: Option.none() }],
    ["stopped", { stopCause: Option.some("SIGTERM") }],
    ["the head did not run", { headRan: Option.some(false) }],
    ["a stage without a trace", { stages: [] }],
    ["base broken", { base: Option.some({ version: "1", commit: Option.none(), broken: Option.some("gone") }) }],
    ["skips only", { stages: stagesWith(stageFact("custom", { status: "skip", reason: "none" })), tests: [] }]
  ])("red in the CI's eyes if and only if the run is not green: %s", (_name, over) => {
    assert.strictEqual(broken.test(render(over)), !verdictOf(facts(over)).ok)
  })
  it("whatever the texts hold, the file stays well-formed and free of control characters", () => {
    const xml = render({
      stages: stagesWith(
        stageFact("install", { status: "fail", reason: nasty, failure: Option.some({ class: "recipe", headline: nasty, hint: nasty, evidence: [nasty] }) }),
        stageFact("backup", { status: "skip", reason: nasty })
      ),
      tests: [{ name: nasty, origin: "recipe", status: "fail", reason: nasty, needs: "nothing", duration: 1 }]
    })
    elements(xml)
    assert.notMatch(xml, /[\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]|[\ud800-\udfff](?![\udc00-\udfff])/)
    assert.include(xml, "a &lt;b&gt; &amp; &quot;c&quot; ]]&gt; \\x00\\x1b[31m \\ud800 \\ufffe é 漢")
  })
})

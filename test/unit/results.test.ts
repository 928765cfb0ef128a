import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { elapsed } from "../../src/model/paint.ts"
import { ConfigFile } from "../../src/model/settings.ts"
import { visible, visibleLine } from "../../src/model/visible.ts"
import type { RunFacts } from "../../src/programs/facts.ts"
import { renderResults, Results } from "../../src/programs/results.ts"
import { summaryOf } from "../../src/programs/summary.ts"
import { verdictOf } from "../../src/programs/verdict.ts"
import { jsonSchemaText } from "../../scripts/schemas.ts"
import { failed, failure, facts, stageFact, stagesWith } from "../support/facts.ts"

const render = (over: Partial<RunFacts> = {}) => renderResults(facts(over), verdictOf(facts(over)))
const read = (over: Partial<RunFacts> = {}) => Schema.decodeUnknownSync(Results)(JSON.parse(render(over)), { onExcessProperty: "error", errors: "all" })

describe("spec 05: results.json", () => {
  it.each<readonly [string, Partial<RunFacts>]>([
    ["a green run", {}],
    [
      "a run that ended before anything",
      {
        stages: [],
        tests: [],
        domain: Option.none(),
        head: Option.none(),
        base: Option.none(),
        upgrade: Option.none(),
        headRan: Option.none(),
        leak: Option.none(),
        deploys: { count: 0, reasons: [] },
        failures: [failure("infrastructure")],
        versions: { ccci: "0", abra: { implementation: "cli", version: "0" }, engine: Option.none() }
      }
    ],
    [
      "a stopped run that leaked",
      { stopCause: Option.some("deadline"), leak: Option.some({ clean: false, residue: [{ kind: "network", name: "n" }], problems: ["p"], checkedAt: 5 }) }
    ]
  ])("%s is what its schema says, and nothing else", (_name, over) => {
    assert.strictEqual(read(over).version, 1)
  })
  it("carries what spec 05 lists", () => {
    const results = read({ stages: stagesWith(failed("restore")), requested: { ...facts().requested, ref: Option.some("main"), pr: Option.some(7) } })
    assert.deepInclude(results, { recipe: "custom-html", ok: false, exit: { class: "red", code: 1 }, level: 2, topLevel: 4 })
    assert.deepInclude(results.requested, { ref: "main", pr: 7 })
    assert.deepStrictEqual(results.run, {
      id: "manual-1-abcdef",
      directory: "/var/lib/ccci/runs/manual-1-abcdef",
      backend: "simulated",
      startedAt: "1970-01-01T00:00:00.000Z",
      endedAt: "1970-01-01T00:01:00.000Z",
      duration: 60_000
    })
    assert.deepInclude(results.causes[0], { class: "red", stage: "restore", hint: "do something" })
    assert.deepStrictEqual(results.deploys, { count: 1, expected: 1, reasons: [] })
    assert.deepStrictEqual(results.versions.abra, { implementation: "embedded", version: "0.1.0" })
  })
  it("ends with a newline, so that a half-written file shows", () => assert.isTrue(render().endsWith("}\n")))
})

describe("published JSON schemas", () => {
  it.each([
    ["results", Results],
    ["config", ConfigFile]
  ] as const)("schemas/%s.schema.json is what `node scripts/schemas.ts` would write", (name, schema) => {
    assert.strictEqual(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), "utf8"), jsonSchemaText(name, schema))
  })
})

describe("summary for people", () => {
  const words = (over: Partial<RunFacts> = {}) => summaryOf(facts(over), verdictOf(facts(over))).map(({ text }) => text)
  it("the first line says whose fault it is and what to do", () => {
    assert.match(words()[0] ?? "", /^Green\. custom-html passed everything: level 4 of 4, nothing left behind\.$/)
    assert.match(words({ stages: stagesWith(failed("upgrade")) })[0] ?? "", /^Red\. In upgrade: upgrade broke\. do something$/)
    assert.match(
      words({ failures: [failure("infrastructure", "The engine does not answer.")] })[0] ?? "",
      /^Not judged: the machine is at fault, not the recipe\. The engine does not answer\./
    )
  })
  it("lists every cause, the rungs with their reasons, the leak check and where the results lie", () => {
    const text = words({
      stages: stagesWith(failed("backup")),
      failures: [failure("defect", "A bug.")],
      leak: Option.some({ clean: false, residue: [{ kind: "volume", name: "v1" }], problems: [], checkedAt: 1 })
    }).join("\n")
    for (const part of [
      /L3 backup and restore +fail .*backup: backup broke/,
      /left behind +1 object: volume v1/,
      /results +\/var\/lib\/ccci\/runs/,
      /A bug\./,
      /^LEAK\./
    ])
      assert.match(text, part)
  })
  it("obeys nothing that comes from outside", () => {
    const text = words({ stages: stagesWith(stageFact("install", { status: "fail", reason: "\u001b[2Jgone\r\nInstalled." })) }).join("\n")
    assert.notInclude(text, "\u001b")
    assert.include(text, "\\x1b[2Jgone Installed.")
  })
  it.each([
    [850, "850 ms"],
    [12_345, "12.3 s"],
    [59_999, "59.9 s"],
    [245_000, "4 min 05 s"]
  ] as const)("%i ms", (millis, text) => assert.strictEqual(elapsed(millis), text))
})

describe("visible: control characters are shown, not obeyed", () => {
  it.each([
    ["\u001b[31m", "\\x1b[31m"],
    ["a\u0007b", "a\\x07b"],
    ["\u009b2J", "\\x9b2J"],
    ["a\u202eb", "a\\u202eb"],
    ["tab\tand\nline", "tab\tand\nline"],
    ["\ud800", "\\ud800"],
    ["é 漢 🙂", "é 漢 🙂"]
  ] as const)("%j", (text, expected) => assert.strictEqual(visible(text), expected))
  it("in one line", () => assert.strictEqual(visibleLine(" a\r\nb\tc "), "a b c"))
})

import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Option, Schema } from "effect"
import type { RunFacts } from "../../src/programs/facts.ts"
import { rungs, stages } from "../../src/model/stages.ts"
import { StopCause, stopExitCode } from "../../src/services/Stop.ts"
import { verdictOf } from "../../src/programs/verdict.ts"
import { failed, failure, facts, stageFact, stagesWith } from "../support/facts.ts"

const leak = Option.some({ clean: false, residue: [{ kind: "volume", name: "cust-1a2b3c_ci_example_org_data" }], problems: [], checkedAt: 1 })
const oneTest = { name: "t", origin: "site", status: "pass", reason: "", needs: "nothing", duration: 1 } as const

describe("spec 05: what makes a run red, and spec 03: with which code", () => {
  const table: ReadonlyArray<readonly [string, Partial<RunFacts>, string, number]> = [
    ["everything passed", {}, "green", 0],
    ["a tier failed by the recipe's fault", { stages: stagesWith(failed("backup")) }, "red", 1],
    ["a tier failed without a recorded failure", { stages: stagesWith(stageFact("install", { status: "fail" })) }, "red", 1],
    ["a failure stands beside a status that says pass", { stages: stagesWith(stageFact("install", { failure: Option.some(failure("recipe")) })) }, "red", 1],
    ["a tier failed by the machine's fault", { stages: stagesWith(failed("install", "infrastructure")) }, "infrastructure", 3],
    ["the daemon was gone before any tier", { stages: [], failures: [failure("infrastructure")], deploys: { count: 0, reasons: [] } }, "infrastructure", 3],
    [
      "the definition is wrong",
      { stages: [], failures: [failure("configuration")], deploys: { count: 0, reasons: [] }, leak: Option.none() },
      "configuration",
      2
    ],
    ["ccci has a defect", { failures: [failure("defect")] }, "defect", 70],
    ["teardown left residue", { leak }, "leak", 4],
    ["teardown could not look", { leak: Option.some({ clean: true, residue: [], problems: ["could not list volumes"], checkedAt: 1 }) }, "leak", 4],
    ["teardown says unclean and nothing else", { leak: Option.some({ clean: false, residue: [], problems: [], checkedAt: 1 }) }, "leak", 4],
    ["something was deployed and no teardown is recorded", { leak: Option.none() }, "leak", 4],
    ["two deploys (DEP-1)", { deploys: { count: 2, reasons: ["the base broke"] } }, "red", 1],
    ["no deploy, and nothing explains it", { deploys: { count: 0, reasons: [] } }, "red", 1],
    [
      "a cold dependency is a deploy of its own",
      { deploys: { count: 2, reasons: [] }, dependencies: [{ recipe: "keycloak", cold: true, verified: true, reason: "" }] },
      "green",
      0
    ],
    [
      "a warm dependency is none",
      { deploys: { count: 2, reasons: [] }, dependencies: [{ recipe: "keycloak", cold: false, verified: true, reason: "" }] },
      "red",
      1
    ],
    ["UPG-4: what ran is not the head", { headRan: Option.some(false) }, "red", 1],
    ["UPG-4: nobody looked", { headRan: Option.none() }, "red", 1],
    ["SSO-4: a declared dependency was not verified", { dependencies: [{ recipe: "keycloak", cold: false, verified: false, reason: "no realm" }] }, "red", 1],
    ["SSO-4: tests were skipped for want of a dependency", { tests: [oneTest, { ...oneTest, status: "skip", needs: "deps" }] }, "red", 1],
    ["a test failed although its stage says pass", { tests: [{ ...oneTest, status: "fail", reason: "404" }] }, "red", 1],
    ["UPG-1b: the base is broken", { base: Option.some({ version: "1.0.0", commit: Option.none(), broken: Option.some("no such image") }) }, "red", 1],
    [
      "UPG-4b: an empty upgrade is unverified, not red",
      {
        upgrade: Option.some({
          before: { version: "1", chaosCommit: "a", images: { app: "x" } },
          after: { version: "1", chaosCommit: "a", images: { app: "x" } }
        })
      },
      "green",
      0
    ],
    ["a stage that was asked for has left no trace", { stages: stagesWith().slice(0, 4) }, "defect", 70],
    ["a stage was skipped", { stages: stagesWith(stageFact("backup", { status: "skip", reason: "no backup labels" })) }, "green", 0]
  ]
  it.each(table)("%s", (_name, over, exitClass, code) => {
    const verdict = verdictOf(facts(over))
    assert.deepStrictEqual(verdict.exit, { class: exitClass, code })
    assert.strictEqual(verdict.ok, code === 0)
  })

  it("LIFE-3..5: every stop cause has its own code, and the recipe was not judged", () => {
    for (const cause of StopCause.literals) {
      const verdict = verdictOf(facts({ stopCause: Option.some(cause), stages: stagesWith(failed("upgrade")) }))
      assert.deepStrictEqual(verdict.exit, { class: "stopped", code: stopExitCode[cause] })
      assert.match(verdict.headline, /^Not judged/)
    }
  })

  it("UPG-1b: the broken base is said as such, with the setting that helps, and the other rungs still count", () => {
    const verdict = verdictOf(
      facts({
        base: Option.some({ version: "1.0.0", commit: Option.none(), broken: Option.some("no such image") }),
        stages: stagesWith(stageFact("upgrade", { status: "unverified", reason: "base-broken" })),
        deploys: { count: 2, reasons: ["the base 1.0.0 did not deploy"] }
      })
    )
    assert.match(verdict.headline, /published version 1\.0\.0.*is broken.*--base.*upgradeBaseVersion/)
    assert.deepStrictEqual(
      verdict.rungs.map(({ status }) => status),
      ["pass", "unverified", "pass", "pass"]
    )
    assert.strictEqual(verdict.level, 1)
    assert.strictEqual(verdict.exit.code, 1)
  })
})

describe("spec 03: 4 before all, then the stop's cause, then 70, 2, 3, 1; every cause is listed", () => {
  const everything = facts({
    leak,
    stopCause: Option.some("SIGTERM"),
    failures: [failure("infrastructure", "no daemon"), failure("defect", "a bug"), failure("configuration", "wrong key")],
    stages: stagesWith(failed("backup"))
  })
  it("the deciding one first", () => {
    assert.deepStrictEqual(
      verdictOf(everything).causes.map(({ code }) => code),
      [4, 143, 70, 2, 3, 1]
    )
  })
  it.each([
    [143, { leak: facts().leak }],
    [70, { leak: facts().leak, stopCause: Option.none() }]
  ] as const)("%i comes next", (code, over) => assert.strictEqual(verdictOf({ ...everything, ...over }).exit.code, code))
})

describe("spec 05: rungs, level, skips", () => {
  it("L3 is both stages, and the worst of them", () => {
    const verdict = verdictOf(facts({ stages: stagesWith(stageFact("restore", { status: "unverified", reason: "no canary" })) }))
    assert.deepInclude(verdict.rungs[2], { rung: "backup_restore", status: "unverified", reason: "restore: no canary", duration: 4_000, attempts: 2 })
    assert.strictEqual(verdict.level, 2)
  })
  it("a skip caps the level, intended or not, and says why", () => {
    const skipped = stagesWith(stageFact("backup", { status: "skip", reason: "no labels" }), stageFact("restore", { status: "skip", reason: "no labels" }))
    const expected = verdictOf(facts({ stages: skipped, expectedNa: { backup_restore: "stateless" } }))
    assert.strictEqual(expected.level, 2)
    assert.deepStrictEqual(expected.skips, { intentional: [{ rung: "backup_restore", reason: "stateless" }], unintentional: [] })
    assert.strictEqual(expected.gaps, "expected")
    assert.isTrue(expected.ok)
    for (const expectedNa of [{}, { backup_restore: " " }]) {
      const unexpected = verdictOf(facts({ stages: skipped, expectedNa }))
      assert.strictEqual(unexpected.skips.unintentional.length, 1)
      assert.strictEqual(unexpected.gaps, "unexpected")
      assert.strictEqual(unexpected.level, 2)
    }
  })
  it("expectedNa excuses a skip only, never a failure", () => {
    const verdict = verdictOf(facts({ stages: stagesWith(failed("backup")), expectedNa: { backup_restore: "stateless" } }))
    assert.isTrue(Option.exists(verdict.cap, ({ expected, status }) => !expected && status === "fail"))
    assert.strictEqual(verdict.gaps, "unexpected")
  })
  it("a stage that the machine broke says nothing of the recipe: unverified, not failed", () => {
    assert.strictEqual(verdictOf(facts({ stages: stagesWith(failed("install", "infrastructure")) })).rungs[0]?.status, "unverified")
  })
  it("stages that were not asked for are skips, ones that were not reached are unverified", () => {
    const verdict = verdictOf(facts({ requested: { ...facts().requested, stages: ["install", "upgrade"] }, stages: [failed("install")] }))
    assert.deepStrictEqual(
      verdict.rungs.map(({ status }) => status),
      ["fail", "unverified", "skip", "skip"]
    )
  })
  it("custom: no tests is a skip; all tests skipped proves nothing; nor does one that lacked its dependency (SSO-4)", () => {
    assert.strictEqual(verdictOf(facts({ tests: [oneTest, { ...oneTest, status: "skip", needs: "deps" }] })).rungs[3]?.status, "unverified")
    assert.strictEqual(verdictOf(facts({ tests: [] })).rungs[3]?.status, "skip")
    assert.strictEqual(verdictOf(facts({ tests: [{ ...oneTest, status: "skip" }] })).rungs[3]?.status, "unverified")
  })
  it("UPG-4b: what moved must be recorded, and must have moved", () => {
    assert.strictEqual(verdictOf(facts({ upgrade: Option.none() })).rungs[1]?.status, "unverified")
    const same = { version: "1", chaosCommit: "a", images: { app: "x" } }
    const moved = (after: Partial<typeof same>) => verdictOf(facts({ upgrade: Option.some({ before: same, after: { ...same, ...after } }) })).rungs[1]?.status
    assert.strictEqual(moved({}), "unverified")
    assert.deepStrictEqual([moved({ version: "2" }), moved({ chaosCommit: "b" }), moved({ images: { app: "y" } })], ["pass", "pass", "pass"])
  })
})

const Status = Schema.Literals(["pass", "fail", "skip", "unverified"])
const Fault = Schema.NullOr(Schema.Literals(["recipe", "infrastructure", "configuration", "defect"]))
const Shape = Schema.Struct({
  stages: Schema.Array(Schema.Struct({ stage: Schema.Literals(stages), status: Status, fault: Fault })),
  asked: Schema.Array(Schema.Literals(stages)),
  fault: Fault,
  stop: Schema.NullOr(StopCause),
  leak: Schema.NullOr(Schema.Struct({ clean: Schema.Boolean, residue: Schema.Boolean })),
  deploys: Schema.Literals([0, 1, 2]),
  headRan: Schema.NullOr(Schema.Boolean),
  moved: Schema.NullOr(Schema.Boolean),
  tests: Schema.Array(Schema.Struct({ status: Schema.Literals(["pass", "fail", "skip"]), needs: Schema.Literals(["nothing", "deps"]) })),
  expected: Schema.Array(Schema.Literals(rungs))
})

const arbitraryFacts = Arbitrary.map(Arbitrary.schema(Shape), (shape): RunFacts =>
  facts({
    requested: { ...facts().requested, stages: shape.asked },
    stages: shape.stages.map(({ stage, status, fault }) => stageFact(stage, { status, failure: Option.map(Option.fromNullishOr(fault), (of) => failure(of)) })),
    failures: shape.fault === null ? [] : [failure(shape.fault)],
    stopCause: Option.fromNullishOr(shape.stop),
    leak: Option.map(Option.fromNullishOr(shape.leak), ({ clean, residue }) => ({
      clean,
      residue: residue ? [{ kind: "volume", name: "v" }] : [],
      problems: [],
      checkedAt: 1
    })),
    deploys: { count: shape.deploys, reasons: [] },
    headRan: Option.fromNullishOr(shape.headRan),
    upgrade:
      shape.moved === null ? Option.none() : Option.map(facts().upgrade, ({ before, after }) => ({ before, after: shape.moved === true ? after : before })),
    tests: shape.tests.map((test) => ({ ...oneTest, ...test })),
    expectedNa: Object.fromEntries(shape.expected.map((rung) => [rung, "so it is"]))
  })
)

describe("properties of every verdict", () => {
  const holds = (name: string, law: (facts: RunFacts, verdict: ReturnType<typeof verdictOf>) => boolean) =>
    it.effect(name, () =>
      Effect.gen(function* () {
        const result = yield* Arbitrary.checkEffect(arbitraryFacts, (one) => Effect.succeed(law(one, verdictOf(one))), { runs: 300 })
        assert.isUndefined(Arbitrary.formatCheckFailure(result))
      })
    )
  const unclean = ({ leak, deploys }: RunFacts) =>
    Option.match(leak, { onNone: () => deploys.count > 0, onSome: ({ clean, residue }) => !clean || residue.length > 0 })

  holds(
    "ok if and only if no cause, code 0, class green",
    (_, { ok, causes, exit }) => ok === (causes.length === 0) && ok === (exit.code === 0) && ok === (exit.class === "green")
  )
  holds("a leak always wins, and nothing else is called a leak", (one, { exit }) => unclean(one) === (exit.code === 4))
  holds(
    "without a leak the stop's cause wins",
    (one, { exit }) => unclean(one) || Option.isNone(one.stopCause) || exit.code === stopExitCode[one.stopCause.value]
  )
  holds("the level is the number of rungs passed in a row, never past the first gap", (_, { level, rungs: all }) =>
    all.every(({ status }, index) => (index < level ? status === "pass" : index > level || status !== "pass"))
  )
  holds("a failing rung is never green", (_, { ok, rungs: all }) => !ok || all.every(({ status }) => status !== "fail"))
  holds(
    "green means that the head ran, once, and left nothing",
    (one, { ok }) => !ok || (Option.contains(one.headRan, true) && one.deploys.count === 1 && !unclean(one) && Option.isNone(one.stopCause))
  )
  holds(
    "each skipped rung is counted once",
    (_, { skips, rungs: all }) => skips.intentional.length + skips.unintentional.length === all.filter(({ status }) => status === "skip").length
  )
  holds(
    "every recorded failure is among the causes",
    (one, { causes }) => causes.length >= one.failures.length + one.stages.filter(({ failure: of }) => Option.isSome(of)).length
  )
  holds("the headline is one line that says something", (_, { headline }) => headline.length > 0 && !headline.includes("\n"))
})

/** Runs in which something goes wrong: the recipe, or ccci itself. Either way it is said whose fault it is, and nothing is left. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { baseDomains, directoryOf, resultsOf, startCcci, startRun } from "../support/ccci.ts"
import { ownTests } from "../support/hanging.ts"
import { onLanes } from "../support/lanes.ts"
import { elementsOf } from "../support/xml.ts"

const flawedCcci = join(import.meta.dirname, "../support/flawed.ts")

/** The stages with a flaw in them, and the tiers that lead there. */
const flaws = [
  { stage: "deploy", tiers: "install", ended: "install" },
  { stage: "install", tiers: "install", ended: "install" },
  { stage: "upgrade", tiers: "install,upgrade", ended: "upgrade" },
  { stage: "backup", tiers: "install,backup", ended: "backup" },
  { stage: "restore", tiers: "install,backup,restore", ended: "restore" },
  { stage: "custom", tiers: "install,custom", ended: "custom" }
] as const

onLanes("A run that goes wrong", { baseDomain: baseDomains.faults, recipes: ["custom-html", "custom-html"] }, (test) => {
  for (const { stage, tiers, ended } of flaws) {
    test(`spec 03: a defect of ccci in ${stage}: exit code 70, torn down`, 1, ([lane]) =>
      Effect.gen(function* () {
        if (lane === undefined) return
        const run = yield* startRun([...lane.args, "--stages", tiers], { ...lane.env, CCCI_TEST_FLAW: stage }, flawedCcci)
        const { code, stderr } = yield* run.exit
        const results = resultsOf(run)
        assert.isDefined(results, stderr)
        assert.deepStrictEqual([code, results.exit], [70, { class: "defect", code: 70 }])
        assert.include(results.headline, `a flaw in ${stage}`)
        assert.deepStrictEqual([results.leak?.clean, results.leak?.residue], [true, []])
        assert.isFalse(existsSync(join(results.run.directory, "abra")), "RUN-7: the run's abra directory")
        assert.deepStrictEqual([results.stages.at(-1)?.stage, results.stages.at(-1)?.status], [ended, "unverified"])
      })
    )
  }

  test("TEAR-3, JAN-5: a defect of ccci in the teardown itself: exit code 4 before 70, and the janitor clears it", 2, ([lane]) =>
    Effect.gen(function* () {
      if (lane === undefined) return
      const run = yield* startRun([...lane.args, "--stages", "install"], { ...lane.env, CCCI_TEST_FLAW: "teardown" }, flawedCcci)
      const { code, stderr } = yield* run.exit
      const results = resultsOf(run)
      assert.isDefined(results, stderr)
      assert.deepStrictEqual([code, results.exit.class, results.ok], [4, "leak", false])
      assert.deepStrictEqual(
        results.causes.map((cause) => cause.class),
        ["leak", "defect"]
      )
      assert.isNotEmpty(yield* lane.leftovers)
      const janitor = yield* Effect.flatMap(startCcci(["janitor"], lane.env), ({ exit }) => exit)
      assert.strictEqual(janitor.code, 0, janitor.stdout)
    })
  )

  test("spec 03, 05: a functional test that fails: exit code 1, its name in the headline, evidence and log beside the results", 1, ([lane]) =>
    Effect.gen(function* () {
      if (lane === undefined) return
      const broken = "export default async (context: { log(line: string): void }) => {\n  context.log('looking')\n  throw new Error('the page is <blue>')\n}\n"
      writeFileSync(join(ownTests(lane), "functional", "colour.ts"), broken)
      const run = yield* startRun([...lane.args, "--stages", "install,custom"], { ...lane.env, CCCI_TESTS_DIR: join(lane.folder, "tests") })
      const { code, stderr } = yield* run.exit
      const results = resultsOf(run)
      assert.isDefined(results, stderr)
      assert.deepStrictEqual([code, results.exit], [1, { class: "red", code: 1 }])
      assert.include(results.headline, "functional/colour.ts")
      assert.include(results.headline, "the page is <blue>")
      assert.deepStrictEqual(
        results.stages.map(({ stage, status }) => [stage, status]),
        [
          ["install", "pass"],
          ["custom", "fail"]
        ]
      )
      assert.deepStrictEqual([results.tests.passed, results.tests.failed], [3, 1])
      assert.isTrue(results.leak?.clean)

      const evidence = results.causes[0]?.evidence ?? []
      assert.include(evidence, "evidence/custom.txt")
      assert.isNotEmpty(evidence.filter((name) => /log/.test(name)))
      for (const name of evidence) assert.isTrue(existsSync(join(directoryOf(run), name)), `${name} is named, and not there`)
      assert.include(readFileSync(join(directoryOf(run), "evidence", "custom.txt"), "utf8"), lane.domain.replaceAll(".", "_"))
      const junit = elementsOf(readFileSync(join(directoryOf(run), "junit.xml"), "utf8"))
      assert.isTrue(junit.some(({ name, attributes }) => name === "failure" && Object.values(attributes).some((text) => text.includes("the page is &lt;blue"))))
    })
  )
})

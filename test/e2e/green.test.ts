/** Green runs of all example recipes through all tiers, side by side on one swarm. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { stages } from "../../src/model/stages.ts"
import { byVersion } from "../../src/model/versions.ts"
import { baseDomains, directoryOf, resultsOf, startRun, type Ccci } from "../support/ccci.ts"
import { onLanes, type Lane } from "../support/lanes.ts"
import { elementsOf } from "../support/xml.ts"

const fileOf = (run: Ccci, name: string): string => readFileSync(join(directoryOf(run), name), "utf8")

/** What holds of every green run through all tiers of a recipe that is upgraded. */
const assertGreen = (lane: Lane, run: Ccci, code: number | null) => {
  const results = resultsOf(run)
  assert.isDefined(results)
  assert.strictEqual(code, 0, results.headline)
  assert.deepStrictEqual([results.ok, results.exit, results.causes], [true, { class: "green", code: 0 }, []])
  assert.strictEqual(results.run.backend, "live")
  assert.strictEqual(results.domain, lane.domain)
  assert.deepStrictEqual(
    results.stages.map(({ stage }) => stage),
    stages
  )
  assert.deepStrictEqual([results.leak?.clean, results.leak?.residue], [true, []])
  assert.deepStrictEqual([results.deploys.count, results.deploys.expected], [1, 1])
  assert.deepStrictEqual([results.headRan, results.stop], [true, null])
  assert.isAbove(results.tests.passed, 0)
  assert.deepStrictEqual([results.tests.failed, results.tests.skippedForDeps], [0, 0])

  // The base ran as it was published: pinned, from a clean tree without an overlay. Only a chaos deploy stamps a commit.
  assert.isNotNull(results.upgrade)
  const { before, after } = results.upgrade
  assert.strictEqual(before.chaosCommit, "", "the base was not deployed pinned")
  assert.strictEqual(before.version, results.base?.version)
  assert.isFalse(existsSync(join(lane.env["CCCI_TESTS_DIR"] ?? "", lane.recipe, "compose.ccci.yml")))
  assert.isTrue(results.head?.commit.startsWith(after.chaosCommit || "nothing"), "the head is not what was deployed")
  assert.isBelow(byVersion(before.version, after.version), 0, `${before.version} to ${after.version}`)
  assert.notDeepEqual(after.images, before.images)

  assert.isFalse(existsSync(join(results.run.directory, "abra")), "RUN-7: the run's abra directory")
  const suites = elementsOf(fileOf(run, "junit.xml")).filter(({ name }) => name === "testsuite")
  assert.isTrue(stages.every((stage) => suites.some(({ attributes }) => attributes["name"]?.startsWith(stage))))
  return results
}

/** Runs all lanes at once, each to its end. */
const runAll = Effect.fnUntraced(function* (lanes: ReadonlyArray<Lane>) {
  const runs = yield* Effect.forEach(lanes, (lane) => Effect.map(startRun(lane.args, lane.env), (run) => ({ lane, run })))
  const ended = yield* Effect.forEach(runs, ({ run }) => run.exit, { concurrency: "unbounded" })
  return runs.map(({ lane, run }, index) => ({ lane, run, results: assertGreen(lane, run, ended[index]?.code ?? null) }))
})

/** The number that a hook of the site's logged. */
const schemaIn = (log: string): number => Number(/schema version (\d+)/.exec(log)?.[1])

onLanes("A green run", { baseDomain: baseDomains.green, recipes: ["custom-html", "custom-html", "miniflux", "static"] }, (test) => {
  test("RUN-6, DEP-5, UPG-4b, BAK-3, TEAR-3: all recipes through all tiers at once, one of them for two pull requests", 4, (lanes) =>
    Effect.gen(function* () {
      const runs = yield* runAll(lanes)
      assert.strictEqual(new Set(runs.map(({ results }) => results.domain)).size, 4)
      // Each was there while the others were: what one does, it does beside the others.
      const start = Math.max(...runs.map(({ results }) => Date.parse(results.run.startedAt)))
      const end = Math.min(...runs.map(({ results }) => Date.parse(results.run.endedAt)))
      assert.isBelow(start, end)

      for (const { lane, run, results } of runs) {
        const status = Object.fromEntries(results.stages.map(({ stage, status }) => [stage, status]))
        if (lane.recipe === "static") {
          assert.deepStrictEqual(status, { install: "pass", upgrade: "pass", backup: "skip", restore: "skip", custom: "pass" })
          assert.deepStrictEqual([results.level, results.cap?.rung, results.cap?.expected, results.gaps], [2, "backup_restore", true, "expected"])
          assert.deepStrictEqual(results.snapshots, [])
        } else {
          assert.deepStrictEqual(status, { install: "pass", upgrade: "pass", backup: "pass", restore: "pass", custom: "pass" })
          assert.deepStrictEqual([results.level, results.cap, results.gaps], [results.topLevel, null, "none"])
          assert.lengthOf(results.snapshots, 1)
        }
        if (lane.recipe === "miniflux") {
          const [before, after] = ["preUpgrade", "postUpgrade"].map((hook) => schemaIn(fileOf(run, `logs/hook-${hook}.log`)))
          assert.isAbove(after ?? 0, before ?? Number.POSITIVE_INFINITY, "the database's schema did not move")
        }
      }
    })
  )
})

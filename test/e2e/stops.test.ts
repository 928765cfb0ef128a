/** Whatever stops a run, and wherever it is then: it is torn down, nothing is left, nothing foreign is touched, and the exit code says what stopped it. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { baseDomains, resultsOf, startRun, type Ccci } from "../support/ccci.ts"
import { hangingAt, stations, type Station } from "../support/hanging.ts"
import { onLanes, type Lane } from "../support/lanes.ts"

/** How each cause is brought about, and what it makes of a run (spec 03). */
const causes = {
  SIGTERM: { code: 143, bring: (run: Ccci) => run.signal("SIGTERM") },
  SIGINT: { code: 130, bring: (run: Ccci) => run.signal("SIGINT") },
  SIGHUP: { code: 129, bring: (run: Ccci) => run.signal("SIGHUP") },
  stdoutClosed: { code: 141, bring: (run: Ccci) => run.closeStdout },
  deadline: { code: 142, bring: () => Effect.void }
} as const
type Cause = keyof typeof causes
const causeNames: ReadonlyArray<Cause> = ["SIGTERM", "SIGINT", "SIGHUP", "stdoutClosed", "deadline"]

/** Long enough for any tier to be reached on a busy machine. In teardown it must also be over before the teardown is. */
const deadline = "20s"

/** The stage that the results name for a station. */
const stageOf = (station: Station) => (station === "deploy" ? "install" : station)

const stopped = Effect.fnUntraced(function* (
  lane: Lane,
  station: Station,
  cause: Cause,
  meanwhile: (run: Ccci) => Effect.Effect<void, Error> = () => Effect.void
) {
  const hanging = hangingAt(lane, station)
  const run = yield* startRun(hanging.args, { ...hanging.env, ...(cause === "deadline" ? { CCCI_LIMIT_WORK: deadline } : {}) })
  yield* hanging.reached(run)
  yield* causes[cause].bring(run)
  yield* meanwhile(run)
  const { code, stderr } = yield* run.exit
  const results = resultsOf(run)
  assert.isDefined(results, `no results.json; ${stderr}`)
  return { code, stderr, results }
})

onLanes("A run that is stopped", { baseDomain: baseDomains.stops, recipes: ["custom-html", "custom-html"] }, (test) => {
  for (const station of stations.filter((name) => name !== "teardown")) {
    for (const cause of causeNames) {
      test(`LIFE-3, LIFE-4, TEAR-6: ${cause} in ${station}: torn down, exit code ${causes[cause].code}`, 1, ([lane]) =>
        Effect.gen(function* () {
          if (lane === undefined) return
          const { code, results } = yield* stopped(lane, station, cause)
          assert.strictEqual(code, causes[cause].code)
          assert.deepStrictEqual(results.exit, { class: "stopped", code: causes[cause].code })
          assert.strictEqual(results.stop, cause)
          assert.isFalse(results.ok)
          assert.isTrue(results.leak?.clean)
          const { stage, status } = results.stages.at(-1) ?? {}
          assert.deepStrictEqual([stage, status], [stageOf(station), "unverified"])
        })
      )
    }
  }
})

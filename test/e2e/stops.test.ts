/** Whatever stops a run, and wherever it is then: it is torn down, nothing is left, nothing foreign is touched, and the exit code says what stopped it. */
import { existsSync, readFileSync } from "node:fs"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { baseDomains, resultsOf, startRun, type Ccci } from "../support/ccci.ts"
import { hangingAt, stations, tearingDown, type Station } from "../support/hanging.ts"
import { onLanes, type Lane } from "../support/lanes.ts"

/** How each cause is brought about, and what it makes of a run (spec 03). */
const causes = {
  SIGTERM: { code: 143, words: "Stopped by SIGTERM", bring: (run: Ccci) => run.signal("SIGTERM") },
  SIGINT: { code: 130, words: "Stopped by SIGINT", bring: (run: Ccci) => run.signal("SIGINT") },
  SIGHUP: { code: 129, words: "Stopped by SIGHUP", bring: (run: Ccci) => run.signal("SIGHUP") },
  stdoutClosed: { code: 141, words: "Standard output was closed", bring: (run: Ccci) => run.closeStdout },
  deadline: { code: 142, words: "The run's deadline was reached", bring: () => Effect.void }
} as const
type Cause = keyof typeof causes
const causeNames: ReadonlyArray<Cause> = ["SIGTERM", "SIGINT", "SIGHUP", "stdoutClosed", "deadline"]

/** Long enough for any tier to be reached on a busy machine; and in teardown, which a stubborn service makes long enough, not past its end. */
const deadline = (station: Station) => (station === "teardown" ? "11s" : "20s")

/** The stage that the results name for a station. */
const stageOf = (station: Station) => (station === "deploy" ? "install" : station)

const stopped = Effect.fnUntraced(function* (
  lane: Lane,
  station: Station,
  cause: Cause,
  meanwhile: (run: Ccci) => Effect.Effect<void, Error> = () => Effect.void
) {
  const hanging = hangingAt(lane, station)
  const run = yield* startRun(hanging.args, { ...hanging.env, ...(cause === "deadline" ? { CCCI_LIMIT_WORK: deadline(station) } : {}) })
  yield* hanging.reached(run)
  yield* causes[cause].bring(run)
  yield* meanwhile(run)
  const { code, stderr } = yield* run.exit
  const results = resultsOf(run)
  assert.isDefined(results, `no results.json; ${stderr}`)
  assert.deepStrictEqual([results.leak?.residue, results.leak?.problems, results.leak?.clean], [[], [], true], results.headline)
  assert.isFalse(existsSync(`${results.run.directory}/abra`), "RUN-7: the run's abra directory")
  return { code, stderr, results }
})

onLanes("A run that is stopped", { baseDomain: baseDomains.stops, recipes: ["custom-html", "custom-html", "custom-html"] }, (test) => {
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
          const { stage, status } = results.stages.at(-1) ?? {}
          assert.deepStrictEqual([stage, status], [stageOf(station), "unverified"])
        })
      )
    }
  }

  for (const cause of causeNames) {
    test(`LIFE-5: ${cause} in the teardown of a green run is ignored: it stays green, exit code 0`, 1, ([lane]) =>
      Effect.gen(function* () {
        if (lane === undefined) return
        const { code, results } = yield* stopped(lane, "teardown", cause)
        assert.deepStrictEqual([code, results.exit.class, results.stop], [0, "green", null])
        const log = readFileSync(`${results.run.directory}/logs/teardown.log`, "utf8")
        assert.match(log, new RegExp(`${causes[cause].words}: ignored`))
      })
    )
  }

  const twice = [
    { station: "install", first: "SIGTERM", second: "SIGINT" },
    { station: "custom", first: "SIGINT", second: "SIGTERM" },
    { station: "deploy", first: "SIGHUP", second: "SIGHUP" }
  ] as const
  for (const { station, first, second } of twice) {
    test(`LIFE-5: ${first} in ${station}, then ${second} while that is torn down: the teardown ends, the exit code is the first one's`, 1, ([lane]) =>
      Effect.gen(function* () {
        if (lane === undefined) return
        const later = (run: Ccci) => Effect.andThen(tearingDown(run), causes[second].bring(run))
        const { code, results, stderr } = yield* stopped(lane, station, first, later)
        assert.deepStrictEqual([code, results.exit.class, results.stop], [causes[first].code, "stopped", first])
        assert.include(stderr, `${second} ignored`)
      })
    )
  }
})

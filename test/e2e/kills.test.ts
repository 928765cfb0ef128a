/** Runs that die without a word: what they leave is a janitor's, or the next run's, and it is cleared whole, with nothing foreign touched. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { baseDomains, resultsOf, startCcci, startRun } from "../support/ccci.ts"
import { hangingAt, stations, type Station } from "../support/hanging.ts"
import { onLanes, type Lane } from "../support/lanes.ts"
import { processesOf } from "../support/leftovers.ts"
import { gone } from "../support/spawned.ts"

/** Where the run has a child whose own child outlives a kill: the kernel ends only the first. */
const orphaning: ReadonlySet<Station> = new Set(["deploy", "upgrade", "custom"])

/** Starts a run that hangs there, and waits until it does. */
const startHanging = Effect.fnUntraced(function* (lane: Lane, station: Station) {
  const hanging = hangingAt(lane, station)
  const run = yield* startRun(hanging.args, hanging.env)
  yield* hanging.reached(run)
  return { lane, station, run }
})

type Started = Effect.Success<ReturnType<typeof startHanging>>

/** SIGKILL, and what must be so right after it. */
const kill = Effect.fnUntraced(function* ({ lane, station, run }: Started) {
  const before = processesOf(lane.domain)
  const children = before.filter(({ parent }) => parent === run.pid)
  if (station !== "teardown") assert.isNotEmpty(children, `${station}: no child of the run to be ended with it`)
  yield* run.signal("SIGKILL")
  assert.strictEqual((yield* run.exit).signal, "SIGKILL")
  yield* Effect.forEach(children, ({ pid }) => gone(pid))
  const orphans = processesOf(lane.domain)
  assert.strictEqual(orphans.length > 0, orphaning.has(station), `${station}: ${orphans.map(({ command }) => command).join(", ")}`)
  assert.isNotEmpty(yield* lane.leftovers, `${station}: a kill that leaves nothing shows nothing`)
  assert.isUndefined(resultsOf(run))
})

interface Report {
  readonly candidates: ReadonlyArray<{ readonly domain: string; readonly outcome: string }>
  readonly warnings: ReadonlyArray<string>
}

/** A pass of the janitor on its own. */
const janitor = Effect.fnUntraced(function* (lane: Lane) {
  const { code, stdout, stderr } = yield* Effect.flatMap(startCcci(["janitor", "--json"], lane.env), ({ exit }) => exit)
  assert.strictEqual(code, 0, stdout + stderr)
  const report: Report = JSON.parse(stdout)
  return report
})

onLanes("A run that is killed", { baseDomain: baseDomains.kills, recipes: ["custom-html", "custom-html", "custom-html", "custom-html"] }, (test) => {
  // Every test takes all lanes: a run beside the killed ones would begin with a janitor's pass of its own.
  for (const some of [stations.slice(0, 4), stations.slice(4)]) {
    test(`LIFE-6b, JAN-5, JAN-9: SIGKILL in ${some.join(", in ")}: one pass of the janitor leaves nothing`, 4, (lanes) =>
      Effect.gen(function* () {
        const doomed = lanes.slice(0, some.length)
        const started = yield* Effect.forEach(doomed, (lane, index) => startHanging(lane, some[index] ?? "install"), { concurrency: 4 })
        yield* Effect.forEach(started, kill)
        const [lane] = doomed
        if (lane === undefined) return
        const { candidates, warnings } = yield* janitor(lane)
        assert.deepStrictEqual(
          candidates.map(({ domain, outcome }) => [domain, outcome]),
          doomed.map(({ domain }) => [domain, "reaped"]).sort()
        )
        assert.deepStrictEqual(warnings, [])
        assert.deepStrictEqual((yield* janitor(lane)).candidates, [])
      })
    )
  }

  test("LIFE-6b, DEP-3: SIGKILL in install: the next run of the domain clears it, and is green", 4, ([lane]) =>
    Effect.gen(function* () {
      if (lane === undefined) return
      yield* kill(yield* startHanging(lane, "install"))
      const next = yield* startRun([...lane.args, "--stages", "install"], lane.env)
      const { code } = yield* next.exit
      const results = resultsOf(next)
      assert.deepStrictEqual([code, results?.exit.class, results?.deploys.count, results?.leak?.clean], [0, "green", 1, true])
    })
  )
})

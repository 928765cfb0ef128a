/** The race matrix (spec 01) on real processes and the real swarm: rows in which a run is stopped. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Docker } from "../../../src/services/Docker.ts"
import { eventually } from "../../support/eventually.ts"
import { isAlive, lingeringDocker } from "../../support/races/bins.ts"
import { ends, RaceSite, races } from "../../support/races/raceSite.ts"

races("Stopping", (race) => {
  race(
    "teardown running / SIGTERM, SIGINT, second signal: LIFE-5, TEAR-6: it completes; the exit code is that of the first cause",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const run = yield* site.run({ hold: ["http.request", "docker.removeService"] })
      yield* run.line(/^at http.request/)
      yield* run.signal("SIGINT")
      yield* run.line(/^at docker.removeService/)
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
        yield* run.signal(signal)
        yield* run.line(new RegExp(`${signal} ignored`))
      }
      assert.include(yield* site.left, `service ${site.stack}_app`)
      yield* run.send("free docker.removeService")
      yield* ends(run, 130)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "teardown running / deadline, then SIGTERM: LIFE-4, LIFE-5: the deadline is the first cause",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const run = yield* site.run({ hold: ["abra.deploy", "docker.removeSecret"], env: { CCCI_LIMIT_WORK: "8s" } })
      yield* run.line(/^at abra.deploy/)
      yield* run.line(/"Warning".*The deadline of 8s is reached/)
      yield* run.line(/^at docker.removeSecret/)
      yield* run.signal("SIGTERM")
      yield* run.line(/SIGTERM ignored/)
      yield* run.send("free docker.removeSecret")
      yield* ends(run, 142)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "run interrupted in mid-deploy / its own deploy child: TEAR-0, LIFE-6: all that it started has ended before the first removal",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const docker = yield* Docker
      const lingering = lingeringDocker(site.root, "lingering", { deploys: true, hangs: true, path: site.env["PATH"] ?? "" })
      const run = yield* site.run({ bin: lingering.bin, hold: ["docker.removeService"] })
      yield* eventually("the daemon's volume", docker.volumes, (volumes) => volumes.some(({ name }) => name === `${site.stack}_late`))
      yield* eventually("the service", docker.services(site.stack), (services) => services.length === 1)
      const daemon = yield* lingering.daemon
      assert.isTrue(isAlive(daemon))
      yield* run.signal("SIGTERM")
      yield* run.line(/^at docker.removeService/)
      assert.deepStrictEqual(
        (yield* site.left).filter((one) => one.startsWith("process")),
        []
      )
      assert.isFalse(isAlive(daemon))
      yield* run.send("free docker.removeService")
      yield* ends(run, 143)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )
})

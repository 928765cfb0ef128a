/** The race matrix (spec 01) on real processes and the real swarm: rows in which somebody is SIGKILLed. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import { Docker } from "../../../src/services/Docker.ts"
import { eventually } from "../../support/eventually.ts"
import { isAlive, lingeringDocker } from "../../support/races/bins.ts"
import type { Point } from "../../support/races/points.ts"
import { ends, lockWait, orphan, RaceSite, races } from "../../support/races/raceSite.ts"
import { runService, specOf } from "../../support/stack.ts"

/** A run that is SIGKILLed when it comes to a point. */
const killedAt = Effect.fnUntraced(function* (point: Point) {
  const site = yield* RaceSite
  const run = yield* site.run({ hold: [point] })
  yield* run.line(new RegExp(`^at ${point}`))
  yield* run.signal("SIGKILL")
  yield* run.ended
  assert.isFalse(yield* site.isHeld)
})

/** A run that is SIGKILLed in the middle of its deploy, whose daemon lives on and makes the volume that is given again and again. */
const killedWithDaemon = Effect.fnUntraced(function* (name: string) {
  const site = yield* RaceSite
  const docker = yield* Docker
  const lingering = lingeringDocker(site.root, name, { deploys: false, hangs: true, path: site.env["PATH"] ?? "" })
  const run = yield* site.run({ bin: lingering.bin })
  yield* eventually("the daemon's volume", docker.volumes, (volumes) => volumes.some(({ name: volume }) => volume === `${site.stack}_late`))
  const daemon = yield* lingering.daemon
  assert.isTrue(isAlive(daemon))
  return { run, daemon }
})

/** All points at which anything is removed. */
const removals: ReadonlyArray<Point> = ["docker.removeService", "docker.removeNetwork", "docker.removeSecret", "docker.removeVolume"]

races("SIGKILL", (race) => {
  const instants: ReadonlyArray<readonly [Point, what: string]> = [
    ["abra.newApp", "with the lock and no app"],
    ["abra.deploy", "with .env and secrets and no service"],
    ["http.request", "with the app up"]
  ]
  for (const [point, what] of instants) {
    race(
      `run SIGKILLed ${what} / janitor: JAN-5, JAN-6: after the pass nothing of it is left`,
      Effect.gen(function* () {
        const site = yield* RaceSite
        yield* killedAt(point)
        assert.isNotEmpty(yield* site.left)
        const janitor = yield* site.janitor()
        yield* ends(janitor, 0)
        yield* janitor.line(new RegExp(`^reaped +${site.domain}`))
        assert.deepStrictEqual(yield* site.left, [])
      })
    )
  }

  race(
    "run SIGKILLed in mid-teardown / janitor: LOCK-6, JAN-5: the reap ends what the run began",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const run = yield* site.run({ hold: ["http.request", "docker.removeNetwork"] })
      yield* run.line(/^at http.request/)
      yield* run.send("free http.request")
      yield* run.line(/^at docker.removeNetwork/)
      yield* run.signal("SIGKILL")
      yield* run.ended
      assert.include(yield* site.left, `volume ${site.stack}_data`)
      const janitor = yield* site.janitor()
      yield* ends(janitor, 0)
      yield* janitor.line(new RegExp(`^reaped +${site.domain}`))
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "reboot (no process, locks free, swarm kept; lock dir emptied or not) / janitor: JAN-1, JAN-5: reaped at once, with no age threshold",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const reaps = Effect.gen(function* () {
        const janitor = yield* site.janitor()
        yield* ends(janitor, 0)
        yield* janitor.line(new RegExp(`^reaped +${site.domain}`))
        assert.deepStrictEqual(yield* site.left, [])
      })
      yield* orphan
      yield* runService(specOf(site.stack, "app"))
      fs.rmSync(site.envPath)
      assert.deepStrictEqual(fs.readdirSync(site.lockDir), [])
      yield* reaps
      yield* orphan
      fs.writeFileSync(site.lockFile, "") // as young as a file can be
      yield* reaps
    })
  )

  race(
    "run SIGKILLed, its deploy child lives on / janitor: JAN-9, JAN-10: the child is ended first, nothing appears after the reap",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const { run, daemon } = yield* killedWithDaemon("lingering-1")
      yield* run.signal("SIGKILL")
      yield* run.ended
      const janitor = yield* site.janitor({ hold: removals })
      yield* janitor.line(/^at docker.remove/)
      assert.isFalse(isAlive(daemon), "ended before the first removal")
      for (const point of removals) yield* janitor.send(`free ${point}`)
      yield* ends(janitor, 0)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "run SIGKILLed, its deploy child lives on / next run of the domain: JAN-9: the child is ended first, the app is the next run's own",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const docker = yield* Docker
      const { run, daemon } = yield* killedWithDaemon("lingering-2")
      yield* run.signal("SIGKILL")
      yield* run.ended
      const next = yield* site.run({ hold: ["abra.newApp", "http.request"] })
      yield* next.line(/^at abra.newApp/)
      assert.isFalse(isAlive(daemon))
      assert.deepStrictEqual(yield* site.left, [site.lockFile])
      yield* next.send("free abra.newApp")
      yield* next.line(/^at http.request/)
      const volumes = (yield* docker.volumes).map(({ name }) => name)
      assert.include(volumes, `${site.stack}_data`)
      assert.notInclude(volumes, `${site.stack}_late`)
      yield* next.send("free http.request")
      yield* ends(next, 0)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "run SIGKILLed while another run of the domain waits: LOCK-3, LOCK-5, JAN-9, DEP-3: the waiter gets the lock, ends the dead run's child, and clears first",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const { run, daemon } = yield* killedWithDaemon("lingering-3")
      const waiter = yield* site.run({ hold: ["abra.newApp", ...removals] })
      yield* waiter.line(lockWait(site.domain))
      fs.utimesSync(site.lockFile, 1e9, 1e9)
      yield* run.signal("SIGKILL")
      yield* run.ended
      yield* waiter.line(/^at docker.remove/)
      assert.isFalse(isAlive(daemon), "ended before the first removal")
      assert.isTrue(yield* site.isHeld)
      assert.isAbove(fs.statSync(site.lockFile).mtimeMs, Date.now() - 60_000, "LOCK-3: the file's age is the lock's")
      for (const point of removals) yield* waiter.send(`free ${point}`)
      yield* waiter.line(/^at abra.newApp/)
      assert.deepStrictEqual(yield* site.left, [site.lockFile])
      yield* waiter.signal("SIGTERM")
      yield* ends(waiter, 143)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "janitor SIGKILLed mid-reap / next janitor: JAN-5: finishes the reap",
    Effect.gen(function* () {
      const site = yield* RaceSite
      yield* orphan
      const first = yield* site.janitor({ hold: ["docker.removeVolume"] })
      yield* first.line(/^at docker.removeVolume/)
      yield* first.signal("SIGKILL")
      yield* first.ended
      assert.include(yield* site.left, site.envPath, "the .env goes last")
      const next = yield* site.janitor()
      yield* ends(next, 0)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )
})

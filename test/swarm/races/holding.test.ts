/** The race matrix (spec 01) on real processes and the real swarm: rows in which a run lives and holds. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import { Docker } from "../../../src/services/Docker.ts"
import { isAlive, slowGit } from "../../support/races/bins.ts"
import { RaceSite, races, ends, lockWait } from "../../support/races/raceSite.ts"

races("A run that holds", (race) => {
  race(
    "run holds / run of the same domain starts: LOCK-1, LOCK-5: it waits, visibly, until the first has verified its teardown, and then runs",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const docker = yield* Docker
      const first = yield* site.run({ hold: ["http.request"] })
      yield* first.line(/^at http.request/)
      const running = (yield* docker.containers(site.stack)).map(({ id }) => id)
      assert.lengthOf(running, 1)

      const second = yield* site.run({ hold: ["abra.newApp"] })
      yield* second.line(lockWait(site.domain))
      assert.isFalse(second.lines.some((line) => line.includes("abra.newApp")))
      const still = (yield* docker.containers(site.stack)).map(({ id }) => id)
      assert.deepStrictEqual(still, running)

      yield* first.send("free http.request")
      yield* second.line(/^at abra.newApp/)
      assert.deepStrictEqual(yield* site.left, [site.lockFile], "the first run's app is gone whole before the second makes anything")
      yield* ends(first, 0)
      assert.isTrue(yield* site.isHeld)
      yield* second.signal("SIGTERM")
      yield* ends(second, 143)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "run holds / run of the same domain starts: JAN-9: children of the second, which only fetches, carry no mark and are not hit by the first",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const git = slowGit(site.root, "slow-git")
      const second = yield* site.run({ bin: git.bin, hold: ["abra.newApp"] })
      const child = yield* git.started
      assert.notInclude(fs.readFileSync(`/proc/${child}/environ`, "utf8"), "CCCI_APP_LOCK")

      // Takes the lock, looks for strangers, is stopped, ends its own: all while that child lives.
      const first = yield* site.run({ hold: ["abra.newApp"] })
      yield* first.line(/^at abra.newApp/)
      yield* first.signal("SIGTERM")
      yield* ends(first, 143)

      assert.isTrue(isAlive(child))
      yield* git.release
      yield* second.line(/^at abra.newApp/)
      yield* second.signal("SIGTERM")
      yield* ends(second, 143)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "run holds, no app yet / janitor: LOCK-4, JAN-3, JAN-6: the janitor leaves app and file alone",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const run = yield* site.run({ hold: ["abra.newApp"] })
      yield* run.line(/^at abra.newApp/)
      const { ino, mtimeMs } = fs.statSync(site.lockFile)
      const janitor = yield* site.janitor()
      yield* ends(janitor, 0)
      yield* janitor.line(new RegExp(`^in use +${site.domain}`))
      const after = fs.statSync(site.lockFile)
      assert.deepStrictEqual([after.ino, after.mtimeMs], [ino, mtimeMs])
      assert.isTrue(yield* site.isHeld)
      yield* run.signal("SIGTERM")
      yield* ends(run, 143)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "run holds, app up / janitor: JAN-3: left alone at any age, flagged past twice the deadline",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const docker = yield* Docker
      const run = yield* site.run({ hold: ["http.request"] })
      yield* run.line(/^at http.request/)
      const before = yield* site.left
      const running = (yield* docker.containers(site.stack)).map(({ id }) => id)

      const young = yield* site.janitor()
      yield* ends(young, 0)
      yield* young.line(new RegExp(`^in use +${site.domain}: in use for \\d+ s$`))

      const old = Date.now() / 1000 - 11 * 60 // the deadline of this site is 5 minutes
      fs.utimesSync(site.lockFile, old, old)
      const suspicious = yield* site.janitor()
      yield* ends(suspicious, 0)
      yield* suspicious.line(new RegExp(`${site.domain}.*over twice the deadline`))

      assert.deepStrictEqual(yield* site.left, before)
      assert.deepStrictEqual(
        (yield* docker.containers(site.stack)).map(({ id }) => id),
        running
      )
      yield* run.send("free http.request")
      yield* ends(run, 0)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )
})

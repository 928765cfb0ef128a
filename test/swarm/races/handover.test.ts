/** The race matrix (spec 01) on real processes and the real swarm: rows in which one lock file follows another on the same path. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import { ends, lockWait, orphan, RaceSite, races } from "../../support/races/raceSite.ts"

races("Handing over", (race) => {
  race(
    "janitor reaping / run of the same domain starts: JAN-8, LOCK-6: it waits for the whole reap, then owns a lock on the file that the path names",
    Effect.gen(function* () {
      const site = yield* RaceSite
      yield* orphan
      const janitor = yield* site.janitor({ hold: ["docker.removeVolume", "lock.unlink", "lock.close"] })
      yield* janitor.line(/^at docker.removeVolume/)
      const run = yield* site.run({ hold: ["abra.newApp"] })
      yield* run.line(lockWait(site.domain))
      assert.isFalse(run.lines.some((line) => line.includes("abra.newApp")))

      yield* janitor.send("free docker.removeVolume")
      // Whichever of the two comes first; between them the run may get its lock, and must keep it.
      const first = /lock\.\w+/.exec(yield* janitor.line(/^at lock\.(unlink|close)/))?.[0] ?? ""
      assert.deepStrictEqual(yield* site.left, [site.lockFile], "held until the reap is whole")
      assert.isTrue(yield* site.isHeld)
      yield* janitor.send(`free ${first}`)
      yield* run.line(/^at abra.newApp/)
      for (const point of ["lock.unlink", "lock.close"]) yield* janitor.send(`free ${point}`)
      yield* ends(janitor, 0)
      assert.isTrue(yield* site.isHeld)
      yield* run.signal("SIGTERM")
      yield* ends(run, 143)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "waiter has an old file open / janitor unlinks it: LOCK-2: it retries on the path's inode, and there never are two holders",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const waiter = yield* site.run({ hold: ["lock.tryLock", "abra.newApp"] })
      yield* waiter.line(/^at lock.tryLock/)
      const old = fs.statSync(site.lockFile).ino
      const janitor = yield* site.janitor()
      yield* ends(janitor, 0)
      assert.isFalse(fs.existsSync(site.lockFile))
      const holder = yield* site.run({ hold: ["abra.newApp"] })
      yield* holder.line(/^at abra.newApp/)
      assert.notStrictEqual(fs.statSync(site.lockFile).ino, old, "the waiter's file is still open, so its inode is not used again")

      // What it has open, nobody else has locked; the path names another file.
      yield* waiter.send("free lock.tryLock")
      const next = yield* waiter.line(new RegExp(`${lockWait(site.domain).source}|^at abra.newApp`))
      assert.match(next, lockWait(site.domain))
      yield* holder.signal("SIGTERM")
      yield* ends(holder, 143)
      yield* waiter.line(/^at abra.newApp/)
      assert.isTrue(yield* site.isHeld)
      yield* waiter.signal("SIGTERM")
      yield* ends(waiter, 143)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "janitor 1 / janitor 2: JAN-8: one reaps, the other leaves",
    Effect.gen(function* () {
      const site = yield* RaceSite
      yield* orphan
      const one = yield* site.janitor({ hold: ["docker.removeVolume"] })
      yield* one.line(/^at docker.removeVolume/)
      const { ino } = fs.statSync(site.lockFile)
      const two = yield* site.janitor()
      yield* ends(two, 0)
      yield* two.line(new RegExp(`^in use +${site.domain}`))
      assert.strictEqual(fs.statSync(site.lockFile).ino, ino)
      yield* one.send("free docker.removeVolume")
      yield* ends(one, 0)
      yield* one.line(new RegExp(`^reaped +${site.domain}`))
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "janitor 1 / janitor 2 / run: JAN-4: a janitor that locks what another has unlinked does nothing, least of all to a newer run",
    Effect.gen(function* () {
      const site = yield* RaceSite
      fs.writeFileSync(site.lockFile, "")
      const late = yield* site.janitor({ hold: ["lock.tryLock"] })
      yield* late.line(/^at lock.tryLock/)
      const other = yield* site.janitor()
      yield* ends(other, 0)
      assert.isFalse(fs.existsSync(site.lockFile))
      const run = yield* site.run({ hold: ["abra.deploy"] })
      yield* run.line(/^at abra.deploy/)
      const before = yield* site.left
      assert.includeMembers([...before], [site.envPath, site.lockFile, `secret ${site.stack}_key_v1`])

      yield* late.send("free lock.tryLock")
      yield* ends(late, 0)
      yield* late.line(new RegExp(`^left alone +${site.domain}`))
      assert.deepStrictEqual(yield* site.left, before)
      assert.isTrue(yield* site.isHeld)
      yield* run.signal("SIGTERM")
      yield* ends(run, 143)
      assert.deepStrictEqual(yield* site.left, [])
    })
  )
})

/** LOCK: one holder a domain. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Option } from "effect"
import { writeAtomic } from "../../src/layers/simulated/kernel/fileCalls.ts"
import { appLock, dropAppLock, tryAppLock } from "../../src/programs/appLock.ts"
import { Lock } from "../../src/services/Lock.ts"
import { count, domainOf, first, judgement, limits, lockFile, onCall, scenario, words } from "./scenario.ts"
import { domain, file, holder, settle } from "./actors.ts"

describe("the app lock", () => {
  it("LOCK-1: a waiter says that the domain is in use, tries again every 250 ms, and gets the lock", () => {
    const made = scenario()
    const { world, events } = made
    const other = holder(made)
    settle(world)
    world.timeline.after(10_000, undefined, "the holder ends", () => world.signal(other, "SIGKILL"))
    const began = world.now
    assert.isTrue(Exit.isSuccess(made.play(Effect.scoped(appLock(domain)))))
    assert.isAtMost(world.now - began, 10_300)
    assert.isTrue(events.some((event) => event._tag === "Waiting" && /app lock of shop/.test(event.what) && /in use/.test(event.seen)))
    assert.approximately(count(world, /Lock\.flock/), 41, 3)
  })

  it("LOCK-1: a stop ends a run that waits for the lock at once, and the holder keeps it", () => {
    const made = scenario()
    const target = domainOf(made)
    const other = holder(made, lockFile(target))
    settle(made.world)
    const waiting = made.start()
    const at = made.world.now
    made.world.timeline.after(20_000, undefined, "TERM", () => made.world.signal(waiting.process, "SIGTERM"))
    made.world.timeline.after(200_000, undefined, "the holder ends", () => made.world.signal(other, "SIGKILL"))
    made.finish([waiting.process])
    assert.deepStrictEqual(judgement(waiting.result()), ["stopped", 143])
    assert.isBelow(made.world.now - at, 21_000)
    assert.strictEqual(other.state, "running")
    assert.strictEqual(count(made.world, /Docker\.remove|Lock\.unlink .*cc-ci-app/), 0)
  })

  it("LOCK-1: the wait for the lock is bounded by the run's deadline", () => {
    const made = scenario({ settings: { limits: limits({ work: 60 }) } })
    holder(made, lockFile(domainOf(made)))
    settle(made.world)
    assert.deepStrictEqual(judgement(made.run()), ["stopped", 142])
  })

  it("LOCK-2: a lock on a file that the path no longer names is worthless: closed, and begun again on the path", () => {
    let replaced = 0
    const made = scenario({
      driver: onCall((call, world, text) => {
        if (!text.startsWith("Lock.fstat") || ++replaced > 2) return undefined
        writeAtomic(world.tree, call.subject, "")
        return undefined
      })
    })
    const exit = made.play(
      Effect.scoped(
        Effect.gen(function* () {
          const { file: held, path } = yield* appLock(domain)
          const lock = yield* Lock
          const [own, named] = [yield* lock.identity(held), yield* lock.identityOfPath(path)]
          return Option.exists(named, ({ inode }) => inode === own.inode)
        })
      )
    )
    assert.deepStrictEqual(Exit.isSuccess(exit) ? exit.value : exit, true)
    assert.strictEqual(count(made.world, /Lock\.open/), 3)
    assert.strictEqual(count(made.world, /Lock\.close/), 3)
  })

  it("LOCK-3: the lock's age is its holder's, not its file's", () => {
    const made = scenario()
    made.put(file, "")
    made.world.timeline.after(90_000, undefined, "later", () => undefined)
    void made.play(Effect.sleep("80 seconds"))
    const exit = made.play(Effect.scoped(Effect.flatMap(appLock(domain), ({ file: held }) => Effect.flatMap(Lock, (lock) => lock.modified(held)))))
    assert.strictEqual(Exit.isSuccess(exit) ? exit.value : 0, made.world.now)
  })

  it("LOCK-5: two runs of one domain serialise: the second makes nothing before the first is verified gone", () => {
    const made = scenario()
    const runs = [made.start({ stages: ["install"] }), made.start({ stages: ["install"] })]
    made.finish(runs.map(({ process }) => process))
    assert.deepStrictEqual(
      runs.map(({ result }) => judgement(result())[0]),
      ["green", "green"]
    )
    const { trace } = made.world.seam
    const unlink = trace.find((entry) => /Lock\.unlink .*cc-ci-app/.test(words(entry)))
    const writes = trace.filter((entry) => /Files\.write .*\.env$/.test(words(entry)))
    const second = writes.find(({ call }) => call.process !== writes[0]?.call.process)
    assert.isBelow(unlink?.at ?? Infinity, second?.at ?? 0)
    assert.deepStrictEqual(made.left(), [])
  })

  it("LOCK-6: clean: unlinked while held, then closed; and never another's file", () => {
    const made = scenario()
    void made.play(
      Effect.gen(function* () {
        const attempt = yield* tryAppLock(file)
        if (attempt._tag === "Acquired") yield* dropAppLock(attempt.file, true)
      })
    )
    assert.deepStrictEqual(made.left(), [])
    assert.isBelow(first(made.world, /Lock\.unlink/), first(made.world, /Lock\.close/))
    const replaced = scenario()
    void replaced.play(
      Effect.gen(function* () {
        const attempt = yield* tryAppLock(file)
        writeAtomic(replaced.world.tree, file, "")
        if (attempt._tag === "Acquired") yield* dropAppLock(attempt.file, true)
      })
    )
    assert.deepStrictEqual(replaced.left(), [`lock file cc-ci-app-${domain}.lock`], "a newer run's")
  })
})

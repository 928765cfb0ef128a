/** JAN: orphans are reaped, the living left alone. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { writeAtomic } from "../../src/layers/simulated/kernel/fileCalls.ts"
import { createFile, createVolume } from "../../src/layers/simulated/swarm/objects.ts"
import { stackLabel } from "../../src/services/Docker.ts"
import { Domain } from "../../src/model/names.ts"
import { count, domainOf, envFile, first, judgement, last, lockFile, onCall, orphaned, scenario, told, words } from "./scenario.ts"
import { domain, file, holder, lockDirId, outcomes, settle, straggler } from "./actors.ts"

describe("the janitor", () => {
  it("JAN-1: candidates by .env, by any object of the swarm, by a live mark; nothing that is not of the run shape", () => {
    const made = scenario()
    const { world } = made
    const of = (name: string) => Domain.make(`${name}.ci.example.org`)
    const [byEnv, byVolume, bySecret, byMark] = [of("envx-111111"), of("volu-222222"), of("secr-333333"), of("mark-444444")]
    const stackOf = (one: string) => one.replaceAll(".", "_")
    made.put(envFile(byEnv), "TYPE=shop\n")
    createVolume(world.swarm, world.swarm.manager.id, `${stackOf(byVolume)}_data`, { [stackLabel]: stackOf(byVolume) })
    createFile(world.swarm, { kind: "secret", objects: world.swarm.secrets }, `${stackOf(bySecret)}_token_v1`, "x", {})
    straggler(made, byMark)
    const others = ["blog.ci.example.org", "toolong-111111.ci.example.org", "shop-11111g.ci.example.org", "shop-111111.example.org"]
    for (const other of others) {
      made.put(envFile(other), "TYPE=shop\n")
      createVolume(world.swarm, world.swarm.manager.id, `${stackOf(other)}_data`, { [stackLabel]: stackOf(other) })
    }
    assert.sameMembers(
      [...outcomes(made.sweep())],
      [byEnv, byVolume, bySecret, byMark].map((one) => `${one} reaped`)
    )
    assert.sameMembers([...made.left()], [...others.map((other) => `env ${other}.env`), ...others.map((other) => `volume ${stackOf(other)}_data`)])
    assert.isFalse(
      world.seam.trace.some((entry) => others.some((other) => words(entry).includes(`cc-ci-app-${other}`))),
      "no lock file was ever made for them"
    )
  })

  it("JAN-2, JAN-3: held is left alone, whatever its age, and flagged past twice the deadline", () => {
    for (const [age, flagged] of [
      [Duration.minutes(119), false],
      [Duration.minutes(121), true]
    ] as const) {
      const made = orphaned()
      const other = holder(made, lockFile(made.domain))
      settle(made.world)
      void made.play(Effect.sleep(age))
      const before = made.left()
      const report = made.sweep()
      assert.deepStrictEqual(outcomes(report), [`${made.domain} held`])
      assert.strictEqual(/twice the deadline/.test(report.candidates[0]?.detail ?? ""), flagged)
      assert.strictEqual(
        made.events.some((event) => event._tag === "Warning" && /twice the deadline/.test(event.text)),
        flagged
      )
      assert.deepStrictEqual([made.left(), other.state], [before, "running"])
    }
  })

  it("JAN-4: a file that another janitor has unlinked meanwhile is left, with all that the path names now", () => {
    const made = orphaned()
    made.world.driver = onCall((call, world, text) => {
      if (text.startsWith("Lock.fstat")) writeAtomic(world.tree, call.subject, "")
      return undefined
    })
    const before = made.left()
    assert.deepStrictEqual(outcomes(made.sweep()), [`${made.domain} left`])
    assert.deepStrictEqual(made.left(), before)
  })

  it("JAN-5: an orphan is reaped while its lock is held, and the file goes last", () => {
    const made = orphaned()
    assert.deepStrictEqual(outcomes(made.sweep()), [`${made.domain} reaped`])
    assert.deepStrictEqual(made.left(), [])
    const { world } = made
    assert.isAbove(first(world, /Docker\.remove/), first(world, /Lock\.flock/))
    assert.isAbove(first(world, /Lock\.unlink/), last(world, /Docker\.remove|Files\.remove/))
    assert.strictEqual(last(world, /Lock\./), last(world, /Lock\.close/))
  })

  it("JAN-5: what could not be removed is reported, and stays a candidate with its lock file", () => {
    const made = orphaned()
    made.world.driver = onCall((_call, _world, text) => (/Docker\.remove volume/.test(text) ? { _tag: "Fail", fault: { code: "server" } } : undefined))
    const report = made.sweep()
    assert.deepStrictEqual(outcomes(report), [`${made.domain} failed`])
    assert.isTrue(report.candidates[0]?.residue.some(({ kind }) => kind === "volume"))
    assert.isTrue(made.left().includes(`lock file cc-ci-app-${made.domain}.lock`))
    made.world.driver = onCall(() => undefined)
    assert.deepStrictEqual(outcomes(made.sweep()), [`${made.domain} reaped`])
  })

  it("JAN-6: a lock file with no app behind it goes, unless it is held; other files are nobody's business", () => {
    const made = scenario()
    const held = lockFile("held-222222.ci.example.org")
    for (const path of [file, "/run/lock/other.lock", lockFile("blog.ci.example.org")]) made.put(path, "")
    holder(made, held)
    settle(made.world)
    made.sweep()
    assert.sameMembers(
      made.left().filter((one) => one.startsWith("lock file")),
      ["lock file cc-ci-app-held-222222.ci.example.org.lock", "lock file other.lock", "lock file cc-ci-app-blog.ci.example.org.lock"]
    )
  })

  it("JAN-7: what it cannot look at or remove it reports, and goes on with the rest; the run that called it goes on, too", () => {
    const made = orphaned()
    made.put(file, "")
    made.world.driver = onCall((_call, _world, text) =>
      text.startsWith(`Lock.open ${lockFile(made.domain)}`) && blind ? { _tag: "Fail", fault: { code: "EACCES" } } : undefined
    )
    let blind = true
    assert.sameMembers([...outcomes(made.sweep())], [`${made.domain} failed`, `${domain} reaped`])
    blind = false
    const lost = orphaned()
    lost.world.driver = onCall((_call, _world, text) =>
      /Files\.list .*servers\/default/.test(text) && count(lost.world, /Files\.list .*servers/) < 1 ? { _tag: "Fail", fault: { code: "EIO" } } : undefined
    )
    const report = lost.sweep()
    assert.deepStrictEqual(outcomes(report), [`${lost.domain} reaped`])
    assert.match(report.warnings.join(), /EIO/)
    const own = scenario({
      driver: onCall((_call, _world, text) => (text === "Lock.readdir /run/lock" ? { _tag: "Fail", fault: { code: "EACCES" } } : undefined))
    })
    const result = own.run({ stages: ["install"] })
    assert.deepStrictEqual([judgement(result)[0], /Janitor: .*EACCES/.test(told(result))], ["green", true])
  })

  it("JAN-7: SIGTERM: the reaps in hand are finished, no other is begun", () => {
    const made = scenario()
    const domains = Array.from({ length: 8 }, (_, at) => `orph-${at}${at}${at}${at}${at}${at}.ci.example.org`)
    for (const one of domains) made.put(envFile(one), "TYPE=shop\n")
    made.world.driver = onCall((call, world, text) => {
      if (/Lock\.flock .*cc-ci-app-orph-2/.test(text)) world.signal(call.process, "SIGTERM")
      return undefined
    })
    const report = made.sweep()
    assert.isTrue(report.candidates.length > 0 && report.candidates.length < 8, `${report.candidates.length}`)
    assert.isTrue(report.candidates.every(({ outcome }) => outcome === "reaped"))
    assert.strictEqual(made.left().filter((one) => one.startsWith("env ")).length, 8 - report.candidates.length)
  })

  it("JAN-8: a run of the domain waits until the reap is over", () => {
    const made = orphaned()
    const reaping = made.begin()
    const run = made.start({ stages: ["install"] })
    made.finish([reaping, run.process])
    assert.deepStrictEqual(judgement(run.result()), ["green", 0])
    const { trace } = made.world.seam
    const unlink = trace.find((entry) => entry.call.process === reaping && /Lock\.unlink/.test(words(entry)))
    const written = trace.find((entry) => entry.call.process === run.process && /Files\.write .*\.env$/.test(words(entry)))
    assert.isBelow(unlink?.at ?? Infinity, written?.at ?? 0)
  })

  it("JAN-9: whoever gets the lock ends the dead owner's children first; nothing appears after the reap", () => {
    const made = orphaned()
    const child = straggler(made, made.domain)
    assert.deepStrictEqual(outcomes(made.sweep()), [`${made.domain} reaped`])
    assert.strictEqual(child.ended?.signal, "SIGKILL")
    assert.isBelow(last(made.world, /Processes\.kill/), first(made.world, /Docker\.remove/))
    void made.play(Effect.sleep("30 seconds"))
    assert.deepStrictEqual(made.left(), [])
  })

  it("JAN-9: another domain's, another lock directory's, and unmarked processes live on", () => {
    const made = orphaned()
    const spared = [
      straggler(made, Domain.make("live-999999.ci.example.org"), "7:7"),
      straggler(made, made.domain, "7:7"),
      made.world.spawn({ name: "unmarked" })
    ]
    made.sweep()
    assert.isTrue(spared.every(({ state, ended }) => state === "running" || ended?.signal !== "SIGKILL"))
  })

  it("JAN-9: children started under the lock carry its marks, those before it none", () => {
    const seen: Array<string | undefined> = []
    const made = scenario({
      installSteps: ({ process }) => Effect.sync(() => (seen.push(process.environment["CCCI_APP_LOCK"], process.environment["CCCI_RUN_TOKEN"]), 0))
    })
    const target = domainOf(made)
    made.run({ stages: ["install"] })
    assert.strictEqual(seen[0], `${lockDirId(made.world)}:${target}`)
    assert.match(seen[1] ?? "", /^[0-9a-f]{32}$/)
  })

  it("JAN-9: one that cannot be ended: reported, and nothing is reaped beside it", () => {
    const made = orphaned()
    straggler(made, made.domain)
    const immortal = straggler(made, made.domain)
    immortal.frozen = true
    made.world.driver = onCall((_call, _world, text) => (text.startsWith("Processes.kill") ? { _tag: "Fail", fault: { code: "EPERM" } } : undefined))
    const before = made.left().filter((one) => !one.startsWith("process") && !one.startsWith("lock file"))
    assert.deepStrictEqual(outcomes(made.sweep()), [`${made.domain} failed`])
    assert.strictEqual(count(made.world, /Docker\.remove/), 0)
    assert.includeMembers([...made.left()], [...before])
  })

  it("JAN-10: emptiness must hold over two looks, a quiet interval apart: what comes in between is reaped", () => {
    const made = orphaned()
    const { world, stack } = made
    let planted = false
    made.world.driver = onCall((_call, _world, text) => {
      if (!planted && /Docker\.remove volume/.test(text)) {
        planted = true
        world.swarm.later(
          1_800,
          "a dead client's call lands",
          () => void createVolume(world.swarm, world.swarm.manager.id, `${stack}_late`, { [stackLabel]: stack })
        )
      }
      return undefined
    })
    assert.deepStrictEqual(outcomes(made.sweep()), [`${made.domain} reaped`])
    void made.play(Effect.sleep("10 seconds"))
    assert.deepStrictEqual([planted, made.left()], [true, []])
  })

  it("--dry-run: says what it would do, and does nothing", () => {
    const made = orphaned()
    const before = made.left()
    assert.deepStrictEqual(outcomes(made.sweep({ dryRun: true })), [`${made.domain} wouldReap`])
    assert.deepStrictEqual(made.left(), before)
  })
})

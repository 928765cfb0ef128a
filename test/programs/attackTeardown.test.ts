/** What a review broke in teardown and janitor: what cannot be seen is not gone, and nothing is taken on doubt. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { advance } from "../../src/layers/simulated.ts"
import { fileAt, remove } from "../../src/layers/simulated/kernel/fileCalls.ts"
import { createFile, createVolume } from "../../src/layers/simulated/swarm/objects.ts"
import type { World } from "../../src/layers/simulated/World.ts"
import { Domain } from "../../src/model/names.ts"
import { stackLabel } from "../../src/services/Docker.ts"
import { count, domainOf, envFile, judgement, limits, onCall, orphaned, places, scenario, told } from "./scenario.ts"
import type { Scenario } from "./scenario.ts"
import { outcomes } from "./actors.ts"

const installOnly = { stages: ["install"] } as const
const servers = `${places.abraDir}/servers/default`
const stackOf = (domain: string) => domain.replaceAll(".", "_")
const orphan = Domain.make("shop-1a2b3c.ci.example.org")

const isTearingDown = (made: Scenario) => made.events.some((event) => event._tag === "StageStarted" && event.stage === "teardown")
const volume = (world: World, of: string, name: string, node = world.swarm.manager.id) =>
  createVolume(world.swarm, node, `${stackOf(of)}_${name}`, { [stackLabel]: stackOf(of) })
const secret = (world: World, name: string) => createFile(world.swarm, { kind: "secret", objects: world.swarm.secrets }, name, "x", {})
const kinds = (made: ReturnType<Scenario["sweep"]>) => made.candidates.flatMap(({ residue }) => residue.map(({ kind }) => kind))

describe("attacks on the teardown", () => {
  it("TEAR-6, TEAR-3: one listing that fails hides nothing of the others: all else goes, what was not seen is unknown, exit 4, the lock file stays", () => {
    const made = scenario()
    const domain = domainOf(made)
    made.world.driver = onCall((_call, _world, text) =>
      isTearingDown(made) && text.startsWith("Docker.list configs") ? { _tag: "Fail", fault: { code: "server", seen: "rpc error" } } : undefined
    )
    const result = made.run(installOnly)
    assert.deepStrictEqual(judgement(result), ["leak", 4])
    assert.match(told(result), /unknown [^]*could not list configs: rpc error/)
    assert.sameMembers([...made.left()], [`env ${domain}.env`, `lock file cc-ci-app-${domain}.lock`])
    made.world.driver = onCall(() => undefined)
    assert.deepStrictEqual([outcomes(made.sweep()), made.left()], [[`${domain} reaped`], []])
  })

  it("TEAR-7: a node whose engine is away for the teardown: the other's objects go, and nobody says that this one is clean", () => {
    const made = scenario({ swarm: { workers: 1 } })
    const domain = domainOf(made)
    let listed = 0
    made.world.driver = onCall((_call, world, text) => {
      if (!isTearingDown(made) || !text.startsWith("Docker.list volumes")) return undefined
      // Each look asks the manager's engine, then the worker's.
      if (++listed % 2 === 1) return undefined
      if (listed === 2) volume(world, domain, "there", world.swarm.nodes[1]?.id)
      return { _tag: "Fail", fault: { code: "unreachable" } }
    })
    const result = made.run(installOnly)
    assert.deepStrictEqual(judgement(result), ["leak", 4])
    assert.sameMembers([...made.left()], [`env ${domain}.env`, `lock file cc-ci-app-${domain}.lock`, `volume ${stackOf(domain)}_there`])
    made.world.driver = onCall(() => undefined)
    made.sweep()
    assert.deepStrictEqual(made.left(), [])
  })

  it.each(["services", "volumes", "networks", "secrets", "configs", "containers"])(
    "JAN-7: a janitor that cannot list %s sees its candidates in what is left, removes the rest, and does not say reaped",
    (what) => {
      const made = orphaned()
      remove(made.world.tree, envFile(made.domain))
      made.world.driver = onCall((_call, _world, text) => (text.trim() === `Docker.list ${what}` ? { _tag: "Fail", fault: { code: "server" } } : undefined))
      const report = made.sweep()
      assert.deepStrictEqual(outcomes(report), [`${made.domain} failed`])
      assert.include(kinds(report), "unknown")
      assert.match(report.warnings.join(), new RegExp(`could not list ${what}`))
      assert.isTrue(made.left().includes(`lock file cc-ci-app-${made.domain}.lock`))
      // Beside a service that nobody sees its volume is in use.
      assert.strictEqual(
        made.left().some((one) => one.startsWith("volume ")),
        what === "volumes" || what === "services"
      )
    }
  )

  it("TEAR-1, JAN-1: what a writer of the .env left that was killed before its rename goes, by itself and beside the .env", () => {
    const made = scenario()
    const other = Domain.make("blog-1a2b3c.ci.example.org")
    const aside = (domain: string) => `${servers}/.${domain}.env.0a1b2c3d4e5f.tmp`
    for (const path of [aside(orphan), envFile(other), aside(other)]) made.put(path, "TYPE=shop\n")
    const foreign = [".shop.example.org.env.0a1b2c3d4e5f.tmp", ".gitignore", `.${orphan}.env.swp`]
    for (const name of foreign) made.put(`${servers}/${name}`, "")
    assert.sameMembers([...outcomes(made.sweep())], [`${orphan} reaped`, `${other} reaped`])
    assert.sameMembers(
      [...made.left()],
      foreign.map((name) => `env ${name}`)
    )
    const domain = domainOf(made)
    made.put(aside(domain), "TYPE=shop\n")
    made.run(installOnly)
    assert.strictEqual(Result.isSuccess(fileAt(made.world.tree, aside(domain))), false)
  })

  it("TEAR-0, TEAR-3: a process table that cannot be read once is read again; else the app goes all the same, and that nothing acts on it is not proven", () => {
    const unreadable = (times: number) => {
      const made = scenario()
      let left = times
      made.world.driver = onCall((_call, _world, text) =>
        isTearingDown(made) && text.startsWith("Processes.list") && left-- > 0 ? { _tag: "Fail", fault: { code: "EMFILE" } } : undefined
      )
      const result = made.run(installOnly)
      return { judged: judgement(result), left: made.left(), words: told(result) }
    }
    assert.deepInclude(unreadable(1), { judged: ["green", 0], left: [] })
    const twice = unreadable(2)
    assert.deepStrictEqual(twice.judged, ["leak", 4])
    assert.match(twice.words, /process [^]*EMFILE/)
    assert.match(twice.left.join(), /^lock file cc-ci-app-shop-[0-9a-f]{6}\.ci\.example\.org\.lock$/)
  })

  it.each([
    [2, "reaped"],
    [9, "failed"]
  ] as const)(
    "JAN-10: what appears after a removal is removed in further rounds, and where there is no end to it nobody says clean (%i, %s)",
    (late, outcome) => {
      const made = orphaned()
      const { world } = made
      let planted = 0
      world.driver = onCall((_call, _world, text) => {
        if (/Docker\.remove volume/.test(text) && planted < late) {
          planted++
          world.swarm.later(1_800, "a dead client's call lands", () => void volume(world, made.domain, `late${planted}`))
        }
        return undefined
      })
      assert.deepStrictEqual(outcomes(made.sweep()), [`${made.domain} ${outcome}`])
      advance(world, 10_000)
      assert.strictEqual(made.left().length === 0, outcome === "reaped")
      assert.strictEqual(made.left().includes(`lock file cc-ci-app-${made.domain}.lock`), outcome === "failed")
      assert.isAtLeast(planted, 2)
    }
  )

  it("TEAR-1, TEAR-3: a volume that a starting task makes after its service is gone was in no list of that pass, and is removed all the same", () => {
    const made = scenario()
    const domain = domainOf(made)
    made.world.driver = onCall((_call, world, text) => {
      if (isTearingDown(made) && /Docker\.remove service/.test(text)) world.swarm.later(100, "a task's volume", () => void volume(world, domain, "late"))
      return undefined
    })
    assert.deepStrictEqual(judgement(made.run(installOnly)), ["green", 0])
    assert.deepStrictEqual(made.left(), [])
  })

  it("TEAR-2: no container is killed or removed by force while its service lives: swarm would start another", () => {
    const made = orphaned({ settings: { limits: limits({ killGrace: 2 }) } })
    made.world.driver = onCall((_call, _world, text) =>
      text.startsWith("Docker.remove service") ? { _tag: "Fail", fault: { code: "invalid", seen: "refused" } } : undefined
    )
    assert.deepStrictEqual(outcomes(made.sweep()), [`${made.domain} failed`])
    assert.strictEqual(count(made.world, /Docker\.(kill|remove) container/), 0)
    assert.isTrue(made.left().some((one) => /^container .* running$/.test(one)))
  })

  it("TEAR-7: a janitor on several nodes without their endpoints never says reaped: the node is what it has not seen", () => {
    const made = scenario({ swarm: { workers: 1 }, nodes: [] })
    made.put(envFile(orphan), "TYPE=shop\n")
    volume(made.world, orphan, "there", made.world.swarm.nodes[1]?.id)
    const report = made.sweep()
    assert.deepStrictEqual(outcomes(report), [`${orphan} failed`])
    assert.match(
      report.candidates.flatMap(({ residue }) => residue.map(({ kind, name }) => `${kind} ${name}`)).join(),
      /unknown node worker1 \([^)]*\) has no endpoint in the setting nodes\b/
    )
    assert.sameMembers([...made.left()], [`env ${orphan}.env`, `lock file cc-ci-app-${orphan}.lock`, `volume ${stackOf(orphan)}_there`])
  })

  it.each(["missing", "unreadable"])("TEAR-4: a servers folder that is %s: what an app of a longer name may own stays, and is told", (how) => {
    const made = scenario()
    const { world } = made
    volume(world, orphan, "content")
    const theirs = `${stackOf(orphan)}_blog_token`
    secret(world, theirs)
    if (how === "missing") remove(world.tree, `${places.abraDir}/servers`)
    else {
      made.put(envFile(`${orphan}.blog`), "TYPE=blog\n")
      world.driver = onCall((_call, _world, text) => (text === `Files.list ${servers}` ? { _tag: "Fail", fault: { code: "EACCES" } } : undefined))
    }
    const report = made.sweep()
    assert.deepStrictEqual(outcomes(report), [`${orphan} failed`])
    assert.include(made.left(), `secret ${theirs}`)
    assert.notInclude(made.left(), `volume ${stackOf(orphan)}_content`)
    assert.match(report.candidates.flatMap(({ residue }) => residue.map(({ kind, name }) => `${kind} ${name}`)).join(), new RegExp(`unknown .*${theirs}`))
  })

  it("JAN-1, JAN-2: a dry run makes no lock file, and leaves the one that is there", () => {
    const made = scenario()
    made.put(envFile(orphan), "TYPE=shop\n")
    volume(made.world, orphan, "content")
    const before = made.left()
    const report = made.sweep({ dryRun: true })
    assert.deepStrictEqual(outcomes(report), [`${orphan} wouldReap`])
    assert.deepStrictEqual(kinds(report), ["volume"])
    assert.deepStrictEqual(made.left(), before)
    assert.strictEqual(count(made.world, /Lock\.open .*cc-ci-app-/), 0)
  })

  it("JAN-1: records of tasks that have ended, which old engines keep for good, make no candidate, and are no residue", () => {
    const made = orphaned()
    const { swarm } = made.world
    const [record] = [...swarm.tasks.values()]
    assert.isDefined(record)
    assert.deepStrictEqual(outcomes(made.sweep()), [`${made.domain} reaped`])
    swarm.tasks.set(record.id, { ...record, state: "complete", desired: "shutdown", container: undefined })
    assert.deepStrictEqual(outcomes(made.sweep()), [])
    made.put(envFile(made.domain), "TYPE=shop\n")
    assert.deepStrictEqual(outcomes(made.sweep()), [`${made.domain} reaped`])
  })
})

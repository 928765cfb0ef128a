/** TEAR: nothing stays, nothing of others goes. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Option } from "effect"
import { start } from "../../src/layers/simulated/fibers.ts"
import { webServer } from "../../src/layers/simulated/example/images.ts"
import { createFile, createNetwork, createVolume } from "../../src/layers/simulated/swarm/objects.ts"
import type { Domain } from "../../src/model/names.ts"
import { teardown } from "../../src/programs/teardown.ts"
import { stackLabel } from "../../src/services/Docker.ts"
import { count, domainOf, envFile, first, history, images, judgement, last, limits, onCall, orphaned, sample, scenario, told, words } from "./scenario.ts"
import type { Scenario } from "./scenario.ts"

const tornDown = (made: Scenario & { readonly domain: Domain }, settle = false) => {
  const exit = made.play(teardown(made.domain, { settle }))
  if (Exit.isFailure(exit)) throw new Error(`${exit.cause}`)
  return exit.value
}

const withSecret = {
  head: {
    app: "    secrets: [token]\n    configs: [{ source: conf, target: /conf }]\n",
    sections:
      "secrets:\n  token:\n    external: true\n    name: ${STACK_NAME}_token_${SECRET_TOKEN_VERSION}\nconfigs:\n  conf:\n    name: ${STACK_NAME}_conf\n    file: conf\n"
  },
  headFiles: { ".env.sample": `${sample}SECRET_TOKEN_VERSION=v1\n`, conf: "x" }
}

describe("teardown", () => {
  it("TEAR-0: what carries the run's token is ended before the first removal, a session of its own included", () => {
    const { run, world, left } = scenario({
      installSteps: ({ process }) =>
        Effect.sync(() => {
          const daemon = world.spawn({ name: "daemon", environment: process.environment, parent: process, leader: true })
          start(world, daemon, Effect.never.pipe(Effect.andThen(world.wait<void>(daemon, () => () => undefined))))
          daemon.pending++
          return 0
        })
    })
    assert.deepStrictEqual(judgement(run({ stages: ["install"] })), ["green", 0])
    assert.isAbove(count(world, /Processes\.kill/), 0)
    assert.isBelow(last(world, /Processes\.kill/), first(world, /Docker\.remove/))
    assert.deepStrictEqual(left(), [])
  })

  it("TEAR-1: services; tasks, then containers; then networks, configs, secrets, volumes; the .env last; no address leaks", () => {
    const made = orphaned({ history: history(withSecret) })
    assert.deepStrictEqual(tornDown(made).residue, [])
    const { world, left } = made
    assert.deepStrictEqual(left(), [`lock file cc-ci-app-${made.domain}.lock`], "the network proxy is there without a leaked address, too")
    const gone = (pattern: RegExp) => world.seam.trace.findIndex((entry) => pattern.test(words(entry)) && entry.result._tag === "Success")
    const order = [/Docker\.remove service/, /Docker\.remove network/, /Files\.remove .*\.env$/].map(gone)
    assert.deepStrictEqual(
      [...order].sort((one, other) => one - other),
      order
    )
    for (const pattern of [/remove config/, /remove secret/, /remove volume/]) {
      assert.isAbove(gone(pattern), gone(/Docker\.remove network/))
      assert.isBelow(gone(pattern), gone(/Files\.remove .*\.env$/))
    }
    const network = world.seam.trace.findIndex((entry) => /Docker\.remove network/.test(words(entry)))
    const looks = world.seam.trace.slice(0, network).map((entry) => words(entry))
    assert.isAbove(
      looks.findLastIndex((text) => /list containers shop/.test(text)),
      looks.findLastIndex((text) => /list tasks shop/.test(text))
    )
  })

  it("TEAR-1: the .env stays while anything is left, so that it can be found and tried again", () => {
    const driver = onCall((_call, _world, text) => (/Docker\.remove volume/.test(text) ? { _tag: "Fail", fault: { code: "server" } } : undefined))
    const made = orphaned()
    made.world.driver = driver
    const { residue } = tornDown(made)
    assert.sameMembers(
      residue.map(({ kind }) => kind),
      ["volume", "env"]
    )
    assert.notStrictEqual(made.read(envFile(made.domain)), "")
  })

  it("TEAR-2: in use for a moment: tried again, within a bound", () => {
    let refused = 0
    const made = orphaned()
    made.world.driver = onCall((_call, _world, text) =>
      /Docker\.remove (volume|network)/.test(text) && ++refused <= 4 ? { _tag: "Fail", fault: { code: "inUse" } } : undefined
    )
    assert.deepStrictEqual(tornDown(made).residue, [])
    assert.isAbove(refused, 4)
  })

  it("TEAR-2: containers that ignore TERM are killed past a grace, and only after their service is gone", () => {
    const stubborn = { ...webServer({ version: "2" }), start: () => ({ _tag: "Serves", ignoresTerm: true }) as const }
    const made = orphaned({
      images: { [images.new]: stubborn },
      history: history({ head: { app: "    stop_grace_period: 20m\n" } }),
      settings: { limits: limits({ teardown: 120 }) }
    })
    assert.deepStrictEqual(tornDown(made).residue, [])
    assert.isAbove(first(made.world, /Docker\.kill container/), first(made.world, /Docker\.remove service/))
  })

  it("TEAR-3, LOCK-6: what Docker calls removed and lists again is residue, by name; the run is a leak", () => {
    const { run, world } = scenario({
      driver: {
        onCall: onCall(() => undefined).onCall,
        observe: ({ call, result }, of) => {
          if (call.operation === "remove volume" && result._tag === "Success")
            createVolume(of.swarm, of.swarm.manager.id, call.subject, { [stackLabel]: call.subject.replace(/_content$/, "") })
        }
      }
    })
    const result = run({ stages: ["install"] })
    assert.deepStrictEqual(judgement(result), ["leak", 4])
    assert.match(told(result), /volume shop-\w+_ci_example_org_content/)
    assert.strictEqual(count(world, /Lock\.unlink .*cc-ci-app/), 0, "LOCK-6: residue keeps the lock file")
  })

  it("TEAR-4: what a longer name owns stays: by its label, and unlabelled where that stack exists, which is reported", () => {
    const made = scenario()
    const { world, run } = made
    const stack = domainOf(made).replaceAll(".", "_")
    const longer = `${stack}_shop`
    const secrets = { kind: "secret", objects: world.swarm.secrets } as const
    createVolume(world.swarm, world.swarm.manager.id, `${longer}_data`, { [stackLabel]: longer })
    createFile(world.swarm, secrets, `${longer}_token`, "theirs", {})
    createFile(world.swarm, secrets, `x${stack}_token`, "others'", {})
    createVolume(world.swarm, world.swarm.manager.id, `${stack}_lent`, { [stackLabel]: "another" })
    createNetwork(world.swarm, `${stack}x_net`, { [stackLabel]: `${stack}x` })
    const result = run({ stages: ["install"] })
    assert.deepStrictEqual(judgement(result), ["green", 0])
    assert.sameMembers(
      [...made.left()],
      [`network ${stack}x_net`, `secret ${longer}_token`, `secret x${stack}_token`, `volume ${longer}_data`, `volume ${stack}_lent`]
    )
    assert.isTrue(result.facts.notes.some((note) => note.includes(`secret ${longer}_token`)))
  })

  it("TEAR-4: an unlabelled secret of exactly this stack goes", () => {
    const made = scenario()
    const stack = domainOf(made).replaceAll(".", "_")
    createFile(made.world.swarm, { kind: "secret", objects: made.world.swarm.secrets }, `${stack}_inserted_v1`, "by hand", {})
    made.run({ stages: ["install"] })
    assert.deepStrictEqual(made.left(), [])
  })

  it("TEAR-5: on nothing at all it succeeds at once, and so it does twice", () => {
    const made = orphaned()
    tornDown(made)
    const before = made.world.now
    assert.deepStrictEqual(tornDown(made), { domain: made.domain, residue: [], contested: [], problems: [] })
    assert.isBelow(made.world.now - before, 200)
    assert.strictEqual(made.world.seam.trace.filter(({ call }) => /^remove/.test(call.operation)).length > 0, true)
  })

  it("TEAR-6: a failing step does not stop the next, and what failed is told", () => {
    const made = orphaned({ history: history(withSecret) })
    made.world.driver = onCall((_call, _world, text) =>
      /Docker\.remove network/.test(text) ? { _tag: "Fail", fault: { code: "server", seen: "rpc error" } } : undefined
    )
    const { residue, problems } = tornDown(made)
    assert.sameMembers(
      residue.map(({ kind }) => kind),
      ["network", "env"]
    )
    assert.match(problems.join(), /network/)
  })

  it("TEAR-6: it has a budget of its own: past it the run ends as a leak, not never", () => {
    const { run, world } = scenario({
      settings: { limits: limits({ teardown: 30, killGrace: 600 }) },
      driver: onCall((_call, _world, text) => (/Docker\.remove service/.test(text) ? { _tag: "Fail", fault: { code: "inUse" } } : undefined))
    })
    const result = run({ stages: ["install"] })
    assert.deepStrictEqual(judgement(result), ["leak", 4])
    assert.match(told(result), /did not end within its budget/)
    assert.isBelow(world.now - 1_700_000_000_000, 120_000)
  })

  it("TEAR-7: several nodes without an endpoint for each: exit 3 before any deploy, with the setting that helps", () => {
    const { run, world } = scenario({ swarm: { workers: 1 }, nodes: [] })
    const result = run({ stages: ["install"] })
    assert.deepStrictEqual(judgement(result), ["infrastructure", 3])
    assert.match(told(result), /worker1[^]*setting nodes/)
    assert.strictEqual(first(world, /Docker\.create|Lock\.open .*cc-ci-app/), -1)
  })

  it("TEAR-7: with endpoints teardown and its verification cover every node", () => {
    const made = scenario({ swarm: { workers: 1 } })
    const stack = domainOf(made).replaceAll(".", "_")
    const worker = made.world.swarm.nodes[1]?.id ?? ""
    createVolume(made.world.swarm, worker, `${stack}_content`, { [stackLabel]: stack })
    const result = made.run({ stages: [] })
    assert.deepStrictEqual(made.left(), [])
    assert.isTrue(Option.exists(result.facts.leak, ({ clean }) => clean))
  })
})

/** What a review broke in deploys: whose fault it is, and what was really deployed. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { dockerCli } from "../../src/layers/simulated/executables/dockerCli.ts"
import { openRepository } from "../../src/layers/simulated/git/store.ts"
import { status } from "../../src/layers/simulated/git/commands.ts"
import { copyTree, symlink } from "../../src/layers/simulated/kernel/fileCalls.ts"
import type { Process } from "../../src/layers/simulated/kernel/processes.ts"
import type { Invocation } from "../../src/layers/simulated/kernel/programs.ts"
import { install } from "../../src/layers/simulated/kernel/programs.ts"
import { removeService } from "../../src/layers/simulated/swarm/services.ts"
import type { World } from "../../src/layers/simulated/World.ts"
import { start } from "../../src/layers/simulated/fibers.ts"
import { first, history, judgement, limits, onCall, places, recipe, scenario, statuses, told } from "./scenario.ts"
import { forEver } from "./actors.ts"

const installOnly = { stages: ["install"] } as const
const upgraded = { stages: ["install", "upgrade"] } as const
const source = `${places.recipes}/${recipe}`
const ofDefault = Option.getOrThrow(scenario().run({ stages: [] }).facts.domain)

/** The docker client, with another `stack deploy`. */
const deploying = (world: World, deploy: (invocation: Invocation, times: number) => Effect.Effect<number>) => {
  let times = 0
  install(world, "/usr/bin/docker", (invocation) => (invocation.args[0] === "stack" ? deploy(invocation, ++times) : dockerCli(invocation)))
}

const says = (text: string) => (invocation: Invocation) => Effect.sync(() => (invocation.output.write("stderr", `${text}\n`), 1))

const contents = (world: World, folder: string) => {
  const names = world.tree.directory(folder)
  return Result.isSuccess(names) ? [...names.success.entries.keys()].sort() : []
}

describe("attacks on a deploy", () => {
  it("DEP-11: a deploy that was cut off with `app` handed over and `db` not is not believed", () => {
    const services = "  db:\n    image: example/web:2\n    networks: [internal]\n"
    const { run, world } = scenario({ definition: { deployTimeout: 40 }, history: history({ head: { services } }) })
    deploying(world, (invocation) =>
      dockerCli(invocation).pipe(
        Effect.tap(() => Effect.sync(() => removeService(world.swarm, `${ofDefault.replaceAll(".", "_")}_db`))),
        Effect.andThen(forEver)
      )
    )
    const result = run(installOnly)
    assert.deepStrictEqual([statuses(result), judgement(result)], [["install fail"], ["red", 1]])
    assert.match(told(result), /timed out/)
    assert.notMatch(told(result), /was applied/)
  })

  it("DEP-4, RUN-3: a local folder with an untracked file: the base is deployed pinned, from a clean tree; the head is the folder as it is", () => {
    const { run, put } = scenario()
    put(`${source}/notes.txt`, "mine")
    const result = run({ ...upgraded, src: Option.some(source) })
    assert.deepStrictEqual(
      [statuses(result), judgement(result)],
      [
        ["install pass", "upgrade pass"],
        ["green", 0]
      ]
    )
    const { before, after } = Option.getOrThrow(result.facts.upgrade)
    assert.deepStrictEqual([before.chaosCommit, after.chaosCommit.endsWith("+U")], ["", true])
    assert.isTrue(Option.getOrThrow(result.facts.head).dirty)
  })

  it("RUN-3: a local folder is only looked at: HEAD, refs, status and files are what they were, where its .git is another's, too", () => {
    const { run, world, put } = scenario()
    const folder = "/srv/worktree"
    copyTree(world.tree, source, folder)
    world.tree.find(`${folder}/.git`, false).pipe(Result.map(({ directory, name }) => world.tree.unlink(directory, name)))
    symlink(world.tree, `${source}/.git`, `${folder}/.git`)
    put(`${folder}/notes.txt`, "mine")
    const look = () => [openRepository(world, source), openRepository(world, folder), status(world, folder), contents(world, folder), contents(world, source)]
    const before = look()
    assert.deepStrictEqual(judgement(run({ ...upgraded, src: Option.some(folder) })), ["green", 0])
    assert.deepStrictEqual(look(), before)
  })

  it("DEP-5: any lightweight version tag makes the pinned deploy chaos: the lint refuses the recipe for another's, too", () => {
    const light = history().map((step, at) => (at === 0 ? { ...step, tags: [{ name: "0.1.0+1", annotated: false }] } : step))
    const { run, events } = scenario({ history: light })
    const result = run(upgraded)
    assert.deepStrictEqual(
      [statuses(result), judgement(result)],
      [
        ["install pass", "upgrade pass"],
        ["green", 0]
      ]
    )
    assert.strictEqual(Option.getOrThrow(result.facts.base).version, "0.2.0+1")
    assert.isTrue(events.some((event) => event._tag === "Step" && /chaos: the tag 0\.1\.0\+1 is lightweight/.test(event.text)))
  })

  it("HEALTH-3: a gateway that refuses is the machine's fault: exit 3, no broken base, no red stage", () => {
    const { run, world } = scenario({ settings: { limits: limits({ healthy: 10 }) } })
    world.network.listeners.clear()
    const result = run(upgraded)
    assert.deepStrictEqual([statuses(result), judgement(result)], [["install unverified"], ["infrastructure", 3]])
    assert.isTrue(Option.isNone(Option.getOrThrow(result.facts.base).broken))
    assert.match(told(result), /ECONNREFUSED[^]*gateway does not answer/)
  })

  it("HEALTH-3: a circle of redirects within the host is no answer, though a redirect's status is accepted", () => {
    const { run, world } = scenario({ settings: { limits: limits({ healthy: 10 }) } })
    world.network.listen(world.network.gateway, { speaks: "https", answer: () => ({ _tag: "Answer", status: 302, headers: { location: "/" } }) })
    const result = run(installOnly)
    assert.deepStrictEqual([statuses(result), judgement(result)], [["install fail"], ["red", 1]])
    assert.match(told(result), /last seen: HTTP 302/)
  })

  it("DEP-11: an engine that is away during `docker stack deploy` is the machine's fault, whether it is back by then or not", () => {
    const away = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    const back = scenario()
    deploying(back.world, says(away))
    const gone = scenario({
      driver: onCall((call, _world, text) =>
        cut && call.process.name === "ccci run" && text.startsWith("Docker.ask about") ? { _tag: "Fail", fault: { code: "unreachable" } } : undefined
      )
    })
    let cut = false
    deploying(gone.world, (invocation) => ((cut = true), says("unexpected EOF")(invocation)))
    for (const result of [back.run(upgraded), gone.run(upgraded)]) {
      assert.deepStrictEqual([statuses(result), judgement(result)], [["install unverified"], ["infrastructure", 3]])
      assert.isTrue(Option.isNone(Option.getOrThrow(result.facts.base).broken))
    }
    const refused = scenario()
    deploying(refused.world, says('service app: undefined volume "Cannot connect to the Docker daemon"'))
    assert.deepStrictEqual(judgement(refused.run(installOnly)), ["red", 1], "what a recipe makes the client say is the recipe's")
  })

  it("UPG-1b, TEAR-0: what a broken base's deploy left running is ended before the head is deployed", () => {
    const { run, world, left } = scenario()
    const seen: Array<Process["state"] | undefined> = []
    const slot: { daemon: Process | undefined } = { daemon: undefined }
    deploying(world, (invocation, times) => {
      if (times > 1)
        return Effect.andThen(
          Effect.sync(() => seen.push(slot.daemon?.state)),
          dockerCli(invocation)
        )
      slot.daemon = start(world, world.spawn({ name: "daemon", environment: invocation.process.environment }), forEver)
      return says("no such thing")(invocation)
    })
    const result = run(upgraded)
    assert.deepStrictEqual(statuses(result), ["install pass", "upgrade unverified"])
    assert.deepStrictEqual(seen, ["gone"])
    assert.deepStrictEqual(left(), [])
  })

  it("DEP-9: the overlay stays in COMPOSE_FILE although upgradeExtraEnv sets that", () => {
    const { run, world } = scenario({
      overlay: "services:\n  app:\n    environment: {FROM_OVERLAY: ci}\n",
      definition: { upgradeExtraEnv: { COMPOSE_FILE: "compose.yml" } },
      ops: { postUpgrade: () => Effect.sync(() => seen.push(...[...world.swarm.services.values()].flatMap(({ spec }) => spec.template.env))) }
    })
    const seen: Array<string> = []
    assert.deepStrictEqual(judgement(run(upgraded)), ["green", 0])
    assert.include(seen, "FROM_OVERLAY=ci")
  })

  it("RUN-6: a token in the source's URL is no part of the domain: with another one the same pull request serialises", () => {
    const { run } = scenario()
    const of = (url: string) => Option.getOrThrow(run({ stages: [], pr: Option.some(7), src: Option.some(url) }).facts.domain)
    const one = of("https://x-access-token:one@forge.example/shop.git")
    assert.strictEqual(of("https://x-access-token:two@forge.example/shop.git"), one)
    assert.strictEqual(of("https://forge.example/shop.git"), one)
    assert.notStrictEqual(of("https://forge.example/other@/shop.git"), one)
  })

  it.each([
    ["feature/12", /^feature-12-[0-9a-f]{8}$/],
    ["../../etc", /^etc-[0-9a-f]{8}$/],
    ["//", /^build-[0-9a-f]{8}$/],
    [`build ${"7".repeat(300)}`, /^build-7{74}-[0-9a-f]{8}$/]
  ])("RUN-1: a build number may be any text: %s", (number, id) => {
    const { run, world } = scenario({ settings: { buildNumber: Option.some(number) } })
    const { facts, directory } = run({ stages: [] })
    assert.match(facts.runId, id)
    assert.strictEqual(directory, `${places.runsDir}/${facts.runId}`)
    assert.isAbove(first(world, new RegExp(`Files\\.make directory ${directory}$`)), -1)
  })
})

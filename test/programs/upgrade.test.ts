/** UPG: upgraded in place, and what shows that it was. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { webServer } from "../../src/layers/simulated/example/images.ts"
import { fileAt, writeAtomic } from "../../src/layers/simulated/kernel/fileCalls.ts"
import { checkout } from "../../src/layers/simulated/git/commands.ts"
import type { Image } from "../../src/layers/simulated/swarm/images.ts"
import type { World } from "../../src/layers/simulated/World.ts"
import { CommitId } from "../../src/model/names.ts"
import {
  count,
  envFile,
  first,
  history,
  images,
  judgement,
  last,
  limits,
  onCall,
  places,
  recipe,
  rung,
  sample,
  scenario,
  stage,
  statuses,
  told,
  versions
} from "./scenario.ts"

const upgraded = { stages: ["install", "upgrade"] } as const
const all = {}

/** Serves until it is told to stop, or ends some ms after its start. */
const crashing = (after: number): Image => ({ ...webServer({ version: "2" }), start: () => ({ _tag: "Ends", after, code: 1 }) })

const directoriesIn = (world: World, path: string) =>
  Result.getOrElse(
    Result.map(world.tree.directory(path), ({ entries }) => [...entries.keys()]),
    () => []
  )

describe("an upgrade", () => {
  it("UPG-1: from the newest published version that the head descends from; --base and upgradeBaseVersion go before", () => {
    const version = (options: Parameters<typeof scenario>[0], over = {}) =>
      Option.getOrThrow(scenario(options).run({ ...upgraded, ...over }).facts.base).version
    assert.strictEqual(version({}), "0.2.0+1")
    assert.strictEqual(version({ definition: { upgradeBaseVersion: "0.1.0+1" } }), "0.1.0+1")
    assert.strictEqual(version({ definition: { upgradeBaseVersion: "0.2.0+1" } }, { base: Option.some("0.1.0+1") }), "0.1.0+1")
  })

  it("UPG-1: no base: the upgrade is skipped, with its reason, and the head is what is installed", () => {
    const { run, commits } = scenario({
      history: history()
        .slice(2)
        .map((step) => ({ ...step, files: { ...step.files, ".env.sample": sample } }))
    })
    const result = run(all)
    assert.deepStrictEqual(statuses(result).slice(0, 3), ["install pass", "upgrade skip", "backup pass"])
    assert.match(stage(result, "upgrade")?.reason ?? "", /no version is published/)
    assert.deepStrictEqual([commits.length, judgement(result)[1]], [1, 0])
  })

  it("UPG-1b: a base that does not come up: said as broken, torn down, the head deployed afresh, the other tiers run; exit 1", () => {
    const { run, world, left } = scenario({
      images: { "example/broken:1": webServer({ version: "1", fault: "sick" }) },
      history: history({ base: { image: "example/broken:1" } })
    })
    const result = run(all)
    assert.deepStrictEqual(statuses(result), ["install pass", "upgrade unverified", "backup pass", "restore pass", "custom pass"])
    assert.deepStrictEqual([rung(result, "upgrade"), ...judgement(result)], ["unverified", "red", 1])
    assert.deepStrictEqual(result.facts.deploys, { count: 2, reasons: ["0.2.0+1", "the head"] })
    assert.match(told(result), /published version 0\.2\.0\+1[^]*broken[^]*--base, or upgradeBaseVersion/)
    assert.isAbove(last(world, /Docker\.create service/), first(world, /Docker\.remove service/), "what the base left went first")
    assert.deepStrictEqual(left(), [])
  })

  it("UPG-1b: a base whose commit is gone, or that is not published: likewise", () => {
    const probe = scenario()
    const commit = probe.commits[0] ?? ""
    const driver = onCall((call, world, text) => {
      if (!text.startsWith(`Git.check out ${commit}`)) return undefined
      const path = `${call.subject}/.git/simulated.json`
      const json = Result.getOrThrow(Result.map(fileAt(world.tree, path), ({ text: whole }) => whole))
      const { commits, ...repository }: { commits: ReadonlyArray<string> } = JSON.parse(json)
      writeAtomic(world.tree, path, JSON.stringify({ ...repository, commits: commits.filter((id) => id !== commit) }))
      return undefined
    })
    for (const result of [probe.run({ base: Option.some("9.9.9+9") }), scenario({ driver }).run({ base: Option.some("0.1.0+1") })]) {
      assert.deepStrictEqual(judgement(result), ["red", 1])
      assert.deepStrictEqual(statuses(result), ["install pass", "upgrade unverified", "backup pass", "restore pass", "custom pass"])
      assert.match(told(result), /is broken/)
    }
  })

  it("UPG-2: secrets that the head declares anew are generated, other new keys are named, upgradeExtraEnv is set", () => {
    const seen: Array<string> = []
    const head = {
      app: "    secrets: [token]\n    environment: [NEW_KEY, GIVEN]\n",
      sections: "secrets:\n  token:\n    external: true\n    name: ${STACK_NAME}_token_${SECRET_TOKEN_VERSION}\n"
    }
    const { run, world, read } = scenario({
      history: history({ head, headFiles: { ".env.sample": `${sample}SECRET_TOKEN_VERSION=v1\nNEW_KEY=default\n` } }),
      definition: { upgradeExtraEnv: { GIVEN: "by the recipe" } },
      ops: {
        postUpgrade: ({ domain }: { readonly domain: string }) =>
          Effect.sync(() => {
            const [service] = world.swarm.services.values()
            seen.push(...(service?.spec.template.env.filter((line) => /^(NEW_KEY|GIVEN)=/.test(line)) ?? []), read(envFile(domain)))
          })
      }
    })
    const result = run(upgraded)
    assert.deepStrictEqual(statuses(result), ["install pass", "upgrade pass"])
    assert.strictEqual(count(world, /Docker\.create secret .*_token_v1/), 1)
    assert.isTrue(
      result.facts.notes.some((note) => /new keys[^]*: NEW_KEY$/.test(note)),
      result.facts.notes.join("\n")
    )
    assert.sameMembers(seen.slice(0, 2), ["NEW_KEY=default", "GIVEN=by the recipe"])
  })

  it("UPG-2: a head that is refused for want of a new key gets that hint", () => {
    const { run } = scenario({
      history: history({ head: { app: '    environment: ["NEW_KEY=${NEW_KEY:?set it}"]\n' }, headFiles: { ".env.sample": `${sample}NEW_KEY=\n` } }),
      definition: { skipSecrets: true }
    })
    const result = run(upgraded)
    assert.deepStrictEqual(judgement(result), ["red", 1])
    assert.match(result.verdict.headline, /NEW_KEY; upgradeExtraEnv/)
  })

  it("UPG-2: the head's images are pulled before its deploy, which is chaos and in place, and has the overlay again", () => {
    const overlay = "services:\n  app:\n    environment: {FROM_OVERLAY: ci}\n"
    const seen: Array<string | undefined> = []
    const { run, world } = scenario({
      overlay,
      // The head tracks a file of the overlay's name: its checkout puts that one in the overlay's place.
      history: history({
        head: { services: "  db:\n    image: example/db:1\n    networks: [internal]\n" },
        headFiles: { "compose.ccci.yml": "services:\n  app:\n    environment: {FROM_OVERLAY: theirs}\n" }
      }),
      swarm: { registry: { "example/db:1": { _tag: "Image", image: {}, time: 300 } } },
      ops: {
        postUpgrade: () =>
          Effect.sync(
            () =>
              void seen.push(
                [...world.swarm.services.values()].find(({ spec }) => spec.name.endsWith("_app"))?.spec.template.env.find((line) => line.startsWith("FROM"))
              )
          )
      }
    })
    assert.deepStrictEqual(statuses(run(upgraded)), ["install pass", "upgrade pass"])
    const pulled = first(world, /Docker\.pull image example\/db:1/)
    assert.isTrue(pulled > first(world, /Docker\.create service .*_app/) && pulled < first(world, /Docker\.update service .*_app/))
    assert.deepStrictEqual(seen, ["FROM_OVERLAY=ci"])
    assert.strictEqual(count(world, /Docker\.create service .*_app/), 1, "in place")
  })

  it("UPG-3: start-first: the old page answers while swarm rolls back, and that is a failure, said as such", () => {
    const answered: Array<string> = []
    const { run } = scenario({
      images: {
        [images.old]: { ...webServer({ version: "1" }), http: ({ path }) => (answered.push(path), { status: 200 }) },
        [images.new]: webServer({ version: "2", fault: "sick" })
      }
    })
    const result = run(all)
    assert.deepStrictEqual(statuses(result).slice(0, 3), ["install pass", "upgrade fail", "backup skip"])
    assert.match(stage(result, "upgrade")?.reason ?? "", /swarm rolled the update back: the old version is what runs/)
    assert.deepStrictEqual(judgement(result), ["red", 1])
  })

  it("UPG-3: a head that runs for a moment and crashes again and again is not green, whatever UpdateStatus says", () => {
    const { run } = scenario({
      settings: { limits: limits({ converged: 60 }) },
      images: { [images.new]: crashing(3_500) },
      history: history({ head: { app: "    stop_grace_period: 1s\n", deploy: "      restart_policy:\n        condition: any\n        delay: 500ms\n" } })
    })
    const result = run(upgraded)
    assert.strictEqual(stage(result, "upgrade")?.status, "fail")
  })

  it("UPG-3: every service is watched: a sibling that rolls back fails the upgrade", () => {
    const sibling = (image: string) =>
      `  db:\n    image: ${image}\n    networks: [internal]\n    deploy:\n      update_config:\n        failure_action: rollback\n        monitor: 1s\n      restart_policy:\n        condition: none\n`
    const { run } = scenario({
      images: { "example/db:1": {}, "example/db:2": crashing(200) },
      history: history({ base: { services: sibling("example/db:1") }, head: { services: sibling("example/db:2") } })
    })
    assert.match(stage(run(upgraded), "upgrade")?.reason ?? "", /_db: swarm rolled the update back/)
  })

  it("UPG-3: a redeploy that changes no task does not hang", () => {
    const { run } = scenario({ history: history({ head: versions.second }) })
    const result = run(upgraded)
    assert.strictEqual(stage(result, "upgrade")?.status, "pass")
    assert.isBelow(stage(result, "upgrade")?.duration ?? Infinity, 20_000)
  })

  it("UPG-4: a checkout that somebody moved before the deploy is not the head, and the upgrade fails for it", () => {
    const moved = { yet: false }
    const driver = onCall((_call, world, text) => {
      if (!/Docker\.look for image example\/web:2/.test(text) || moved.yet) return undefined
      const [run] = directoriesIn(world, places.runsDir)
      moved.yet = Result.isSuccess(checkout(world, `${places.runsDir}/${run}/abra/recipes/${recipe}`, commits[1] ?? CommitId.make("0".repeat(40))))
      return undefined
    })
    const { run, commits } = scenario({ driver })
    const result = run(upgraded)
    assert.isTrue(moved.yet)
    assert.strictEqual(stage(result, "upgrade")?.status, "fail")
    assert.match(told(result), new RegExp(`asked for commit ${commits[2]?.slice(0, 8)}, but what runs says commit ${commits[1]?.slice(0, 8)}`))
  })

  it("UPG-4b: an upgrade that moved nothing proves nothing, and says so", () => {
    const overlay = "services:\n  app:\n    hostname: ci\n"
    const { run, world } = scenario({
      overlay,
      history: history()
        .slice(0, 2)
        .map((step, at) => (at === 1 ? { ...step, branch: "main" } : step))
    })
    const result = run({ ...upgraded, base: Option.some("0.2.0+1") })
    assert.deepStrictEqual([stage(result, "upgrade")?.status, rung(result, "upgrade")], ["unverified", "unverified"])
    assert.match(told(result), /moved nothing/)
    assert.isAbove(count(world, /Docker\.update service/), 0)
  })

  it("UPG-4b: what ran before and after is recorded", () => {
    const { facts } = scenario().run(upgraded)
    const { before, after } = Option.getOrThrow(facts.upgrade)
    assert.deepStrictEqual([before.version, after.version], ["0.2.0+1", "1.0.0+2"])
    assert.deepStrictEqual([Object.values(before.images), Object.values(after.images)], [[images.old], [images.new]])
  })

  it("UPG-5: preUpgrade is over before the redeploy begins", () => {
    const { run, world } = scenario({ ops: { preUpgrade: () => Effect.sleep("30 seconds") } })
    assert.strictEqual(stage(run(upgraded), "upgrade")?.status, "pass")
    const hook = world.seam.trace.find(({ call }) => call.service === "Modules" && call.subject.endsWith("preUpgrade"))
    const redeploy = world.seam.trace.find(({ call }) => call.operation === "update service")
    assert.isAtLeast((redeploy?.at ?? 0) - (hook?.at ?? Infinity), 30_000)
  })
})

/**
 * Lanes for whole runs on the real swarm: each is one pull request of one recipe, so one domain, with witnesses beside it. A test takes a free lane, and
 * gives it back only when nothing of its app is left and the witnesses are what they were.
 */
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Queue } from "effect"
import type { Scope } from "effect"
import { BaseDomain, RecipeName, runDomain, stackOf } from "../../src/model/names.ts"
import type { Docker } from "../../src/services/Docker.ts"
import type { ExampleSiteInfo } from "../../src/services/ExampleSite.ts"
import { siteEnvironment } from "./ccci.ts"
import { accepted } from "./engineApi.ts"
import { leftoversOf } from "./leftovers.ts"
import { layerSwarm, withSwarm } from "./swarm.ts"
import type { TestSwarm } from "./swarm.setup.ts"
import { placeWitnesses, type Witnesses } from "./witnesses.ts"
import type { Workspace } from "./workspace.ts"

/** One pull request of one recipe. */
export interface Lane {
  readonly recipe: string
  readonly domain: string
  /** What makes `ccci run` test it. */
  readonly args: ReadonlyArray<string>
  /** The environment of every ccci on this site; its runs directory is the file's own. */
  readonly env: Readonly<Record<string, string>>
  /** An empty folder of the test's own. */
  readonly folder: string
  /** What there is of the lane's app now, a sentence each. */
  readonly leftovers: Effect.Effect<ReadonlyArray<string>>
}

interface Place extends Omit<Lane, "folder"> {
  readonly witnesses: Witnesses
}

class Lanes extends Context.Service<Lanes, Queue.Queue<Place>>()("ccci/test/Lanes") {}

/** The site that the tests' swarm has, for files of whole runs. */
const siteOf = (swarm: TestSwarm): ExampleSiteInfo => {
  assert.isDefined(swarm.site, "test/support/swarm.setup.ts brings the example site up for tests of whole runs")
  return swarm.site
}

/** The network that all apps share with the gateway: what it is must not change, who is on it does. */
const sharedNetwork = (swarm: TestSwarm) =>
  Effect.map(accepted(swarm, "GET", "/networks/proxy"), (body) => {
    const { Containers: _, Peers: __, ...rest } = JSON.parse(body.toString())
    return rest
  })

const temporary = (prefix: string) =>
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), prefix))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )

const place = Effect.fnUntraced(function* (swarm: TestSwarm, baseDomain: string, runsDir: string, recipe: string, pr: number) {
  const site = siteOf(swarm)
  const source = site.recipeSource.replace("{recipe}", recipe)
  const ref = `refs/pull/${pr}/head`
  execFileSync("git", ["-C", source, "update-ref", ref, "HEAD"])
  const digest = createHash("sha256")
    .update([recipe, source, `pr ${pr}`].join("\n"))
    .digest("hex")
  const domain = runDomain(RecipeName.make(recipe), digest, BaseDomain.make(baseDomain))
  const proxy = yield* sharedNetwork(swarm)
  const witnesses = yield* placeWitnesses(swarm, stackOf(domain))
  const unchanged = Effect.gen(function* () {
    assert.deepStrictEqual(yield* sharedNetwork(swarm), proxy, "the network of all apps is not what it was")
    yield* witnesses.unchanged
  })
  return {
    recipe,
    domain,
    args: [recipe, "--pr", `${pr}`],
    env: siteEnvironment(site, baseDomain, runsDir),
    leftovers: leftoversOf(swarm, site, domain),
    witnesses: { ...witnesses, unchanged }
  } satisfies Place
})

/** A lane for each recipe named (as often as it is named), for pull requests 1, 2 and so on. */
const layerLanes = (swarm: TestSwarm, baseDomain: string, recipes: ReadonlyArray<string>) =>
  Layer.effect(
    Lanes,
    Effect.gen(function* () {
      const runsDir = yield* temporary("ccci-runs-")
      const places = yield* Effect.forEach(recipes, (recipe, index) => place(swarm, baseDomain, runsDir, recipe, index + 1), { concurrency: "unbounded" })
      const free = yield* Queue.unbounded<Place>()
      yield* Queue.offerAll(free, places)
      return free
    })
  ).pipe(Layer.provideMerge(layerSwarm(swarm)))

/** How long a test may take once it has its lanes, and how long it may wait for them. */
const limit = "150 seconds"
const waitLimit = 900_000

/** Takes that many lanes, and after the test holds them against what must be so: nothing left, witnesses unchanged. */
const inPlaces = (count: number, test: (lanes: ReadonlyArray<Lane>) => Effect.Effect<void, unknown, Docker | Workspace | Scope.Scope>) =>
  Effect.gen(function* () {
    const free = yield* Lanes
    const places = yield* Effect.acquireRelease(Queue.takeN(free, count), (taken) => Queue.offerAll(free, taken))
    yield* Effect.forEach(places, (taken) => Effect.map(temporary("ccci-lane-"), (folder): Lane => ({ ...taken, folder }))).pipe(
      Effect.flatMap(test),
      Effect.scoped,
      Effect.timeout(limit)
    )
    for (const { domain, leftovers, witnesses } of places) {
      assert.deepStrictEqual(yield* leftovers, [], `something of ${domain} is left`)
      yield* witnesses.unchanged
    }
  }).pipe(Effect.scoped)

/** Registers tests of whole runs: `test(name, count, body)` gets that many lanes. As many run at once as there are lanes for. */
export const onLanes = (
  title: string,
  options: { readonly baseDomain: string; readonly recipes: ReadonlyArray<string> },
  tests: (
    test: (name: string, count: number, body: (lanes: ReadonlyArray<Lane>) => Effect.Effect<void, unknown, Docker | Workspace | Scope.Scope>) => void
  ) => void
): void =>
  withSwarm(title, (swarm) =>
    layer(layerLanes(swarm, options.baseDomain, options.recipes), { excludeTestServices: true, concurrent: true, timeout: "3 minutes" })(title, (it) =>
      tests((name, count, body) => it.effect(name, () => inPlaces(count, body), waitLimit))
    )
  )

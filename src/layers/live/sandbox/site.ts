/** The example site on a private engine: what `ccci demo` and the tests on a real swarm run on. */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Context, Effect, Layer, Queue, Schedule, Scope, Stream } from "effect"
import { Docker } from "../../../services/Docker.ts"
import { ExampleSite, ExampleSiteError, type ExampleSiteInfo } from "../../../services/ExampleSite.ts"
import { Sandbox } from "../../../services/Sandbox.ts"
import * as LiveDocker from "../docker/Docker.ts"
import { examplesDirectory, type Say } from "./examples.ts"
import { setRoutes, startGateway, type Gateway } from "./gateway.ts"
import { buildImages, imagesOf, loadImages } from "./images.ts"
import { makeRecipeRepositories } from "./recipesRepo.ts"
import * as LiveSandbox from "./sandbox.ts"

const baseDomain = "ci.example.test"
const port = 443

const imagesFor = (recipes: ReadonlyArray<string>): ReadonlyArray<string> => {
  const known: Readonly<Record<string, ReadonlyArray<string>>> = imagesOf
  return [...imagesOf.gateway, ...recipes.flatMap((recipe) => known[recipe] ?? [])]
}

/** Keeps the gateway's routes to what the services' labels say: at each service event, and at a slow look for what was missed. */
const followServices = Effect.fn("site.followServices")(function* (gateway: Gateway, say: Say) {
  const docker = yield* Docker
  const wake = yield* Queue.sliding<void>(1)
  yield* docker.events.pipe(
    Stream.filter(({ type }) => type === "service" || type === "ccci"),
    Stream.runForEach(() => Queue.offer(wake, undefined)),
    Effect.ignore,
    Effect.andThen(Effect.sleep("1 second")),
    Effect.forever,
    Effect.forkScoped
  )
  const follow = Effect.gen(function* () {
    const [services, networks] = yield* Effect.all([docker.services(), docker.networks], { concurrency: 2 })
    const nameOf = new Map(networks.map(({ id, name }) => [id, name]))
    const routed = services.map(({ name, labels, networks: ids }) => ({ name, labels, networks: ids.map((id) => nameOf.get(id) ?? id) }))
    return { routed, key: JSON.stringify(routed) }
  })
  let last = ""
  const once = Effect.gen(function* () {
    const { routed, key } = yield* follow
    if (key !== last) {
      last = key
      const refused = yield* setRoutes(gateway, routed)
      yield* Effect.forEach(refused, (refusal) => say(`gateway: ${JSON.stringify(refusal)}`), { discard: true })
    }
    yield* Effect.raceFirst(Queue.take(wake), Effect.sleep("5 seconds"))
  })
  yield* once.pipe(Effect.retry(Schedule.spaced("1 second")), Effect.forever, Effect.forkScoped)
})

const failed = (error: { readonly attempted: string; readonly seen: string }) => new ExampleSiteError({ attempted: error.attempted, seen: error.seen })

const open = Effect.fn("site.open")(function* (recipes: ReadonlyArray<string>, otherBaseDomains: ReadonlyArray<string>, say: Say) {
  const sandbox = yield* Sandbox
  yield* sandbox.available
  const [engine, archives, examples] = yield* Effect.all(
    [sandbox.acquire({ say }), buildImages(imagesFor(recipes), say).pipe(Effect.mapError(failed)), Effect.mapError(examplesDirectory, failed)],
    { concurrency: 3 }
  )
  const { directory, dockerHost } = engine
  const repositories = join(directory, "repositories")
  const abraDir = join(directory, "abra")
  const lockDir = join(directory, "locks")
  for (const folder of [repositories, join(abraDir, "servers", "default"), lockDir]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  yield* Effect.all([loadImages(engine, archives), makeRecipeRepositories(repositories)], { concurrency: 2, discard: true }).pipe(Effect.mapError(failed))
  const gateway = yield* startGateway(engine, { baseDomains: [baseDomain, ...otherBaseDomains], port }).pipe(Effect.mapError(failed))
  yield* followServices(gateway, say).pipe(Effect.provide(LiveDocker.layer({ endpoint: dockerHost, others: {} })))
  yield* say(`The example site is up: *.${baseDomain} at ${gateway.address}:${gateway.port}`)
  return {
    dockerHost,
    baseDomain,
    gateway: { address: gateway.address, port: gateway.port },
    abraDir,
    lockDir,
    testsDir: join(examples, "site", "tests"),
    recipeSource: join(repositories, "{recipe}"),
    directory,
    env: engine.env,
    pid: engine.pid
  } satisfies ExampleSiteInfo
})

/** The example site of this machine. */
export const layer = Layer.effect(
  ExampleSite,
  Effect.gen(function* () {
    // Only the services: the building fiber's scope is not the caller's, who keeps the site open.
    const context = Context.omit(Scope.Scope)(yield* Effect.context<Sandbox | NodeServices.NodeServices>())
    return ExampleSite.of({ open: ({ recipes, otherBaseDomains = [], say }) => open(recipes, otherBaseDomains, say).pipe(Effect.provideContext(context)) })
  })
).pipe(Layer.provide(LiveSandbox.layer), Layer.provide(NodeServices.layer))

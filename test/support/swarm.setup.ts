/**
 * One private swarm for all tests that want a real one, up before the first of them and gone after the last. Where no engine can be had they are skipped,
 * with the reason in the summary. Inside `scripts/sandbox.ts -- ...` that sandbox is used.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Exit, Layer, Scope } from "effect"
import type { TestProject } from "vitest/node"
import { layer } from "../../src/layers/live/sandbox/sandbox.ts"
import { layer as layerSite } from "../../src/layers/live/sandbox/site.ts"
import { ExampleSite, type ExampleSiteInfo } from "../../src/services/ExampleSite.ts"
import { Sandbox } from "../../src/services/Sandbox.ts"
import { baseDomains } from "./ccci.ts"
import { importTestImage } from "./testImage.ts"

/** What tests know of their swarm: `docker` needs `env` over its own environment. */
export interface TestSwarm {
  readonly dockerHost: string
  /** Where ports published in host mode are reached. */
  readonly address: string
  /** A folder with the same path inside, for bind mounts. */
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  /** The example site on this swarm, where tests of whole runs were asked for. */
  readonly site?: ExampleSiteInfo
}

declare module "vitest" {
  interface ProvidedContext {
    /** The swarm, or why there is none. */
    readonly swarm: TestSwarm | { readonly unavailable: string }
  }
}

/** Files asked for on the command line that need no swarm should not wait for one. */
const files = process.argv.filter((argument) => argument.startsWith("test/"))
const notAsked = () => files.length > 0 && files.every((file) => file.startsWith("test/process/"))
const wholeRunsAsked = () => files.length === 0 || files.some((file) => file.startsWith("test/e2e"))

/** What is there already. */
const given = (): TestSwarm | { readonly unavailable: string } | undefined => {
  if (notAsked()) return { unavailable: "only tests that need no swarm were asked for" }
  if (wholeRunsAsked()) return undefined
  const { DOCKER_HOST, DOCKER_CONFIG, PATH, CCCI_SANDBOX_ADDRESS, CCCI_SANDBOX_DIR } = process.env
  if (DOCKER_HOST === undefined || CCCI_SANDBOX_ADDRESS === undefined || CCCI_SANDBOX_DIR === undefined) return undefined
  const env = { DOCKER_HOST, DOCKER_CONFIG: DOCKER_CONFIG ?? "", PATH: PATH ?? "" }
  return { dockerHost: DOCKER_HOST, address: CCCI_SANDBOX_ADDRESS, directory: CCCI_SANDBOX_DIR, env }
}

const say = (line: string) => Effect.sync(() => void process.stderr.write(`swarm tests: ${line}\n`))

const bare = Effect.gen(function* () {
  const { dockerHost, address, directory, env } = yield* (yield* Sandbox).acquire({ say })
  const swarm: TestSwarm = { dockerHost, address, directory, env }
  return swarm
})

const withSite = Effect.gen(function* () {
  const site = yield* (yield* ExampleSite).open({
    recipes: ["custom-html", "static", "miniflux"],
    otherBaseDomains: Object.values(baseDomains),
    say
  })
  const swarm: TestSwarm = { dockerHost: site.dockerHost, address: site.gateway.address, directory: site.directory, env: site.env, site }
  return swarm
})

const acquire = Effect.gen(function* () {
  return wholeRunsAsked() ? yield* withSite : yield* bare
}).pipe(
  Effect.catchTag("SandboxUnavailable", (error) => Effect.succeed({ unavailable: error.reason })),
  Effect.provide(Layer.merge(Layer.provide(layer, NodeServices.layer), layerSite))
)

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const scope = Scope.makeUnsafe()
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  const there = given()
  const swarm = there ?? (await Effect.runPromise(Scope.provide(acquire, scope)))
  if ("env" in swarm) importTestImage(swarm.env)
  project.provide("swarm", swarm)
  return there === undefined ? close : undefined
}

/** Everything that a swarm and its nodes list, source by source: one that cannot be listed hides nothing of the others (TEAR-6, JAN-7). */
import { Effect, Option, Result } from "effect"
import { Docker, type NodeEngine } from "../services/Docker.ts"
import { Files } from "../services/Files.ts"
import { Settings } from "../services/Settings.ts"

/** The manager's engine and those of the other nodes that the configuration names. */
export const engines = Effect.map(Docker, (docker): ReadonlyArray<NodeEngine> => [docker, ...docker.others.values()])

/** Folder of the configured server's `.env` files (ABRA-8). */
export const envFolder = Effect.map(Settings, ({ abraDir, server }) => `${abraDir}/servers/${server}`)

/** Nodes whose engine nobody can ask, by their names: what lies there is out of sight (TEAR-7). */
const unseenNodes = Effect.fnUntraced(function* () {
  const docker = yield* Docker
  const nodes = yield* docker.nodes
  if (nodes.length <= 1) return []
  const { nodeId } = yield* docker.info
  return nodes
    .filter(({ id }) => id !== nodeId && !docker.others.has(id))
    .map(({ hostname, id }) => `node ${hostname} (${id}) has no endpoint in the setting nodes`)
})

/** Names in the folder of `.env` files, where there is one. */
const envNames = Effect.fnUntraced(function* () {
  const files = yield* Files
  const folder = yield* envFolder
  return Option.isNone(yield* files.stat(folder)) ? Option.none() : Option.some(yield* files.list(folder))
})

/**
 * One look at everything. `unseen`: what could not be looked at, in words; anything there means that an absence is not proven. `appsKnown` is false where no
 * folder told which apps there are: perhaps the wrong one is configured.
 */
export const listAll = Effect.fn("listAll")(function* () {
  const docker = yield* Docker
  const nodes = yield* engines
  const unseen: Array<string> = []
  const or = <A, E extends { readonly message: string }, R>(look: Effect.Effect<ReadonlyArray<A>, E, R>) =>
    Effect.map(Effect.result(look), (found): ReadonlyArray<A> => {
      if (Result.isSuccess(found)) return found.success
      unseen.push(found.failure.message)
      return []
    })
  const [services, networks, secrets, configs, envs, nodesUnseen] = yield* Effect.all(
    [or(docker.services()), or(docker.networks), or(docker.secrets), or(docker.configs), or(Effect.map(envNames(), Option.toArray)), or(unseenNodes())],
    { concurrency: "unbounded" }
  )
  const local = yield* Effect.forEach(
    nodes,
    (engine) =>
      Effect.map(Effect.all([or(engine.containers()), or(engine.volumes)], { concurrency: 2 }), ([containers, volumes]) => ({
        containers: containers.map((container) => ({ ...container, engine })),
        volumes: volumes.map((volume) => ({ ...volume, engine }))
      })),
    { concurrency: 8 }
  )
  return {
    services,
    networks,
    secrets,
    configs,
    containers: local.flatMap(({ containers }) => containers),
    volumes: local.flatMap(({ volumes }) => volumes),
    envs: envs.flat(),
    appsKnown: envs.length > 0,
    unseen: [...unseen, ...nodesUnseen]
  }
})

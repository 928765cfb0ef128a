/** What there is of an app, by listing: the evidence that teardown and its verification rest on (TEAR-3), on every node (TEAR-7). */
import { Effect } from "effect"
import { stackOf, type Domain } from "../model/names.ts"
import { Abra } from "../services/Abra.ts"
import { Docker, stackLabel, type DockerError, type NodeEngine } from "../services/Docker.ts"
import { claimed, knownStacks, type Named } from "./ownership.ts"

/** Something that is left: its kind and its name. `unknown`: it could not be looked. */
export interface Residue {
  readonly kind: "service" | "task" | "container" | "network" | "volume" | "secret" | "config" | "env" | "process" | "unknown"
  readonly name: string
}

interface Removable extends Residue {
  readonly remove: Effect.Effect<void, DockerError>
}

export interface Inventory {
  readonly residue: ReadonlyArray<Residue>
  /** Unlabelled objects that a longer stack's name claims too: reported, left (TEAR-4). */
  readonly contested: ReadonlyArray<Residue>
  readonly removable: ReadonlyArray<Removable>
}

/** The manager's engine and those of the other nodes that the configuration names. */
export const engines = Effect.map(Docker, (docker): ReadonlyArray<NodeEngine> => [docker, ...docker.others.values()])

/** Everything on the swarm and its nodes, listed once. */
export const listAll = Effect.fn("listAll")(function* () {
  const docker = yield* Docker
  const nodes = yield* engines
  const swarm = yield* Effect.all(
    {
      services: docker.services(),
      tasks: docker.tasks(),
      networks: docker.networks,
      secrets: docker.secrets,
      configs: docker.configs
    },
    { concurrency: "unbounded" }
  )
  const local = yield* Effect.forEach(nodes, (engine) =>
    Effect.map(Effect.all([engine.containers(), engine.volumes], { concurrency: 2 }), ([containers, volumes]) => ({ engine, containers, volumes }))
  )
  return {
    ...swarm,
    containers: local.flatMap(({ containers, engine }) => containers.map((container) => ({ ...container, engine }))),
    volumes: local.flatMap(({ volumes, engine }) => volumes.map((volume) => ({ ...volume, engine })))
  }
})

/** What of all that belongs to one app. */
export const inventory = Effect.fn("inventory")(function* (domain: Domain) {
  const docker = yield* Docker
  const stack = stackOf(domain)
  const [all, records] = yield* Effect.all([listAll(), docker.tasks(stack)], { concurrency: 2 })
  const apps = yield* Effect.flatMap(Abra, (abra) => abra.apps).pipe(Effect.orElseSucceed(() => []))
  const named: ReadonlyArray<Named> = [...all.services, ...all.networks, ...all.secrets, ...all.configs, ...all.volumes, ...all.containers]
  const others = knownStacks(
    named,
    apps.map((app) => app.domain)
  )
  const of = <A extends Named>(objects: ReadonlyArray<A>) => claimed(stack, objects, others)

  const tasks = records.filter(({ state }) => !endedStates.has(state))
  const containers = of(all.containers).ours
  const removable: ReadonlyArray<Removable> = [
    ...of(all.services).ours.map(({ id, name }) => ({ kind: "service" as const, name, remove: docker.removeService(id) })),
    // Containers with the label are swarm's: they go with their services. Others were made by hand under the stack's name.
    ...containers
      .filter(({ labels }) => labels[stackLabel] === undefined)
      .map(({ id, name, engine }) => ({ kind: "container" as const, name, remove: engine.removeContainer(id) })),
    ...of(all.networks).ours.map(({ id, name }) => ({ kind: "network" as const, name, remove: docker.removeNetwork(id) })),
    ...of(all.configs).ours.map(({ id, name }) => ({ kind: "config" as const, name, remove: docker.removeConfig(id) })),
    ...of(all.secrets).ours.map(({ id, name }) => ({ kind: "secret" as const, name, remove: docker.removeSecret(id) })),
    ...of(all.volumes).ours.map(({ name, engine }) => ({ kind: "volume" as const, name, remove: engine.removeVolume(name) }))
  ]
  const residue: ReadonlyArray<Residue> = [
    ...tasks.map(({ id }) => ({ kind: "task" as const, name: id })),
    ...containers.filter(({ labels }) => labels[stackLabel] !== undefined).map(({ name }) => ({ kind: "container" as const, name })),
    ...removable.map(({ kind, name }) => ({ kind, name }))
  ]
  const contested = (["networks", "configs", "secrets", "volumes"] as const).flatMap((kind) =>
    of<Named>(all[kind]).contested.map(({ name }) => ({ kind: kindOf[kind], name }))
  )
  return { residue, contested, removable } satisfies Inventory
})

const kindOf = { networks: "network", configs: "config", secrets: "secret", volumes: "volume" } as const

/** States in which a task never runs again. Old engines keep such records of removed jobs for good: they are neither waited for nor residue. */
export const endedStates: ReadonlySet<string> = new Set(["complete", "failed", "shutdown", "rejected", "orphaned", "remove"])

/** What there is of one app, by listing: the evidence that teardown and its verification rest on (TEAR-3), on every node (TEAR-7). */
import { Effect, Result } from "effect"
import { stackOf, type Domain } from "../model/names.ts"
import { Docker, stackLabel, type DockerError } from "../services/Docker.ts"
import { envFolder, listAll } from "./listing.ts"
import { claimed, knownStacks, type Named } from "./ownership.ts"

/** Something that is left: its kind and its name. `unknown`: it could not be looked, and so its absence is not proven. */
export interface Residue {
  readonly kind: "service" | "task" | "container" | "network" | "volume" | "secret" | "config" | "env" | "process" | "unknown"
  readonly name: string
}

/** What can be removed by one call. */
export interface Removable extends Residue {
  readonly kind: "service" | "container" | "network" | "volume" | "secret" | "config"
  readonly remove: Effect.Effect<void, DockerError>
}

export interface Inventory {
  /** All but the app's `.env`, which outlives the rest (TEAR-1). */
  readonly residue: ReadonlyArray<Residue>
  /** Unlabelled objects that a longer stack's name claims too: reported, left (TEAR-4). */
  readonly contested: ReadonlyArray<Residue>
  readonly removable: ReadonlyArray<Removable>
  /** Paths of the app's `.env`, and of what a writer that was killed in the middle of writing it left. */
  readonly envs: ReadonlyArray<string>
}

/** States in which a task never runs again. Old engines keep such records of removed jobs for good: they are neither waited for nor residue. */
export const endedStates: ReadonlySet<string> = new Set(["complete", "failed", "shutdown", "rejected", "orphaned", "remove"])

/** Whether a file of the servers folder is the app's `.env`, or the name under which it is written before it is renamed. */
const isEnvOf = (domain: Domain, name: string): boolean => name === `${domain}.env` || (name.startsWith(`.${domain}.env.`) && name.endsWith(".tmp"))

/** Looks at everything once, and picks out what belongs to the app. Never fails: what could not be seen is residue of the kind `unknown`. */
export const inventory = Effect.fn("inventory")(function* (domain: Domain) {
  const docker = yield* Docker
  const stack = stackOf(domain)
  const folder = yield* envFolder
  const [all, records] = yield* Effect.all([listAll(), Effect.result(docker.tasks(stack))], { concurrency: 2 })
  const named: ReadonlyArray<Named> = [...all.services, ...all.networks, ...all.secrets, ...all.configs, ...all.volumes, ...all.containers]
  const domains = all.envs.flatMap((name) => (name.endsWith(".env") ? [name.slice(0, -".env".length)] : []))
  const others = knownStacks(named, domains)
  // Where nobody told which apps there are, a longer stack may own what has no label and another part in its name: not ours on doubt (TEAR-4).
  const inDoubt = ({ name, labels }: Named) => !all.appsKnown && labels[stackLabel] === undefined && name.slice(stack.length + 1).includes("_")
  const of = <A extends Named>(objects: ReadonlyArray<A>) => {
    const { ours, contested } = claimed(stack, objects, others)
    return { ours: ours.filter((object) => !inDoubt(object)), contested }
  }

  const tasks = Result.isSuccess(records) ? records.success.filter(({ state }) => !endedStates.has(state)) : []
  const unseen = Result.isSuccess(records) ? all.unseen : [...all.unseen, records.failure.message]
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
    ...removable.map(({ kind, name }) => ({ kind, name })),
    ...unseen.map((name) => ({ kind: "unknown" as const, name })),
    ...claimed(stack, named, others)
      .ours.filter(inDoubt)
      .map(({ name }) => ({ kind: "unknown" as const, name: `owner of ${name}: no folder ${folder} tells which apps there are` }))
  ]
  const contested = (["networks", "configs", "secrets", "volumes"] as const).flatMap((kind) =>
    of<Named>(all[kind]).contested.map(({ name }) => ({ kind: kindOf[kind], name }))
  )
  const envs = all.envs.filter((name) => isEnvOf(domain, name)).map((name) => `${folder}/${name}`)
  return { residue, contested, removable, envs } satisfies Inventory
})

const kindOf = { networks: "network", configs: "config", secrets: "secret", volumes: "volume" } as const

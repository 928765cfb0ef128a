/** Networks, volumes, secrets and configs: made, listed, and refused while in use (TEAR-2). */
import { Result } from "effect"
import type { Swarm } from "./Swarm.ts"
import { refuse } from "./Swarm.ts"
import type { Refusal } from "./Swarm.ts"
import { endedStates } from "./state.ts"
import type { SwarmFile, SwarmNetwork } from "./state.ts"

type Labels = Readonly<Record<string, string>>
type Answer<A> = Result.Result<A, Refusal>
const done: Answer<void> = Result.succeed(undefined)

/** Addresses of a subnet for tasks: all but network, gateway and broadcast. */
const capacityOf = (subnet: string | undefined): number => 2 ** (32 - Number(/\/(\d+)$/.exec(subnet ?? "")?.[1] ?? 24)) - 3

export const createNetwork = (
  swarm: Swarm,
  name: string,
  labels: Labels,
  options: { readonly subnet?: string; readonly attachable?: boolean } = {}
): Answer<string> => {
  if (swarm.find(swarm.networks, name) !== undefined) return Result.fail(refuse("conflict", `network with name ${name} already exists`))
  const network: SwarmNetwork = { id: swarm.id(25), name, labels, attachable: options.attachable ?? false, capacity: capacityOf(options.subnet), leaked: 0 }
  swarm.networks.set(network.id, network)
  swarm.emit("network", "create", network.id, { name })
  return Result.succeed(network.id)
}

/** Tasks that hold an address of a network: those that may run and whose containers are not gone. */
export const attachedTo = (swarm: Swarm, networkId: string) =>
  [...swarm.tasks.values()].filter(
    ({ template, state, container }) => template.networks.includes(networkId) && !(endedStates.has(state) && container?.state !== "running")
  )

export const removeNetwork = (swarm: Swarm, key: string): Answer<void> => {
  const network = swarm.find(swarm.networks, key)
  if (network === undefined) return Result.fail(refuse("notFound", `network ${key} not found`))
  const service = [...swarm.services.values()].find(({ spec }) => spec.template.networks.includes(network.id))
  if (service !== undefined)
    return Result.fail(refuse("inUse", `rpc error: code = FailedPrecondition desc = network ${network.id} is in use by service ${service.id}`))
  const task = attachedTo(swarm, network.id)[0]
  if (task !== undefined) return Result.fail(refuse("inUse", `rpc error: code = FailedPrecondition desc = network ${network.id} is in use by task ${task.id}`))
  leakAddresses(swarm, network)
  swarm.networks.delete(network.id)
  swarm.emit("network", "remove", network.id, { name: network.name })
  return done
}

/** A network that goes before its last containers takes an address of each of their other networks with it, for good. */
const leakAddresses = (swarm: Swarm, network: SwarmNetwork): void => {
  for (const { template } of swarm.containers.values()) {
    if (!template.networks.includes(network.id)) continue
    for (const id of template.networks) {
      const other = swarm.networks.get(id)
      if (other !== undefined && other !== network) other.leaked++
    }
  }
}

/** Addresses of a network that nobody can have now. */
export const addressesInUse = (swarm: Swarm, network: SwarmNetwork): number => attachedTo(swarm, network.id).length + network.leaked

export const createVolume = (swarm: Swarm, nodeId: string, name: string, labels: Labels): Answer<void> => {
  const key = `${nodeId}/${name}`
  if (swarm.volumes.has(key)) return done
  swarm.volumes.set(key, { name, nodeId, labels, files: new Map() })
  swarm.emit("volume", "create", name, { driver: "local" })
  return done
}

export const removeVolume = (swarm: Swarm, nodeId: string, name: string): Answer<void> => {
  const key = `${nodeId}/${name}`
  if (!swarm.volumes.has(key)) return Result.fail(refuse("notFound", `get ${name}: no such volume`))
  const user = [...swarm.containers.values()].find(
    (container) => container.nodeId === nodeId && container.template.volumes.some(({ source }) => source === name)
  )
  if (user !== undefined) return Result.fail(refuse("inUse", `remove ${name}: volume is in use - [${user.id}]`, 409))
  swarm.volumes.delete(key)
  swarm.emit("volume", "destroy", name, { driver: "local" })
  return done
}

/** What differs between the two kinds of files that services get. */
export interface FileKind {
  readonly kind: "secret" | "config"
  readonly objects: Map<string, SwarmFile>
}

export const createFile = (swarm: Swarm, { kind, objects }: FileKind, name: string, text: string, labels: Labels): Answer<string> => {
  if (name.length > 64) return Result.fail(refuse("invalid", `invalid ${kind} name`))
  if (swarm.find(objects, name) !== undefined) {
    return Result.fail(refuse("conflict", `rpc error: code = AlreadyExists desc = ${kind} ${name} already exists`))
  }
  const file: SwarmFile = { id: swarm.id(25), name, labels, text }
  objects.set(file.id, file)
  swarm.emit(kind, "create", file.id, { name })
  return Result.succeed(file.id)
}

export const removeFile = (swarm: Swarm, { kind, objects }: FileKind, key: string): Answer<void> => {
  const file = swarm.find(objects, key)
  if (file === undefined) return Result.fail(refuse("notFound", `${kind} ${key} not found`))
  const references = (template: { readonly secrets: ReadonlyArray<{ readonly id: string }>; readonly configs: ReadonlyArray<{ readonly id: string }> }) =>
    kind === "secret" ? template.secrets : template.configs
  const user = [...swarm.services.values()].find(({ spec }) => references(spec.template).some(({ id }) => id === file.id))
  if (user !== undefined) {
    return Result.fail(refuse("inUse", `rpc error: code = InvalidArgument desc = ${kind} '${file.name}' is in use by the following service: ${user.spec.name}`))
  }
  objects.delete(file.id)
  swarm.emit(kind, "remove", file.id, { name: file.name })
  return done
}

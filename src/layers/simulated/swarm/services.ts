/** Services of the simulated swarm: made, changed, removed, as the engine's API does. */
import { Result } from "effect"
import type { Spec } from "./spec.ts"
import type { SwarmService } from "./state.ts"
import { refuse } from "./Swarm.ts"
import type { Refusal, Swarm } from "./Swarm.ts"
import { reconcile } from "./orchestrator.ts"
import { removeTask } from "./tasks.ts"
import { beginUpdate } from "./updates.ts"

type Answer<A> = Result.Result<A, Refusal>

/** The spec with networks as ids, or what the engine finds missing. */
const resolve = (swarm: Swarm, spec: Spec): Answer<Spec> => {
  const networks: Array<string> = []
  for (const key of spec.template.networks) {
    const network = swarm.find(swarm.networks, key)
    if (network === undefined) return Result.fail(refuse("notFound", `network ${key} not found`))
    networks.push(network.id)
  }
  const missing = (kind: string, references: ReadonlyArray<{ readonly id: string; readonly name: string }>, objects: ReadonlyMap<string, unknown>) => {
    const absent = references.find(({ id }) => !objects.has(id))
    return absent === undefined ? undefined : refuse("notFound", `${kind} ${absent.name} not found`)
  }
  const refusal = missing("secret", spec.template.secrets, swarm.secrets) ?? missing("config", spec.template.configs, swarm.configs)
  if (refusal !== undefined) return Result.fail(refusal)
  return Result.succeed({ ...spec, template: { ...spec.template, networks } })
}

export const createService = (swarm: Swarm, asked: Spec): Answer<string> => {
  if (swarm.service(asked.name) !== undefined) {
    return Result.fail(
      refuse("conflict", `rpc error: code = AlreadyExists desc = name conflicts with an existing object: service ${asked.name} already exists`)
    )
  }
  return Result.map(resolve(swarm, asked), (spec) => {
    const service: SwarmService = {
      id: swarm.id(25),
      spec,
      previous: undefined,
      version: swarm.nextVersion(),
      status: undefined,
      rolling: undefined,
      attempts: new Map()
    }
    swarm.services.set(service.id, service)
    swarm.emit("service", "create", service.id, { name: spec.name })
    reconcile(swarm, service)
    return service.id
  })
}

export const updateService = (swarm: Swarm, id: string, version: number, asked: Spec): Answer<void> => {
  const service = swarm.service(id)
  if (service === undefined) return Result.fail(refuse("notFound", `service ${id} not found`))
  if (service.version !== version) return Result.fail(refuse("conflict", "rpc error: code = Unknown desc = update out of sequence", 500))
  return Result.map(resolve(swarm, asked), (spec) => {
    service.previous = service.spec
    service.spec = spec
    service.version = swarm.nextVersion()
    swarm.emit("service", "update", service.id, { name: spec.name })
    beginUpdate(swarm, service, reconcile)
  })
}

export const removeService = (swarm: Swarm, key: string): Answer<void> => {
  const service = swarm.service(key)
  if (service === undefined) return Result.fail(refuse("notFound", `service ${key} not found`))
  swarm.services.delete(service.id)
  swarm.emit("service", "remove", service.id, { name: service.spec.name })
  for (const task of swarm.tasksOf(service.id)) removeTask(swarm, task)
  return Result.succeed(undefined)
}

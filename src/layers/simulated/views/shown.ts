/** What the engine's lists show of the swarm's objects. */
import { Option } from "effect"
import type { Container, Node, Resource, Service, Task } from "../../../services/Docker.ts"
import { slotsOf } from "../swarm/orchestrator.ts"
import { sameTemplate } from "../swarm/spec.ts"
import type { SwarmContainer, SwarmNode, SwarmService, SwarmTask } from "../swarm/state.ts"
import type { Swarm } from "../swarm/Swarm.ts"

export const shownResource = ({ id, name, labels }: Resource): Resource => ({ id, name, labels })

export const shownNode = ({ id, hostname, role, ready }: SwarmNode): Node => ({ id, hostname, role, ready })

export const shownService = (swarm: Swarm, { id, spec, version, status }: SwarmService): Service => ({
  id,
  name: spec.name,
  labels: spec.labels,
  image: spec.template.image,
  replicas: slotsOf(swarm, spec).length,
  mode: spec.mode,
  running: swarm.tasksOf(id).filter(({ state }) => state === "running").length,
  version,
  updateState: Option.fromUndefinedOr(status?.state),
  updateMessage: status?.message ?? "",
  secrets: spec.template.secrets.map(({ name }) => name),
  configs: spec.template.configs.map(({ name }) => name),
  networks: spec.template.networks,
  restart: spec.template.restart,
  stopGrace: spec.template.stopGrace
})

export const shownTask = (task: SwarmTask): Task => ({
  id: task.id,
  serviceId: task.service.id,
  slot: task.slot === task.nodeId ? 0 : Number(task.slot),
  nodeId: task.nodeId,
  state: task.state,
  desiredState: task.desired,
  image: task.template.image,
  error: task.error,
  containerId: Option.fromUndefinedOr(task.container?.id),
  exitCode: Option.fromUndefinedOr(task.exitCode),
  labels: task.template.containerLabels,
  since: task.since
})

export const shownContainer = ({ id, name, labels, image, state, template }: SwarmContainer): Container => ({
  id,
  name,
  labels,
  image,
  state,
  mounts: template.volumes.map(({ source, target }) => ({ type: "volume", name: source, destination: target }))
})

/** Tasks of a service that are of its present spec (`_up-to-date`), ended ones included. */
export const currentTasksOf = (swarm: Swarm, serviceId: string): ReadonlyArray<SwarmTask> => {
  const service = swarm.services.get(serviceId)
  return swarm.tasksOf(serviceId).filter(({ template }) => service !== undefined && sameTemplate(template, service.spec.template))
}

/** Containers of the simulated engine: made, started, probed, stopped, killed, removed. What their ends mean to swarm is the task's matter. */
import { createVolume } from "./objects.ts"
import { imageOf, insideOf, runIn } from "./inside.ts"
import type { Main } from "./images.ts"
import type { SwarmContainer, SwarmTask } from "./state.ts"
import type { Swarm } from "./Swarm.ts"

/** What a container tells its task. */
export interface Watch {
  readonly started: () => void
  /** For the first time. */
  readonly healthy: () => void
  readonly unhealthy: () => void
  readonly ended: (code: number) => void
}

const attributesOf = ({ name, image, labels }: SwarmContainer) => ({ ...labels, name, image })

const tell = (swarm: Swarm, container: SwarmContainer, action: string, more: Readonly<Record<string, string>> = {}) =>
  swarm.emit("container", action, container.id, { ...attributesOf(container), ...more })

/** Makes a task's container, with its volumes; a fresh volume gets the image's files that it covers. */
export const createContainer = (swarm: Swarm, task: SwarmTask): SwarmContainer => {
  const { template, nodeId, service } = task
  const image = swarm.imageOn(nodeId, template.image)
  const own = Object.entries(image?.files ?? {})
  for (const { source, target, labels } of template.volumes) {
    if (swarm.volumes.has(`${nodeId}/${source}`)) continue
    createVolume(swarm, nodeId, source, labels)
    const volume = swarm.volumes.get(`${nodeId}/${source}`)
    for (const [path, text] of own) if (path.startsWith(`${target}/`)) volume?.files.set(path.slice(target.length + 1), text)
  }
  const fileText = (references: typeof template.secrets, objects: Swarm["secrets"]) =>
    references.map(({ id, target }): [string, string] => [target, objects.get(id)?.text ?? ""])
  const container: SwarmContainer = {
    id: swarm.id(64),
    name: `${service.name}.${task.slot}.${task.id}`,
    labels: {
      ...template.containerLabels,
      "com.docker.swarm.node.id": nodeId,
      "com.docker.swarm.service.id": service.id,
      "com.docker.swarm.service.name": service.name,
      "com.docker.swarm.task": "",
      "com.docker.swarm.task.id": task.id,
      "com.docker.swarm.task.name": `${service.name}.${task.slot}.${task.id}`
    },
    image: template.image,
    nodeId,
    taskId: task.id,
    serviceName: service.name,
    template,
    state: "created",
    startedAt: 0,
    exitCode: 0,
    health: template.healthcheck === undefined ? "none" : "starting",
    failures: 0,
    files: new Map(own.filter(([path]) => !template.volumes.some(({ target }) => path.startsWith(`${target}/`)))),
    mounted: new Map([...fileText(template.secrets, swarm.secrets), ...fileText(template.configs, swarm.configs)]),
    log: []
  }
  swarm.containers.set(container.id, container)
  tell(swarm, container, "create")
  return container
}

const isUp = (swarm: Swarm, container: SwarmContainer) => swarm.containers.get(container.id) === container && container.state === "running"

/** A running container has ended, however that came. */
export const endContainer = (swarm: Swarm, container: SwarmContainer, code: number, watch: Watch): void => {
  if (container.state !== "running") return
  container.state = "exited"
  container.exitCode = code
  for (const exec of swarm.execs.values()) {
    if (exec.container !== container || exec.state !== "running") continue
    exec.state = "ended"
    exec.code = 137
    for (const watcher of [...exec.watchers]) watcher()
  }
  tell(swarm, container, "die", { exitCode: `${code}` })
  watch.ended(code)
}

export const startContainer = (swarm: Swarm, container: SwarmContainer, watch: Watch): void => {
  if (container.state !== "created") return
  container.state = "running"
  container.startedAt = swarm.world.now
  tell(swarm, container, "start")
  const main = mainOf(swarm, container)
  if (main._tag === "Ends") swarm.later(main.after, `end ${container.name}`, () => endContainer(swarm, container, main.code, watch))
  watch.started()
  if (container.template.healthcheck !== undefined) probeLater(swarm, container, watch)
}

const mainOf = (swarm: Swarm, container: SwarmContainer): Main => imageOf(swarm, container).start?.(insideOf(swarm, container)) ?? { _tag: "Serves" }

const probeLater = (swarm: Swarm, container: SwarmContainer, watch: Watch): void => {
  swarm.later(container.template.healthcheck?.interval ?? 30_000, `probe ${container.name}`, () => {
    if (isUp(swarm, container)) probe(swarm, container, watch)
  })
}

/** One health probe. Before the first success failures do not count within the start period. */
const probe = (swarm: Swarm, container: SwarmContainer, watch: Watch): void => {
  const check = container.template.healthcheck
  if (check === undefined) return
  const [kind, ...rest] = check.test
  const argv = kind === "CMD-SHELL" ? ["/bin/sh", "-c", ...rest] : kind === "CMD" ? rest : check.test
  const ran = runIn(swarm, container, argv)
  if (ran._tag === "Ran" && ran.code === 0) {
    container.failures = 0
    if (container.health !== "healthy") {
      container.health = "healthy"
      tell(swarm, container, "health_status: healthy")
      watch.healthy()
    }
  } else if (container.health === "healthy" || swarm.world.now - container.startedAt >= check.startPeriod) {
    container.failures++
    if (container.failures >= check.retries && container.health !== "unhealthy") {
      container.health = "unhealthy"
      tell(swarm, container, "health_status: unhealthy")
      watch.unhealthy()
    }
  }
  probeLater(swarm, container, watch)
}

/** TERM, and KILL after the grace. */
export const stopContainer = (swarm: Swarm, container: SwarmContainer, watch: Watch): void => {
  if (!isUp(swarm, container)) return
  const main = mainOf(swarm, container)
  const stubborn = main._tag === "Serves" && main.ignoresTerm === true
  const obeys = main._tag === "Serves" && main.stopTime !== undefined ? main.stopTime : swarm.lag(swarm.lags.stop)
  tell(swarm, container, "kill", { signal: "15" })
  const { stopGrace } = container.template
  if (!stubborn && obeys <= stopGrace) swarm.later(obeys, `stop ${container.name}`, () => endContainer(swarm, container, 0, watch))
  else swarm.later(stopGrace, `grace of ${container.name}`, () => killContainer(swarm, container, watch))
}

export const killContainer = (swarm: Swarm, container: SwarmContainer, watch: Watch): void => {
  if (!isUp(swarm, container)) return
  tell(swarm, container, "kill", { signal: "9" })
  swarm.later(swarm.lag(swarm.lags.kill), `kill ${container.name}`, () => endContainer(swarm, container, 137, watch))
}

/** Takes a container away, by force if it runs; anonymous volumes are not modelled. */
export const removeContainer = (swarm: Swarm, container: SwarmContainer, watch: Watch): void => {
  if (swarm.containers.get(container.id) !== container) return
  endContainer(swarm, container, 137, watch)
  swarm.containers.delete(container.id)
  for (const exec of swarm.execs.values()) if (exec.container === container) swarm.execs.delete(exec.id)
  tell(swarm, container, "destroy")
}

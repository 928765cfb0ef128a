/** A task's life on its node: placed, prepared, started, ended, forgotten. What task comes next is the orchestrator's matter. */
import { createContainer, removeContainer, startContainer, stopContainer } from "./containers.ts"
import type { Watch } from "./containers.ts"
import { addressesInUse } from "./objects.ts"
import { endedStates } from "./state.ts"
import type { SwarmNode, SwarmTask } from "./state.ts"
import type { Swarm } from "./Swarm.ts"

const setState = (swarm: Swarm, task: SwarmTask, state: string, error = ""): void => {
  task.state = state
  task.error = error
  task.since = swarm.world.now
}

/** A step of a task that is still to run; what has ended, or is to end, takes no further one. */
const step = (swarm: Swarm, task: SwarmTask, ms: number, label: string, act: () => void): void => {
  swarm.later(ms, `${label} ${task.service.name}.${task.slot}`, () => {
    if (swarm.tasks.get(task.id) === task && !endedStates.has(task.state) && !task.stopping) act()
  })
}

const portsTaken = (swarm: Swarm, node: SwarmNode, task: SwarmTask): boolean =>
  [...swarm.tasks.values()].some(
    (other) =>
      other !== task &&
      other.nodeId === node.id &&
      (other.desired === "running" || other.desired === "ready") &&
      !endedStates.has(other.state) &&
      other.template.hostPorts.some((port) => task.template.hostPorts.includes(port))
  )

/** Puts a task on a node, or says in its error why it stays pending. */
const place = (swarm: Swarm, task: SwarmTask): void => {
  if (task.state !== "pending") return
  const ready = swarm.nodes.filter(({ id, ready: up }) => up && (task.service.mode !== "global" || id === task.slot))
  if (task.template.unsatisfiable) return setState(swarm, task, "pending", `no suitable node (scheduling constraints not satisfied on ${ready.length} node)`)
  const free = ready.filter((node) => !portsTaken(swarm, node, task))
  const load = (node: SwarmNode) => [...swarm.tasks.values()].filter(({ nodeId, state }) => nodeId === node.id && !endedStates.has(state)).length
  const [node] = [...free].sort((one, other) => load(one) - load(other))
  if (node === undefined) return setState(swarm, task, "pending", `no suitable node (host-mode port already in use on ${ready.length} node)`)
  task.nodeId = node.id
  setState(swarm, task, "assigned")
  launch(swarm, task)
}

/** Image, addresses, container. Without an address it hangs here, and says nothing: as swarm does. */
const prepare = (swarm: Swarm, task: SwarmTask): void => {
  if (task.state !== "preparing") return
  const { image, networks } = task.template
  if (swarm.imageOn(task.nodeId, image) === undefined) return pull(swarm, task)
  const exhausted = networks.some((id) => {
    const network = swarm.networks.get(id)
    return network !== undefined && addressesInUse(swarm, network) > network.capacity
  })
  if (exhausted) return
  task.container = createContainer(swarm, task)
  setState(swarm, task, "ready")
  launch(swarm, task)
}

const pull = (swarm: Swarm, task: SwarmTask): void => {
  const { image } = task.template
  const answer = swarm.registry.get(image)
  if (answer?._tag !== "Image") return taskEnded(swarm, task, "rejected", `No such image: ${image}`)
  step(swarm, task, answer.time, "pull", () => {
    swarm.images.set(`${task.nodeId}/${image}`, answer.image)
    prepare(swarm, task)
  })
}

/** Prepares a placed task, or starts a prepared one, once it is wanted to run: a stop-first update waits for the old task's end first. */
export const launch = (swarm: Swarm, task: SwarmTask): void => {
  const { container } = task
  if (task.desired !== "running") return
  if (task.state === "assigned") {
    setState(swarm, task, "preparing")
    return step(swarm, task, swarm.lag(swarm.lags.prepare), "prepare", () => prepare(swarm, task))
  }
  if (task.state !== "ready" || container === undefined) return
  setState(swarm, task, "starting")
  step(swarm, task, swarm.lag(swarm.lags.start), "start", () => startContainer(swarm, container, watchOf(swarm, task)))
}

/** What swarm makes of what happens to a task's container. */
export const watchOf = (swarm: Swarm, task: SwarmTask): Watch => {
  const runs = () =>
    step(swarm, task, swarm.lag(swarm.lags.running), "run", () => {
      if (task.state !== "starting") return
      setState(swarm, task, "running")
      task.runningSince = swarm.world.now
      swarm.orchestrator.changed(task.service.id)
    })
  return {
    started: () => (task.template.healthcheck === undefined ? runs() : undefined),
    healthy: runs,
    unhealthy: () => {
      const { container } = task
      if (container !== undefined && !task.stopping) stopContainer(swarm, container, watchOf(swarm, task))
    },
    ended: (code) => {
      task.exitCode = code
      swarm.later(swarm.lag(swarm.lags.running), `end ${task.service.name}.${task.slot}`, () => {
        if (swarm.tasks.get(task.id) !== task || endedStates.has(task.state)) return
        const cause = task.container?.health === "unhealthy" ? ": dockerexec: unhealthy container" : ""
        if (task.stopping) taskEnded(swarm, task, "shutdown", "")
        else if (code === 0) taskEnded(swarm, task, "complete", "")
        else taskEnded(swarm, task, "failed", `task: non-zero exit (${code})${cause}`)
      })
    }
  }
}

/** Records of ended tasks that a slot keeps. */
const history = 4

const taskEnded = (swarm: Swarm, task: SwarmTask, state: string, error: string): void => {
  setState(swarm, task, state, error)
  if (task.desired === "remove") forget(swarm, task)
  else {
    const wanted = !task.stopping
    task.desired = "shutdown"
    const dead = swarm.tasksOf(task.service.id).filter((other) => other.slot === task.slot && endedStates.has(other.state))
    for (const old of dead.slice(0, Math.max(0, dead.length - history))) removeTask(swarm, old)
    if (wanted) swarm.orchestrator.endedEarly(task)
  }
  unblock(swarm)
  swarm.orchestrator.changed(task.service.id)
}

/** Tasks that wait for a port or an address try again. */
const unblock = (swarm: Swarm): void => {
  for (const task of [...swarm.tasks.values()]) {
    if (task.stopping) continue
    place(swarm, task)
    if (task.container === undefined) prepare(swarm, task)
  }
}

/** The record goes; the container, and with it its volumes, two seconds later. */
const forget = (swarm: Swarm, task: SwarmTask): void => {
  swarm.later(swarm.lag(swarm.lags.forget), `forget ${task.service.name}.${task.slot}`, () => {
    swarm.tasks.delete(task.id)
    const { container } = task
    if (container !== undefined) {
      swarm.later(swarm.lag(swarm.lags.release), `release ${container.name}`, () => removeContainer(swarm, container, watchOf(swarm, task)))
    }
    unblock(swarm)
  })
}

/** Asks a task to end: the executor sleeps, then TERM. */
export const stopTask = (swarm: Swarm, task: SwarmTask): void => {
  if (task.desired !== "remove") task.desired = "shutdown"
  if (task.stopping || endedStates.has(task.state)) return
  task.stopping = true
  swarm.later(swarm.lag(swarm.lags.beforeTerm), `stop ${task.service.name}.${task.slot}`, () => {
    if (endedStates.has(task.state)) return
    const { container } = task
    if (container?.state === "running") stopContainer(swarm, container, watchOf(swarm, task))
    else taskEnded(swarm, task, "shutdown", "")
  })
}

/** Asks a task to end and its record to go: its service is gone, or its slot. */
export const removeTask = (swarm: Swarm, task: SwarmTask): void => {
  if (task.desired === "remove") return
  task.desired = "remove"
  if (endedStates.has(task.state)) forget(swarm, task)
  else stopTask(swarm, task)
}

/** A new task of a service's slot; its life begins at once. */
export const createTask = (swarm: Swarm, task: SwarmTask): void => {
  swarm.tasks.set(task.id, task)
  step(swarm, task, swarm.lag(swarm.lags.assign), "assign", () => {
    setState(swarm, task, "pending")
    place(swarm, task)
  })
}

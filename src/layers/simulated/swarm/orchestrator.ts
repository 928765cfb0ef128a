/** The simulated orchestrator: one level-triggered look at a service, which takes every step that is due, and no other. */
import { sameTemplate } from "./spec.ts"
import type { Spec } from "./spec.ts"
import { endedStates } from "./state.ts"
import type { SwarmService, SwarmTask } from "./state.ts"
import { Swarm } from "./Swarm.ts"
import type { SwarmOptions } from "./Swarm.ts"
import type { World } from "../World.ts"
import { createTask, launch, removeTask, stopTask } from "./tasks.ts"
import { completeWhenDue, failUpdate } from "./updates.ts"

const isJob = ({ mode }: Spec) => mode === "replicated-job" || mode === "global-job"

/** Where a service wants tasks: `1` to `replicas`, or each ready node. */
export const slotsOf = (swarm: Swarm, { mode, replicas }: Spec): ReadonlyArray<string> =>
  mode === "global" || mode === "global-job"
    ? swarm.nodes.filter(({ ready }) => ready).map(({ id }) => id)
    : Array.from({ length: replicas }, (_, at) => `${at + 1}`)

const startTask = (swarm: Swarm, service: SwarmService, slot: string, desired: "ready" | "running"): void => {
  const { spec, rolling } = service
  const task: SwarmTask = {
    id: swarm.id(25),
    service: { id: service.id, name: spec.name, mode: spec.mode },
    slot,
    template: spec.template,
    serviceLabels: spec.labels,
    nodeId: "",
    state: "new",
    desired,
    error: "",
    exitCode: undefined,
    container: undefined,
    since: swarm.world.now,
    runningSince: undefined,
    stopping: false
  }
  if (rolling?.stopped === false) rolling.started.add(task.id)
  createTask(swarm, task)
}

/** When a slot whose last task has ended gets the next one; undefined: never. */
const restartAt = ({ spec, attempts }: SwarmService, last: SwarmTask): number | undefined => {
  const { restart, restartDelay, maxAttempts } = spec.template
  if (restart === "none" || (last.state === "complete" && (restart === "on-failure" || isJob(spec)))) return undefined
  if ((attempts.get(last.slot) ?? 0) >= maxAttempts) return undefined
  return last.since + restartDelay
}

/** A slot without a living task. */
const refill = (swarm: Swarm, service: SwarmService, slot: string, dead: ReadonlyArray<SwarmTask>): void => {
  const last = dead.at(-1)
  const isRolling = service.rolling?.stopped === false
  if (last === undefined || (isRolling && !sameTemplate(last.template, service.spec.template))) return startTask(swarm, service, slot, "running")
  const at = restartAt(service, last)
  if (at === undefined) return
  if (at > swarm.world.now) return void swarm.later(at - swarm.world.now, `restart ${service.spec.name}.${slot}`, () => reconcile(swarm, service))
  service.attempts.set(slot, (service.attempts.get(slot) ?? 0) + 1)
  startTask(swarm, service, slot, "running")
}

/** One slot: gives whether it is still on its way to the present spec. */
const advanceSlot = (
  swarm: Swarm,
  service: SwarmService,
  slot: string,
  tasks: ReadonlyArray<SwarmTask>,
  mayBegin: boolean
): "settled" | "waiting" | "moving" => {
  const { spec, rolling } = service
  const live = tasks.filter(({ desired, state }) => (desired === "ready" || desired === "running") && !endedStates.has(state))
  const current = live.filter(({ template }) => sameTemplate(template, spec.template))
  const old = live.filter((task) => !current.includes(task))
  const keep = current.find(({ state }) => state === "running") ?? current[0]
  if (keep === undefined && old.length === 0) {
    refill(
      swarm,
      service,
      slot,
      tasks.filter(({ state }) => endedStates.has(state))
    )
    return "moving"
  }
  if (keep === undefined) {
    if (rolling === undefined || rolling.stopped || isJob(spec)) return "settled"
    if (!mayBegin) return "waiting"
    const { order } = rolling.kind === "update" ? spec.update : spec.rollback
    if (order === "stop-first") for (const task of old) stopTask(swarm, task)
    startTask(swarm, service, slot, order === "stop-first" ? "ready" : "running")
    return "moving"
  }
  for (const task of current) if (task !== keep) stopTask(swarm, task)
  if (keep.desired === "ready" && tasks.every((task) => task === keep || endedStates.has(task.state))) {
    keep.desired = "running"
    launch(swarm, keep)
  }
  if (keep.state === "running") for (const task of old) stopTask(swarm, task)
  return keep.state === "running" ? "settled" : "moving"
}

/** Looks at a service, and does what is due. */
export const reconcile = (swarm: Swarm, service: SwarmService): void => {
  if (swarm.services.get(service.id) !== service) return
  const slots = slotsOf(swarm, service.spec)
  const tasks = swarm.tasksOf(service.id).filter(({ desired }) => desired !== "remove")
  for (const task of tasks) if (!slots.includes(task.slot)) removeTask(swarm, task)
  const { parallelism } = service.rolling?.kind === "rollback" ? service.spec.rollback : service.spec.update
  let moving = 0
  let settled = true
  for (const slot of slots) {
    const before = tasks.filter((task) => task.slot === slot)
    const state = advanceSlot(swarm, service, slot, before, parallelism === 0 || moving < parallelism)
    if (state === "moving") moving++
    if (state !== "settled") settled = false
  }
  completeWhenDue(swarm, service, settled, reconcile)
}

/** A swarm with its orchestrator. */
export const makeSwarm = (world: World, options?: SwarmOptions): Swarm => {
  const swarm = new Swarm(world, options)
  swarm.orchestrator = {
    changed: (id) => {
      const service = swarm.services.get(id)
      if (service !== undefined) reconcile(swarm, service)
    },
    endedEarly: (task) => {
      const service = swarm.services.get(task.service.id)
      if (service !== undefined) failUpdate(swarm, service, task, reconcile)
    }
  }
  return swarm
}

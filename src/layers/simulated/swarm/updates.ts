/** Rolling updates of the simulated swarm: their states, their failures, their way back (HEALTH-2, UPG-3). */
import type { UpdateState } from "../../../services/Docker.ts"
import { sameTemplate } from "./spec.ts"
import { endedStates } from "./state.ts"
import type { SwarmService, SwarmTask } from "./state.ts"
import type { Swarm } from "./Swarm.ts"

type Reconcile = (swarm: Swarm, service: SwarmService) => void

const setStatus = (swarm: Swarm, service: SwarmService, state: UpdateState, message: string): void => {
  const before = service.status?.state
  service.status = { state, message }
  service.version = swarm.nextVersion()
  swarm.emit("service", "update", service.id, {
    name: service.spec.name,
    "updatestate.new": state,
    ...(before === undefined ? {} : { "updatestate.old": before })
  })
}

const isDirty = (swarm: Swarm, service: SwarmService): boolean =>
  swarm
    .tasksOf(service.id)
    .some(({ desired, state, template }) => desired === "running" && !endedStates.has(state) && !sameTemplate(template, service.spec.template))

/** After an update was accepted: a moment later it is `updating`, if any task is not as the new spec has it. */
export const beginUpdate = (swarm: Swarm, service: SwarmService, reconcile: Reconcile): void => {
  service.status = undefined
  service.rolling = undefined
  service.attempts.clear()
  const { version } = service
  swarm.later(swarm.lag(swarm.lags.update), `update ${service.spec.name}`, () => {
    if (service.version !== version) return
    if (isDirty(swarm, service)) {
      service.rolling = { kind: "update", started: new Set(), stopped: false, allRunningSince: undefined }
      setStatus(swarm, service, "updating", "update in progress")
    }
    reconcile(swarm, service)
  })
}

/** With `continue` a slot is done once its new task has run or ended; a rollback is done once its tasks are on their way. */
const isThrough = (swarm: Swarm, service: SwarmService, settled: boolean): boolean => {
  const { rolling, spec } = service
  if (rolling?.kind === "rollback") return true
  if (settled) return true
  if (spec.update.failureAction !== "continue") return false
  const dirty = isDirty(swarm, service)
  return !dirty && swarm.tasksOf(service.id).some(({ id, state }) => rolling?.started.has(id) === true && (state === "running" || endedStates.has(state)))
}

/** Ends an update that has been through for the monitor time. */
export const completeWhenDue = (swarm: Swarm, service: SwarmService, settled: boolean, reconcile: Reconcile): void => {
  const { rolling, spec } = service
  if (rolling === undefined || rolling.stopped) return
  if (!isThrough(swarm, service, settled)) {
    rolling.allRunningSince = undefined
    return
  }
  rolling.allRunningSince ??= swarm.world.now
  // A rollback may be over before its tasks run: measured, 0.1 to 0.4 s after it began.
  const wait = rolling.kind === "rollback" ? 250 : spec.update.monitor
  const due = rolling.allRunningSince + wait
  if (due > swarm.world.now) {
    swarm.later(due - swarm.world.now, `monitor ${spec.name}`, () => reconcile(swarm, service))
    return
  }
  rolling.stopped = true
  if (rolling.kind === "update") setStatus(swarm, service, "completed", "update completed")
  else setStatus(swarm, service, "rollback_completed", "rollback completed")
}

/** A task that an update started has ended within the monitor time. */
export const failUpdate = (swarm: Swarm, service: SwarmService, task: SwarmTask, reconcile: Reconcile): void => {
  const { rolling, spec, previous } = service
  if (rolling === undefined || rolling.stopped || !rolling.started.has(task.id)) return
  const { monitor, failureAction } = rolling.kind === "update" ? spec.update : spec.rollback
  if (task.runningSince !== undefined && swarm.world.now - task.runningSince >= monitor) return
  const cause = `due to failure or early termination of task ${task.id}`
  if (rolling.kind === "rollback") {
    rolling.stopped = true
    setStatus(swarm, service, "rollback_paused", `rollback paused ${cause}`)
  } else if (failureAction === "pause" || (failureAction === "rollback" && previous === undefined)) {
    rolling.stopped = true
    setStatus(swarm, service, "paused", `update paused ${cause}`)
  } else if (failureAction === "rollback" && previous !== undefined) {
    service.spec = previous
    service.previous = undefined
    service.attempts.clear()
    service.rolling = { kind: "rollback", started: new Set(), stopped: false, allRunningSince: undefined }
    setStatus(swarm, service, "rollback_started", `update rolled back ${cause}`)
    reconcile(swarm, service)
  }
}

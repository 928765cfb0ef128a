/**
 * Is what swarm was asked for what runs? Pure decisions over one look at a stack (HEALTH-1, HEALTH-2, UPG-3). Replica counts lie after a redeploy: the old
 * task still counts until the rolling update begins. So the judges are the tasks of the current spec.
 */
import { Option } from "effect"
import type { Service, Task } from "../services/Docker.ts"

/** One service with its task records: `current` are those of the current spec, ended ones included, `all` every record. */
export interface ServiceLook {
  readonly service: Service
  readonly current: ReadonlyArray<Task>
  readonly all: ReadonlyArray<Task>
}

/** What a look came to. `failed` will not mend itself: swarm has given the new spec up. */
export type Convergence =
  { readonly _tag: "Converged" } | { readonly _tag: "Moving"; readonly seen: string } | { readonly _tag: "Failed"; readonly seen: string }

/** HEALTH-2: only these two block. `paused` stays for ever, so waiting on it would never end. */
export const settled = (service: Service): boolean =>
  Option.match(service.updateState, { onNone: () => true, onSome: (state) => state !== "updating" && state !== "rollback_started" })

const label = (service: Service): string => `${service.name}: `

/** The words of the newest task record that has an error: what an operator would look up first. */
export const lastError = (tasks: ReadonlyArray<Task>): string => {
  const newest = tasks.filter(({ error }) => error !== "").sort((one, other) => other.since - one.since)[0]
  return newest === undefined ? "" : ` (${newest.state}: ${newest.error})`
}

/** A deficit that consists wholly of tasks of the current spec that ran to their end, where tasks are not restarted, is none (a one-shot that did its work). */
const ranToTheirEnd = ({ service, current }: ServiceLook): number =>
  service.restart === "none" || service.mode.endsWith("-job")
    ? new Set(current.filter(({ state, exitCode }) => state === "complete" && Option.getOrElse(exitCode, () => 0) === 0).map(({ slot }) => slot)).size
    : 0

/** One service. `afterUpdate`: a redeploy was just made, so a pause or rollback is about it and means failure (UPG-3); else it is an old flag. */
export const serviceConvergence = (look: ServiceLook, afterUpdate: boolean): Convergence => {
  const { service, current, all } = look
  const state = Option.getOrElse(service.updateState, () => "")
  if (afterUpdate && (state === "paused" || state.startsWith("rollback"))) {
    const what = state === "paused" ? "swarm paused the update" : "swarm rolled the update back: the old version is what runs"
    return { _tag: "Failed", seen: `${label(service)}${what}${service.updateMessage === "" ? "" : ` (${service.updateMessage})`}${lastError(all)}` }
  }
  if (!settled(service)) return { _tag: "Moving", seen: `${label(service)}update ${state}${lastError(current)}` }
  const wanted = current.filter(({ desiredState }) => desiredState !== "shutdown" && desiredState !== "remove")
  const running = wanted.filter(({ state }) => state === "running")
  const finished = ranToTheirEnd(look)
  if (running.length + finished < service.replicas) {
    const states = [...new Set(wanted.map((task) => task.state))].join(", ")
    return {
      _tag: "Moving",
      seen: `${label(service)}${running.length}/${service.replicas} running${states === "" ? ", no task yet" : `, ${states}`}${lastError(all)}`
    }
  }
  const ids = new Set(current.map(({ id }) => id))
  const stale = all.filter((task) => task.state === "running" && !ids.has(task.id))
  if (stale.length > 0) return { _tag: "Moving", seen: `${label(service)}${stale.length} old tasks still run` }
  return { _tag: "Converged" }
}

/** Ids of the tasks of the current specs that run now, in order: what has to stay the same for the hold time (UPG-3). */
export const runningTasks = (looks: ReadonlyArray<ServiceLook>): ReadonlyArray<string> =>
  looks.flatMap(({ current }) => current.filter(({ state, desiredState }) => state === "running" && desiredState === "running").map(({ id }) => id)).sort()

/** The whole stack: every service counts, not `app` alone. No service at all: nothing has converged. */
export const stackConvergence = (looks: ReadonlyArray<ServiceLook>, afterUpdate: boolean): Convergence => {
  if (looks.length === 0) return { _tag: "Moving", seen: "no services yet" }
  const each = looks.map((look) => serviceConvergence(look, afterUpdate))
  const failed = each.find(({ _tag }) => _tag === "Failed")
  if (failed !== undefined) return failed
  const moving = each.flatMap((one) => (one._tag === "Moving" ? [one.seen] : []))
  if (moving.length > 0) return { _tag: "Moving", seen: moving.join("; ") }
  return { _tag: "Converged" }
}

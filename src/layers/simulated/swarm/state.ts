/** What the simulated swarm is made of. Mutable, and owned by the Swarm. */
import type { Service, UpdateState } from "../../../services/Docker.ts"
import type { Spec, TaskTemplate } from "./spec.ts"

type Labels = Readonly<Record<string, string>>

/** A rolling update, or its way back, in progress. */
export interface Rolling {
  readonly kind: "update" | "rollback"
  /** Tasks that this one has started. */
  readonly started: Set<string>
  /** Nothing more is rolled: it was paused by a failure, or is over. */
  stopped: boolean
  /** When the last slot got its new, running task; undefined while any is missing. */
  allRunningSince: number | undefined
}

export interface SwarmService {
  readonly id: string
  spec: Spec
  previous: Spec | undefined
  version: number
  status: { readonly state: UpdateState; readonly message: string } | undefined
  rolling: Rolling | undefined
  /** Restarts of each slot, for the restart policy. */
  readonly attempts: Map<string, number>
}

export interface SwarmTask {
  readonly id: string
  readonly service: { readonly id: string; readonly name: string; readonly mode: Service["mode"] }
  /** `1`, `2` ... for replicas; the node's id for a global one. */
  readonly slot: string
  readonly template: TaskTemplate
  readonly serviceLabels: Labels
  nodeId: string
  state: string
  /** `ready` (a stop-first update has not stopped the old one yet), `running`, `shutdown`, `remove`. */
  desired: "ready" | "running" | "shutdown" | "remove"
  error: string
  exitCode: number | undefined
  container: SwarmContainer | undefined
  since: number
  runningSince: number | undefined
  stopping: boolean
}

export interface SwarmContainer {
  readonly id: string
  readonly name: string
  readonly labels: Labels
  readonly image: string
  readonly nodeId: string
  readonly taskId: string
  readonly serviceName: string
  readonly template: TaskTemplate
  state: "created" | "running" | "exited" | "removing"
  startedAt: number
  exitCode: number
  health: "none" | "starting" | "healthy" | "unhealthy"
  failures: number
  /** Its own files, by absolute path; volumes are not among them. */
  readonly files: Map<string, string>
  /** Files that came with secrets and configs. */
  readonly mounted: ReadonlyMap<string, string>
  readonly log: Array<string>
}

/** A volume is a node's. Its files by path relative to its root. */
export interface SwarmVolume {
  readonly name: string
  readonly nodeId: string
  readonly labels: Labels
  readonly files: Map<string, string>
}

export interface SwarmNetwork {
  readonly id: string
  readonly name: string
  readonly labels: Labels
  readonly attachable: boolean
  /** Addresses that it has for tasks. */
  readonly capacity: number
  /** Addresses that nothing gives back any more: its tasks' own network was removed before their containers were gone (moby#37338). */
  leaked: number
}

/** A secret or a config. */
export interface SwarmFile {
  readonly id: string
  readonly name: string
  readonly labels: Labels
  readonly text: string
}

export interface SwarmNode {
  readonly id: string
  readonly hostname: string
  readonly role: "manager" | "worker"
  ready: boolean
}

/** A command in a container. `result` is undefined while it runs. */
export interface SwarmExec {
  readonly id: string
  readonly container: SwarmContainer
  readonly argv: ReadonlyArray<string>
  state: "created" | "running" | "ended"
  code: number | undefined
  readonly watchers: Set<() => void>
  stdout: string
  stderr: string
}

/** States from which a task never comes back. */
export const endedStates: ReadonlySet<string> = new Set(["complete", "failed", "shutdown", "rejected", "orphaned"])

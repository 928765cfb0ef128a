/** A service's spec as the simulated swarm keeps it: every default filled in, durations in ms. */
import { Duration } from "effect"
import type { Service, ServiceSpec } from "../../../services/Docker.ts"

type Labels = Readonly<Record<string, string>>

/** A secret or config in a service: the object's id and name, and the file that it is in its containers. */
export interface FileReference {
  readonly id: string
  readonly name: string
  readonly target: string
}

export interface Healthcheck {
  readonly test: ReadonlyArray<string>
  readonly interval: number
  readonly retries: number
  readonly startPeriod: number
}

export interface UpdatePolicy {
  readonly order: "stop-first" | "start-first"
  readonly failureAction: "pause" | "continue" | "rollback"
  readonly monitor: number
  readonly parallelism: number
  readonly delay: number
}

/** What its tasks are made of: a change here, and only here, starts new tasks. */
export interface TaskTemplate {
  readonly image: string
  readonly containerLabels: Labels
  readonly command: ReadonlyArray<string>
  readonly env: ReadonlyArray<string>
  /** Ids. */
  readonly networks: ReadonlyArray<string>
  readonly volumes: ReadonlyArray<{ readonly source: string; readonly target: string; readonly labels: Labels }>
  readonly secrets: ReadonlyArray<FileReference>
  readonly configs: ReadonlyArray<FileReference>
  readonly restart: "none" | "on-failure" | "any"
  readonly restartDelay: number
  readonly maxAttempts: number
  readonly stopGrace: number
  readonly healthcheck: Healthcheck | undefined
  /** Ports published in host mode: two tasks of a node cannot have the same. */
  readonly hostPorts: ReadonlyArray<number>
  /** A placement constraint that no node meets. */
  readonly unsatisfiable: boolean
}

export interface Spec {
  readonly name: string
  readonly labels: Labels
  readonly mode: Service["mode"]
  readonly replicas: number
  readonly template: TaskTemplate
  readonly update: UpdatePolicy
  readonly rollback: UpdatePolicy
}

const defaultPolicy: UpdatePolicy = { order: "stop-first", failureAction: "pause", monitor: 5000, parallelism: 1, delay: 0 }

/** What the engine takes where a spec says nothing. */
export const defaultTemplate: TaskTemplate = {
  image: "",
  containerLabels: {},
  command: [],
  env: [],
  networks: [],
  volumes: [],
  secrets: [],
  configs: [],
  restart: "any",
  restartDelay: 5000,
  maxAttempts: Number.POSITIVE_INFINITY,
  stopGrace: 10_000,
  healthcheck: undefined,
  hostPorts: [],
  unsatisfiable: false
}

/** A spec with what is given over the engine's defaults. */
export const makeSpec = (given: {
  readonly name: string
  readonly labels?: Labels
  readonly mode?: Spec["mode"]
  readonly replicas?: number
  readonly template: Partial<TaskTemplate>
  readonly update?: Partial<UpdatePolicy>
  readonly rollback?: Partial<UpdatePolicy>
}): Spec => ({
  name: given.name,
  labels: given.labels ?? {},
  mode: given.mode ?? "replicated",
  replicas: given.replicas ?? 1,
  template: { ...defaultTemplate, ...given.template },
  update: { ...defaultPolicy, ...given.update },
  rollback: { ...defaultPolicy, ...given.rollback, failureAction: "pause" }
})

const ms = (input: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(input))

/** The contract's spec as the swarm's. */
export const specOf = (spec: ServiceSpec): Spec => {
  const policy = {
    order: spec.updateOrder ?? defaultPolicy.order,
    failureAction: spec.failureAction ?? defaultPolicy.failureAction,
    monitor: spec.monitor === undefined ? defaultPolicy.monitor : ms(spec.monitor)
  }
  const { healthcheck } = spec
  return makeSpec({
    name: spec.name,
    labels: spec.labels ?? {},
    replicas: spec.replicas ?? 1,
    update: policy,
    rollback: policy,
    template: {
      image: spec.image,
      containerLabels: spec.containerLabels ?? {},
      command: spec.command ?? [],
      env: spec.env ?? [],
      networks: spec.networks ?? [],
      volumes: (spec.volumes ?? []).map((volume) => ({ ...volume, labels: volume.labels ?? {} })),
      secrets: (spec.secrets ?? []).map((secret) => ({ ...secret, target: `/run/secrets/${secret.name}` })),
      configs: (spec.configs ?? []).map((config) => ({ ...config, target: `/${config.name}` })),
      restart: spec.restart ?? "any",
      stopGrace: spec.stopGrace === undefined ? defaultTemplate.stopGrace : ms(spec.stopGrace),
      healthcheck:
        healthcheck === undefined
          ? undefined
          : { test: healthcheck.test, interval: ms(healthcheck.interval), retries: healthcheck.retries, startPeriod: ms(healthcheck.startPeriod) }
    }
  })
}

/** Whether a task made of one template is what the other asks for. */
export const sameTemplate = (one: TaskTemplate, other: TaskTemplate): boolean => one === other || JSON.stringify(one) === JSON.stringify(other)

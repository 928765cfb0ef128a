/**
 * The engine API, one call each. Lists are whole or filtered by the exact stack label; names are never filtered by the engine, whose name filters match
 * substrings (TEAR-4). What belongs to whom is decided by `programs/ownership`, from what these calls return.
 */
import { Context, Schema } from "effect"
import type { Duration, Effect, Option, Stream } from "effect"

type Labels = Readonly<Record<string, string>>

/** The label by which swarm marks what a stack file made. */
export const stackLabel = "com.docker.stack.namespace"

export interface Service {
  readonly id: string
  readonly name: string
  readonly labels: Labels
  readonly image: string
  /** Tasks wanted: a replicated service's replicas; for a global one the number of tasks that swarm wants now. */
  readonly replicas: number
  readonly mode: "replicated" | "global" | "replicated-job" | "global-job"
  /** Tasks running, as the engine counts them with `status=true`. */
  readonly running: number
  readonly version: number
  /** Absent for a service never updated, and after every deploy. */
  readonly updateState: Option.Option<UpdateState>
  readonly updateMessage: string
  /** Names of the secrets and configs, and ids of the networks, that its tasks use. */
  readonly secrets: ReadonlyArray<string>
  readonly configs: ReadonlyArray<string>
  readonly networks: ReadonlyArray<string>
  /** Restart policy of its tasks: `none`, `on-failure`, `any`. */
  readonly restart: string
  /** Grace between TERM and KILL, in ms. */
  readonly stopGrace: number
}

export type UpdateState = "updating" | "paused" | "completed" | "rollback_started" | "rollback_paused" | "rollback_completed"

export interface Task {
  readonly id: string
  readonly serviceId: string
  readonly slot: number
  readonly nodeId: string
  /** new, pending, assigned, accepted, preparing, starting, running, complete, failed, shutdown, rejected, orphaned, remove ... */
  readonly state: string
  readonly desiredState: string
  readonly image: string
  readonly error: string
  readonly containerId: Option.Option<string>
  readonly exitCode: Option.Option<number>
  readonly labels: Labels
  /** When the state was reached, ms since the epoch. */
  readonly since: number
}

export interface Container {
  readonly id: string
  readonly name: string
  readonly labels: Labels
  readonly image: string
  /** created, running, paused, restarting, removing, exited, dead. */
  readonly state: string
  readonly mounts: ReadonlyArray<{ readonly type: string; readonly name: string; readonly destination: string }>
}

/** A network, volume, secret or config: what teardown needs of it. Volumes have no id of their own: theirs is the name. */
export interface Resource {
  readonly id: string
  readonly name: string
  readonly labels: Labels
}

export interface Node {
  readonly id: string
  readonly hostname: string
  readonly role: "manager" | "worker"
  readonly ready: boolean
}

export interface EngineInfo {
  readonly version: string
  readonly apiVersion: string
  readonly nodeId: string
  /** `active` when the engine is part of a swarm. */
  readonly swarm: string
  readonly manager: boolean
}

/**
 * An event of the engine: Type, Action, Actor only (the rest is gone from API 1.52). The first one of a stream is ccci's own, `subscribed`: what is looked
 * at after it, and changes later, is followed by an event that this stream carries.
 */
export interface EngineEvent {
  readonly type: string
  readonly action: string
  readonly id: string
  readonly attributes: Labels
}

/** The first element of every stream of events: from here on nothing is missed. */
export const subscribed: EngineEvent = { type: "ccci", action: "subscribed", id: "", attributes: {} }

export interface ExecOutput {
  readonly stdout: string
  readonly stderr: string
}

/** What a service is made of, as far as ccci itself ever makes one (tests, witnesses, the simulated world's own stack deploy). */
export interface ServiceSpec {
  readonly name: string
  readonly image: string
  readonly labels?: Labels
  readonly containerLabels?: Labels
  /** As a compose file's `command`: arguments to the image's entry point, where it has one. */
  readonly command?: ReadonlyArray<string>
  readonly env?: ReadonlyArray<string>
  readonly replicas?: number
  readonly networks?: ReadonlyArray<string>
  readonly volumes?: ReadonlyArray<{ readonly source: string; readonly target: string; readonly labels?: Labels }>
  readonly secrets?: ReadonlyArray<{ readonly id: string; readonly name: string }>
  readonly configs?: ReadonlyArray<{ readonly id: string; readonly name: string }>
  readonly restart?: "none" | "on-failure" | "any"
  readonly stopGrace?: Duration.Input
  readonly updateOrder?: "stop-first" | "start-first"
  readonly failureAction?: "pause" | "continue" | "rollback"
  readonly monitor?: Duration.Input
  readonly healthcheck?: {
    readonly test: ReadonlyArray<string>
    readonly interval: Duration.Input
    readonly retries: number
    readonly startPeriod: Duration.Input
  }
}

/**
 * The engine refused, or did not answer. `reason` is what programs decide on; `seen` are the engine's own words; `status` is HTTP's, 0 without an answer.
 *
 * `unreachable`: nobody answers at the endpoint. `notFound`: no such object; removals say so too, since each is one call: who wants it gone takes that for
 * success. `inUse`: clears when others let go. `conflict`: the name is taken, the version is stale, the container is in another state. `invalid`: asked wrongly,
 * or too much. `notManager`: a worker, or no swarm. `server`: the engine's own failure. `timeout`: no answer within the limit. `protocol`: the connection was
 * cut, or what came is not the engine's API. `file`: the local file of an archive.
 */
export class DockerError extends Schema.TaggedError<DockerError>()("DockerError", {
  operation: Schema.String,
  subject: Schema.String,
  reason: Schema.Literals(["unreachable", "notFound", "inUse", "conflict", "invalid", "notManager", "server", "timeout", "protocol", "file"]),
  status: Schema.Number,
  seen: Schema.String
}) {
  override get message() {
    return `Docker engine: could not ${this.operation}${this.subject === "" ? "" : ` ${this.subject}`}: ${this.seen}`
  }
}

/** A pull failed: `missing` and `denied` are the recipe's fault, `unreachable` and `server` the registry's. */
export class PullError extends Schema.TaggedError<PullError>()("PullError", {
  image: Schema.String,
  reason: Schema.Literals(["missing", "denied", "unreachable", "server", "timeout"]),
  seen: Schema.String
}) {
  override get message() {
    return `Could not pull ${this.image}: ${this.seen}`
  }
}

type Call<A> = Effect.Effect<A, DockerError>

/** What one node's engine answers for: containers and volumes are the node's, out of the manager's sight (TEAR-7). */
export interface NodeEngine {
  readonly info: Call<EngineInfo>
  /** All containers, stopped ones included; with a stack, those that carry its label. */
  readonly containers: (stack?: string) => Call<ReadonlyArray<Container>>
  readonly volumes: Call<ReadonlyArray<Resource>>
  readonly killContainer: (id: string) => Call<void>
  /** Force, with its anonymous volumes. */
  readonly removeContainer: (id: string) => Call<void>
  readonly removeVolume: (name: string) => Call<void>
}

export class Docker extends Context.Service<
  Docker,
  NodeEngine & {
    /** The endpoint in use, for words: `unix:///var/run/docker.sock`. */
    readonly endpoint: string
    /** Other nodes' engines, by node id, as far as the configuration gives an endpoint for them. */
    readonly others: ReadonlyMap<string, NodeEngine>
    readonly nodes: Call<ReadonlyArray<Node>>
    readonly services: (stack?: string) => Call<ReadonlyArray<Service>>
    /** Every task record, ended ones included. By label, since the tasks of a deleted service are 404 by service. */
    readonly tasks: (stack?: string) => Call<ReadonlyArray<Task>>
    /** Task records that are of their service's current spec (`_up-to-date`), ended ones included: a whole stack's, or one service's (`notFound` once it is deleted). */
    readonly currentTasks: (of: { readonly stack: string } | { readonly service: string }) => Call<ReadonlyArray<Task>>
    readonly networks: Call<ReadonlyArray<Resource>>
    readonly secrets: Call<ReadonlyArray<Resource>>
    readonly configs: Call<ReadonlyArray<Resource>>
    readonly removeService: (id: string) => Call<void>
    readonly removeNetwork: (id: string) => Call<void>
    readonly removeSecret: (id: string) => Call<void>
    readonly removeConfig: (id: string) => Call<void>
    readonly createService: (spec: ServiceSpec) => Call<string>
    /** Replaces the spec; `version` as last seen, else the engine says `update out of sequence` (conflict). */
    readonly updateService: (id: string, version: number, spec: ServiceSpec) => Call<void>
    readonly createNetwork: (name: string, labels: Labels, options?: { readonly subnet?: string; readonly attachable?: boolean }) => Call<string>
    readonly createVolume: (name: string, labels: Labels) => Call<void>
    readonly createSecret: (name: string, value: string, labels: Labels) => Call<string>
    readonly createConfig: (name: string, text: string, labels: Labels) => Call<string>
    /** Whether an image of that reference is on this node. */
    readonly hasImage: (reference: string) => Call<boolean>
    readonly pull: (reference: string, timeLimit: Duration.Input) => Effect.Effect<void, PullError | DockerError>
    /** The id of a new exec instance in a running container. */
    readonly execCreate: (container: string, argv: ReadonlyArray<string>, user?: string) => Call<string>
    /**
     * Runs it to its end; more than 16 MiB of output is `invalid`. A cut connection is a `protocol` error, never empty output (EXEC-2). An engine that ends
     * closes its connections in good order: after this, an exit code of None, or none to be had, tells that the output was cut.
     */
    readonly execStart: (exec: string, timeLimit: Duration.Input) => Call<ExecOutput>
    /** None while it still runs. */
    readonly execExitCode: (exec: string) => Call<Option.Option<number>>
    /** Last lines of a service's log, both streams, 1 MiB at most. */
    readonly serviceLog: (serviceId: string, lines: number) => Call<string>
    /** Streams a path of a container as a tar file to a new file of mode 0600; bounded by the time without a byte, as is the way back. */
    readonly archiveToFile: (container: string, path: string, file: string) => Call<void>
    /** Unpacks a tar file into a directory of a container. */
    readonly archiveFromFile: (container: string, directory: string, file: string) => Call<void>
    /** The first pull connects; `subscribed` comes first, then what happens from there on. Ends with an error when the connection breaks. */
    readonly events: Stream.Stream<EngineEvent, DockerError>
  }
>()("ccci/services/Docker") {}

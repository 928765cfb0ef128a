/** The engine's JSON, as far as it is read, and what it means. Fields that are not named here are ignored. */
import { Effect, Option, Schema } from "effect"
import type { Container, EngineEvent, Node, Resource, Service, Task } from "../../../services/Docker.ts"
import { decoder } from "./client.ts"
import type { Decode } from "./client.ts"

/** Go leaves out, or writes as null, what is empty. */
const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))
const Text = maybe(Schema.String)
const Count = maybe(Schema.Number)
const Labels = maybe(Schema.Record(Schema.String, Schema.String))
const list = <S extends Schema.Constraint>(schema: S) => maybe(Schema.Array(schema))

/** A decoder of a schema, followed by its meaning. */
const reading = <A, I, B>(schema: Schema.Codec<A, I>, meaning: (wire: A) => B): Decode<B> => {
  const decode = decoder(schema)
  return (text) => Effect.map(decode(text), meaning)
}

const many = <A, I, B>(schema: Schema.Codec<A, I>, meaning: (wire: A) => B) =>
  reading(Schema.NullOr(Schema.Array(schema)), (wire): ReadonlyArray<B> => (wire ?? []).map(meaning))

const ServiceWire = Schema.Struct({
  ID: Schema.String,
  Version: Schema.Struct({ Index: Schema.Number }),
  Spec: Schema.Struct({
    Name: Schema.String,
    Labels,
    TaskTemplate: Schema.Struct({
      ContainerSpec: maybe(
        Schema.Struct({
          Image: Text,
          StopGracePeriod: Count,
          Secrets: list(Schema.Struct({ SecretName: Text })),
          Configs: list(Schema.Struct({ ConfigName: Text }))
        })
      ),
      RestartPolicy: maybe(Schema.Struct({ Condition: Text })),
      Networks: list(Schema.Struct({ Target: Text }))
    }),
    Networks: list(Schema.Struct({ Target: Text })),
    Mode: Schema.Struct({
      Replicated: maybe(Schema.Struct({ Replicas: Count })),
      Global: maybe(Schema.Unknown),
      ReplicatedJob: maybe(Schema.Struct({ TotalCompletions: Count })),
      GlobalJob: maybe(Schema.Unknown)
    })
  }),
  UpdateStatus: maybe(
    Schema.Struct({
      State: maybe(Schema.Literals(["", "updating", "paused", "completed", "rollback_started", "rollback_paused", "rollback_completed"])),
      Message: Text
    })
  ),
  ServiceStatus: maybe(Schema.Struct({ RunningTasks: Count, DesiredTasks: Count }))
})

/** What the engine takes where a spec says nothing. */
const defaultStopGrace = 10_000

const service = ({ ID, Version, Spec, UpdateStatus, ServiceStatus }: typeof ServiceWire.Type): Service => {
  const { Replicated, ReplicatedJob, Global, GlobalJob } = Spec.Mode
  const container = Spec.TaskTemplate.ContainerSpec
  const desired = ServiceStatus?.DesiredTasks ?? 0
  const grace = container?.StopGracePeriod
  const restart = Spec.TaskTemplate.RestartPolicy?.Condition ?? ""
  return {
    id: ID,
    name: Spec.Name,
    labels: Spec.Labels ?? {},
    image: container?.Image ?? "",
    replicas: Replicated?.Replicas ?? ReplicatedJob?.TotalCompletions ?? desired,
    mode: ReplicatedJob ? "replicated-job" : GlobalJob ? "global-job" : Global ? "global" : "replicated",
    running: ServiceStatus?.RunningTasks ?? 0,
    version: Version.Index,
    updateState: UpdateStatus?.State ? Option.some(UpdateStatus.State) : Option.none(),
    updateMessage: UpdateStatus?.Message ?? "",
    secrets: (container?.Secrets ?? []).map(({ SecretName }) => SecretName ?? ""),
    configs: (container?.Configs ?? []).map(({ ConfigName }) => ConfigName ?? ""),
    networks: (Spec.TaskTemplate.Networks ?? Spec.Networks ?? []).map(({ Target }) => Target ?? ""),
    restart: restart === "" ? "any" : restart,
    stopGrace: grace === null || grace === undefined ? defaultStopGrace : grace / 1e6
  }
}

export const services = many(ServiceWire, service)

const TaskWire = Schema.Struct({
  ID: Schema.String,
  ServiceID: Text,
  Slot: Count,
  NodeID: Text,
  Labels,
  DesiredState: Text,
  Spec: Schema.Struct({ ContainerSpec: maybe(Schema.Struct({ Image: Text, Labels })) }),
  Status: Schema.Struct({
    State: Schema.String,
    Timestamp: Text,
    Err: Text,
    ContainerStatus: maybe(Schema.Struct({ ContainerID: Text, ExitCode: Count }))
  })
})

/** States with an exit code; before them the engine writes 0. */
const exited: ReadonlySet<string> = new Set(["complete", "failed", "shutdown"])

export const tasks = many(TaskWire, ({ ID, ServiceID, Slot, NodeID, Labels, DesiredState, Spec, Status }): Task => {
  const container = Status.ContainerStatus?.ContainerID ?? ""
  const since = Date.parse(Status.Timestamp ?? "")
  return {
    id: ID,
    serviceId: ServiceID ?? "",
    slot: Slot ?? 0,
    nodeId: NodeID ?? "",
    state: Status.State,
    desiredState: DesiredState ?? "",
    image: Spec.ContainerSpec?.Image ?? "",
    error: Status.Err ?? "",
    containerId: container === "" ? Option.none() : Option.some(container),
    exitCode: container !== "" && exited.has(Status.State) ? Option.some(Status.ContainerStatus?.ExitCode ?? 0) : Option.none(),
    labels: { ...Spec.ContainerSpec?.Labels, ...Labels },
    since: Number.isNaN(since) ? 0 : since
  }
})

const ContainerWire = Schema.Struct({
  Id: Schema.String,
  Names: list(Schema.String),
  Labels,
  Image: Text,
  State: Text,
  Mounts: list(Schema.Struct({ Type: Text, Name: Text, Destination: Text }))
})

export const containers = many(ContainerWire, ({ Id, Names, Labels, Image, State, Mounts }): Container => ({
  id: Id,
  name: (Names?.[0] ?? "").replace(/^\//, ""),
  labels: Labels ?? {},
  image: Image ?? "",
  state: State ?? "",
  mounts: (Mounts ?? []).map(({ Type, Name, Destination }) => ({ type: Type ?? "", name: Name ?? "", destination: Destination ?? "" }))
}))

export const networks = many(Schema.Struct({ Id: Schema.String, Name: Schema.String, Labels }), ({ Id, Name, Labels }): Resource => ({
  id: Id,
  name: Name,
  labels: Labels ?? {}
}))

const SpecWire = Schema.Struct({ ID: Schema.String, Spec: Schema.Struct({ Name: Schema.String, Labels }) })

/** Secrets and configs alike. */
export const specs = many(SpecWire, ({ ID, Spec }): Resource => ({ id: ID, name: Spec.Name, labels: Spec.Labels ?? {} }))

const VolumesWire = Schema.Struct({ Volumes: list(Schema.Struct({ Name: Schema.String, Labels })) })

export const volumes = reading(VolumesWire, ({ Volumes }): ReadonlyArray<Resource> =>
  (Volumes ?? []).map(({ Name, Labels }) => ({ id: Name, name: Name, labels: Labels ?? {} }))
)

const NodeWire = Schema.Struct({
  ID: Schema.String,
  Description: maybe(Schema.Struct({ Hostname: Text })),
  Spec: Schema.Struct({ Role: Schema.Literals(["manager", "worker"]) }),
  Status: Schema.Struct({ State: Text })
})

export const nodes = many(NodeWire, ({ ID, Description, Spec, Status }): Node => ({
  id: ID,
  hostname: Description?.Hostname ?? "",
  role: Spec.Role,
  ready: Status.State === "ready"
}))

const InfoWire = Schema.Struct({
  ServerVersion: Text,
  Swarm: maybe(Schema.Struct({ NodeID: Text, LocalNodeState: Text, ControlAvailable: maybe(Schema.Boolean) }))
})

export const info = reading(InfoWire, ({ ServerVersion, Swarm }) => ({
  version: ServerVersion ?? "",
  nodeId: Swarm?.NodeID ?? "",
  swarm: Swarm?.LocalNodeState ?? "",
  manager: Swarm?.ControlAvailable ?? false
}))

/** The id of what was made. */
export const created = reading(Schema.Struct({ ID: Text, Id: Text }), ({ ID, Id }) => ID ?? Id ?? "")

const ExecWire = Schema.Struct({ Running: Schema.Boolean, ExitCode: Count })

export const exitCode = reading(ExecWire, ({ Running, ExitCode }) => (Running ? Option.none<number>() : Option.fromNullishOr(ExitCode)))

const EventWire = Schema.Struct({ Type: Text, Action: Text, Actor: maybe(Schema.Struct({ ID: Text, Attributes: Labels })) })

export const event = reading(EventWire, ({ Type, Action, Actor }): EngineEvent => ({
  type: Type ?? "",
  action: Action ?? "",
  id: Actor?.ID ?? "",
  attributes: Actor?.Attributes ?? {}
}))

/** The error of one line of a pull's progress, or an empty string. */
export const pullError = reading(Schema.Struct({ error: Text, errorDetail: maybe(Schema.Struct({ message: Text })) }), (line) => line.errorDetail?.message ?? line.error ?? "")

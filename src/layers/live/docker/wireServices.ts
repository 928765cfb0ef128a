/** Services and tasks as the engine's JSON has them, and what that means. */
import { Option, Schema } from "effect"
import type { Service, Task } from "../../../services/Docker.ts"
import { Count, Labels, list, many, maybe, Text } from "./decode.ts"

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

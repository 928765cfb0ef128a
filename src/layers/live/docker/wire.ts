/** The other answers of the engine, and what they mean. */
import { Option, Schema } from "effect"
import type { Container, EngineEvent, Node, Resource } from "../../../services/Docker.ts"
import { Count, Labels, list, many, maybe, reading, Text } from "./decode.ts"

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
export const pullError = reading(
  Schema.Struct({ error: Text, errorDetail: maybe(Schema.Struct({ message: Text })) }),
  (line) => line.errorDetail?.message ?? line.error ?? ""
)

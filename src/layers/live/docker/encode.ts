/** A service as the engine's JSON. */
import { Duration } from "effect"
import type { ServiceSpec } from "../../../services/Docker.ts"

const nanoseconds = (input: Duration.Input) => Duration.toMillis(Duration.fromInputUnsafe(input)) * 1e6

/** Who owns a secret or config in the container, and may do what with it: everyone may read. */
const file = (name: string) => ({ Name: name, UID: "0", GID: "0", Mode: 0o444 })

const containerSpec = (spec: ServiceSpec) => ({
  Image: spec.image,
  Labels: spec.containerLabels ?? {},
  ...(spec.command === undefined ? {} : { Args: spec.command }),
  ...(spec.env === undefined ? {} : { Env: spec.env }),
  ...(spec.stopGrace === undefined ? {} : { StopGracePeriod: nanoseconds(spec.stopGrace) }),
  ...(spec.healthcheck === undefined
    ? {}
    : {
        Healthcheck: {
          Test: spec.healthcheck.test,
          Interval: nanoseconds(spec.healthcheck.interval),
          Retries: spec.healthcheck.retries,
          StartPeriod: nanoseconds(spec.healthcheck.startPeriod)
        }
      }),
  Mounts: (spec.volumes ?? []).map(({ source, target, labels }) => ({
    Type: "volume",
    Source: source,
    Target: target,
    VolumeOptions: { Labels: labels ?? {} }
  })),
  Secrets: (spec.secrets ?? []).map(({ id, name }) => ({ SecretID: id, SecretName: name, File: file(name) })),
  Configs: (spec.configs ?? []).map(({ id, name }) => ({ ConfigID: id, ConfigName: name, File: file(`/${name}`) }))
})

/** What `services/create` and `update` take. Names resolve to the tasks themselves (dnsrr): a virtual IP wants a kernel with IP_VS. */
export const serviceSpec = (spec: ServiceSpec) => {
  const policy = {
    Parallelism: 1,
    FailureAction: spec.failureAction ?? "pause",
    Order: spec.updateOrder ?? "stop-first",
    ...(spec.monitor === undefined ? {} : { Monitor: nanoseconds(spec.monitor) })
  }
  return {
    Name: spec.name,
    Labels: spec.labels ?? {},
    TaskTemplate: {
      ContainerSpec: containerSpec(spec),
      RestartPolicy: { Condition: spec.restart ?? "any" },
      Networks: (spec.networks ?? []).map((Target) => ({ Target }))
    },
    Mode: { Replicated: { Replicas: spec.replicas ?? 1 } },
    UpdateConfig: policy,
    RollbackConfig: { ...policy, FailureAction: "pause" },
    EndpointSpec: { Mode: "dnsrr" }
  }
}

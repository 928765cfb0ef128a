/** From a compose file's service to the swarm's spec, as the docker client converts it. Pure. */
import type { Compose, ComposeResource, ComposeService } from "../../../model/compose.ts"
import { field, isList, isMapping, textOf } from "../../../model/composeTree.ts"
import type { Mapping, Tree } from "../../../model/composeTree.ts"
import { stackLabel } from "../../../services/Docker.ts"
import { defaultTemplate, makeSpec } from "../swarm/spec.ts"
import type { FileReference, Healthcheck, Spec, UpdatePolicy } from "../swarm/spec.ts"

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `1m30s` as ms; undefined where there is none. */
export const durationOf = (tree: Tree | undefined): number | undefined => {
  const parts = [...textOf(tree).matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  return parts.length === 0 ? undefined : parts.reduce((sum, [, amount, unit = "s"]) => sum + Number(amount) * (units[unit] ?? 0), 0)
}

const numberOf = (tree: Tree | undefined): number | undefined => (textOf(tree) === "" ? undefined : Number(textOf(tree)))

/** Without the keys that are not given. */
const given = <A extends object>(values: { readonly [K in keyof A]: A[K] | undefined }): Partial<A> =>
  // cast: what is left has no undefined values, which is what a Partial of A is.
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<A>

const oneOf = <A extends string>(tree: Tree | undefined, known: ReadonlyArray<A>): A | undefined => known.find((one) => one === textOf(tree))

const policyOf = (tree: Tree | undefined): Partial<UpdatePolicy> =>
  given<UpdatePolicy>({
    order: oneOf(field(tree, "order"), ["stop-first", "start-first"]),
    failureAction: oneOf(field(tree, "failure_action"), ["pause", "continue", "rollback"]),
    monitor: durationOf(field(tree, "monitor")),
    parallelism: numberOf(field(tree, "parallelism")),
    delay: durationOf(field(tree, "delay"))
  })

const wordsOf = (tree: Tree | undefined): ReadonlyArray<string> =>
  isList(tree) ? tree.map(textOf) : (textOf(tree).match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/, "$2"))

const healthcheckOf = (tree: Tree | undefined): Healthcheck | undefined => {
  if (!isMapping(tree) || field(tree, "disable") === true) return undefined
  const test = field(tree, "test")
  const command = isList(test) ? test.map(textOf) : ["CMD-SHELL", textOf(test)]
  if (command[0] === "NONE") return undefined
  return {
    test: command,
    interval: durationOf(field(tree, "interval")) ?? 30_000,
    retries: numberOf(field(tree, "retries")) ?? 3,
    startPeriod: durationOf(field(tree, "start_period")) ?? 0
  }
}

const hostPortsOf = (tree: Tree | undefined): ReadonlyArray<number> =>
  (isList(tree) ? tree : []).flatMap((port) => (textOf(field(port, "mode")) === "host" ? [Number(textOf(field(port, "published")))] : []))

const constraintsOf = (tree: Tree | undefined): ReadonlyArray<string> => (isList(tree) ? tree.map(textOf) : [])

/** The simulated nodes have roles, and no labels. */
const isUnmet = (constraint: string): boolean => !constraint.includes("!=") && !/^node\.role\s*==\s*manager$/.test(constraint)

/** References of a service to secrets or configs: key of the section, and the file that it becomes. */
const referencesOf = (tree: Tree | undefined, folder: string): ReadonlyArray<{ readonly key: string; readonly target: string }> =>
  (isList(tree) ? tree : []).map((item) => {
    const key = isMapping(item) ? textOf(field(item, "source")) : textOf(item)
    const target = (isMapping(item) ? textOf(field(item, "target")) : "") || key
    return { key, target: target.startsWith("/") ? target : `${folder}${target}` }
  })

/** What the engine knows of the stack's objects: ids by name. */
export interface Known {
  readonly networks: ReadonlyMap<string, string>
  readonly secrets: ReadonlyMap<string, string>
  readonly configs: ReadonlyMap<string, string>
}

const byKey = (resources: ReadonlyArray<ComposeResource>, key: string) => resources.find((resource) => resource.key === key)

const filesOf = (
  definition: Mapping,
  section: "secrets" | "configs",
  compose: Compose,
  known: ReadonlyMap<string, string>,
  folder: string
): ReadonlyArray<FileReference> =>
  referencesOf(field(definition, section), folder).map(({ key, target }) => {
    const name = byKey(compose[section], key)?.name ?? key
    return { id: known.get(name) ?? name, name, target }
  })

const restarts = { none: "none", "on-failure": "on-failure", any: "any" } as const

/** The engine's name of a network of the file; `default` needs no section. */
export const networkName = (compose: Compose, stack: string, key: string): string => byKey(compose.networks, key)?.name ?? `${stack}_${key}`

/** One service of a stack. */
export const stackService = (compose: Compose, service: ComposeService, stack: string, known: Known): Spec => {
  const { definition } = service
  const deploy = field(definition, "deploy")
  const policy = field(deploy, "restart_policy")
  const mode = oneOf(field(deploy, "mode"), ["replicated", "global", "replicated-job", "global-job"]) ?? "replicated"
  const volumeOf = ({ source, target }: ComposeService["volumes"][number]) => {
    const volume = byKey(compose.volumes, source)
    return { source: volume?.name ?? `${stack}_${source}`, target, labels: volume?.external === true ? {} : { [stackLabel]: stack } }
  }
  return makeSpec({
    name: `${stack}_${service.name}`,
    labels: { ...service.labels, "com.docker.stack.image": service.image, [stackLabel]: stack },
    mode,
    replicas: numberOf(field(deploy, "replicas")) ?? 1,
    update: policyOf(field(deploy, "update_config")),
    rollback: policyOf(field(deploy, "rollback_config")),
    template: {
      image: service.image,
      containerLabels: { ...service.containerLabels, [stackLabel]: stack },
      command: wordsOf(field(definition, "command")),
      env: Object.entries(service.environment).map(([name, value]) => `${name}=${value}`),
      networks: service.networks.map((key) => networkName(compose, stack, key)).map((name) => known.networks.get(name) ?? name),
      volumes: service.volumes.map(volumeOf),
      secrets: filesOf(definition, "secrets", compose, known.secrets, "/run/secrets/"),
      configs: filesOf(definition, "configs", compose, known.configs, "/"),
      restart: restarts[oneOf(field(policy, "condition"), ["none", "on-failure", "any"]) ?? "any"],
      restartDelay: durationOf(field(policy, "delay")) ?? defaultTemplate.restartDelay,
      maxAttempts: numberOf(field(policy, "max_attempts")) ?? defaultTemplate.maxAttempts,
      stopGrace: durationOf(field(definition, "stop_grace_period")) ?? defaultTemplate.stopGrace,
      healthcheck: healthcheckOf(field(definition, "healthcheck")),
      hostPorts: hostPortsOf(field(definition, "ports")),
      unsatisfiable: constraintsOf(field(field(deploy, "placement"), "constraints")).some(isUnmet)
    }
  })
}

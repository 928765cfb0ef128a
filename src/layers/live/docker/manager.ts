/** What a manager answers for: the swarm's services, tasks, nodes, networks, secrets and configs. */
import { Effect } from "effect"
import { stackLabel } from "../../../services/Docker.ts"
import type { ServiceSpec } from "../../../services/Docker.ts"
import type { Client } from "./client.ts"
import { serviceSpec } from "./encode.ts"
import { filters, ofStack } from "./engine.ts"
import * as wire from "./wire.ts"
import { services, tasks } from "./wireServices.ts"

type Labels = Readonly<Record<string, string>>

const base64 = (text: string) => Buffer.from(text).toString("base64")

export const managerOf = (client: Client) => {
  /** DELETE of one object of the swarm. */
  const remover = (kind: string) =>
    Effect.fn(`Docker.remove ${kind}`)(function* (id: string) {
      yield* client.run({ operation: `remove ${kind}`, subject: id, method: "DELETE", path: `/${kind}s/${encodeURIComponent(id)}` })
    })

  /** POST of something new; gives its id. */
  const create = (kind: string, name: string, body: unknown) =>
    client.json({ operation: `create ${kind}`, subject: name, method: "POST", path: `/${kind}s/create`, body }, wire.created)

  return {
    nodes: client.json({ operation: "list nodes", subject: "", path: "/nodes" }, wire.nodes),
    services: Effect.fn("Docker.services")(function* (stack?: string) {
      const query = { status: "true", ...ofStack(stack) }
      return yield* client.json({ operation: "list services", subject: stack ?? "", path: "/services", query }, services)
    }),
    tasks: Effect.fn("Docker.tasks")(function* (stack?: string) {
      return yield* client.json({ operation: "list tasks", subject: stack ?? "", path: "/tasks", query: ofStack(stack) }, tasks)
    }),
    currentTasks: Effect.fn("Docker.currentTasks")(function* (of) {
      const [subject, which] = "stack" in of ? [of.stack, { label: [`${stackLabel}=${of.stack}`] }] : [of.service, { service: [of.service] }]
      const query = filters({ ...which, "_up-to-date": ["true"] })
      return yield* client.json({ operation: "list current tasks", subject, path: "/tasks", query }, tasks)
    }),
    networks: client.json({ operation: "list networks", subject: "", path: "/networks" }, wire.networks),
    secrets: client.json({ operation: "list secrets", subject: "", path: "/secrets" }, wire.specs),
    configs: client.json({ operation: "list configs", subject: "", path: "/configs" }, wire.specs),
    removeService: remover("service"),
    removeNetwork: remover("network"),
    removeSecret: remover("secret"),
    removeConfig: remover("config"),
    createService: Effect.fn("Docker.createService")(function* (spec: ServiceSpec) {
      return yield* create("service", spec.name, serviceSpec(spec))
    }),
    updateService: Effect.fn("Docker.updateService")(function* (id: string, version: number, spec: ServiceSpec) {
      const path = `/services/${encodeURIComponent(id)}/update`
      yield* client.run({ operation: "update service", subject: spec.name, method: "POST", path, query: { version: String(version) }, body: serviceSpec(spec) })
    }),
    createNetwork: Effect.fn("Docker.createNetwork")(function* (
      name: string,
      labels: Labels,
      options?: { readonly subnet?: string; readonly attachable?: boolean }
    ) {
      const ipam = options?.subnet === undefined ? {} : { IPAM: { Config: [{ Subnet: options.subnet }] } }
      return yield* create("network", name, {
        Name: name,
        Driver: "overlay",
        Labels: labels,
        Attachable: options?.attachable ?? false,
        CheckDuplicate: true,
        ...ipam
      })
    }),
    createVolume: Effect.fn("Docker.createVolume")(function* (name: string, labels: Labels) {
      yield* create("volume", name, { Name: name, Labels: labels })
    }),
    createSecret: Effect.fn("Docker.createSecret")(function* (name: string, value: string, labels: Labels) {
      return yield* create("secret", name, { Name: name, Labels: labels, Data: base64(value) })
    }),
    createConfig: Effect.fn("Docker.createConfig")(function* (name: string, text: string, labels: Labels) {
      return yield* create("config", name, { Name: name, Labels: labels, Data: base64(text) })
    })
  }
}

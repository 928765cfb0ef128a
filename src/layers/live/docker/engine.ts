/** What every node's engine answers for, worker or manager. */
import { Effect } from "effect"
import { stackLabel } from "../../../services/Docker.ts"
import type { NodeEngine } from "../../../services/Docker.ts"
import type { Client } from "./client.ts"
import * as wire from "./wire.ts"

/** Exact label filters; the engine's name filters match more than the name (TEAR-4). */
export const filters = (all: Readonly<Record<string, ReadonlyArray<string>>>) => ({ filters: JSON.stringify(all) })

/** A filter by the stack's label, where there is a stack. */
export const ofStack = (stack: string | undefined) => (stack === undefined ? {} : filters({ label: [`${stackLabel}=${stack}`] }))

export const nodeEngine = (client: Client): NodeEngine => ({
  info: Effect.gen(function* () {
    const apiVersion = yield* client.apiVersion
    const info = yield* client.json({ operation: "ask about the engine", subject: "", path: "/info" }, wire.info)
    return { apiVersion, ...info }
  }),
  containers: Effect.fn("Docker.containers")(function* (stack?: string) {
    const query = { all: "true", ...ofStack(stack) }
    return yield* client.json({ operation: "list containers", subject: stack ?? "", path: "/containers/json", query }, wire.containers)
  }),
  volumes: client.json({ operation: "list volumes", subject: "", path: "/volumes" }, wire.volumes),
  killContainer: Effect.fn("Docker.killContainer")(function* (id: string) {
    yield* client.run({ operation: "kill container", subject: id, method: "POST", path: `/containers/${encodeURIComponent(id)}/kill` })
  }),
  removeContainer: Effect.fn("Docker.removeContainer")(function* (id: string) {
    const query = { force: "true", v: "true" }
    yield* client.run({ operation: "remove container", subject: id, method: "DELETE", path: `/containers/${encodeURIComponent(id)}`, query })
  }),
  removeVolume: Effect.fn("Docker.removeVolume")(function* (name: string) {
    yield* client.run({ operation: "remove volume", subject: name, method: "DELETE", path: `/volumes/${encodeURIComponent(name)}` })
  })
})

/** The engine's API in the raw, for tests that look at more than ccci itself ever does. */
import * as http from "node:http"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { TestSwarm } from "./swarm.setup.ts"

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** One call in the engine's newest version; dies when there is no answer. */
export const api = (swarm: TestSwarm, method: string, path: string, body?: Json): Effect.Effect<{ readonly status: number; readonly body: Buffer }> =>
  Effect.callback((resume) => {
    const socketPath = swarm.dockerHost.slice("unix://".length)
    const request = http.request({ socketPath, method, path, agent: false, headers: { Host: "docker", "Content-Type": "application/json" } }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () => resume(Effect.succeed({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) })))
      response.on("error", (error) => resume(Effect.die(error)))
    })
    request.on("error", (error) => resume(Effect.die(error)))
    request.end(body === undefined ? undefined : JSON.stringify(body))
    return Effect.sync(() => request.destroy())
  })

/** A call that must be accepted; the body of its answer. */
export const accepted = (swarm: TestSwarm, method: string, path: string, body?: Json): Effect.Effect<Buffer> =>
  Effect.map(api(swarm, method, path, body), (answer) => {
    assert.isBelow(answer.status, 300, `${method} ${path}: ${answer.body.toString()}`)
    return answer.body
  })

/** Makes a container outside of swarm, does something with it, and removes it. Its binds are `source:target[:ro]`. */
export const withContainer = <A, E, R>(
  swarm: TestSwarm,
  options: { readonly image: string; readonly command: ReadonlyArray<string>; readonly binds: ReadonlyArray<string> },
  use: (id: string) => Effect.Effect<A, E, R>
) =>
  Effect.acquireUseRelease(
    Effect.map(
      accepted(swarm, "POST", "/containers/create", { Image: options.image, Cmd: options.command, HostConfig: { Binds: options.binds, NetworkMode: "none" } }),
      (body) => String(JSON.parse(body.toString()).Id)
    ),
    use,
    (id) => accepted(swarm, "DELETE", `/containers/${id}?force=1`)
  )

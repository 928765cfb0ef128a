/** Who listens where in the simulated world: the site's gateway, ports that services publish, and what a test puts there. */
import { Option } from "effect"
import { imageOf, insideOf } from "./inside.ts"
import type { Answer, Request } from "./images.ts"
import type { SwarmContainer } from "./state.ts"
import type { Swarm } from "./Swarm.ts"

/** What comes of a request that reached somebody. */
export type Reply = ({ readonly _tag: "Answer" } & Answer) | { readonly _tag: "Silent" } | { readonly _tag: "Reset" }

/** Somebody who accepts connections at an address and port. */
export interface Listener {
  /** `https`, `http`, or neither: it accepts, and speaks something else. */
  readonly speaks: "https" | "http" | "other"
  /** `https`: its certificate verifies for the name asked. */
  readonly trusted?: boolean
  readonly answer: (request: Request) => Reply
}

/** What a world's network is made of. */
export interface NetworkOptions {
  /** Where the gateway listens; it is the node's address too. Default 192.0.2.10:443 (RFC 5737). */
  readonly gateway?: { readonly address: string; readonly port: number }
}

const hostsOf = (rule: string): ReadonlyArray<string> =>
  [...rule.matchAll(/Host\(([^)]*)\)/g)].flatMap(([, names = ""]) => [...names.matchAll(/[`"]([^`"]+)[`"]/g)].map(([, name = ""]) => name.toLowerCase()))

const router = /^traefik\.http\.routers\.[^.]+\.rule$/

const plain = (status: number, body: string): Reply => ({ _tag: "Answer", status, headers: { "content-type": "text/plain" }, body })

/** Containers that swarm's name resolution gives for a service: those of running tasks. */
const serving = (swarm: Swarm, serviceId: string): ReadonlyArray<SwarmContainer> =>
  swarm.tasksOf(serviceId).flatMap(({ state, container }) => (state === "running" && container?.state === "running" ? [container] : []))

/** The gateway finds an app by its stack's traefik labels, as traefik does: nobody of that name is 404, nobody there 503, nobody listening 502. */
export const routed = (swarm: Swarm, request: Request): Reply => {
  const [host = ""] = request.host.toLowerCase().split(":")
  const service = [...swarm.services.values()].find(
    ({ spec: { labels } }) =>
      labels["traefik.enable"] === "true" && Object.entries(labels).some(([name, rule]) => router.test(name) && hostsOf(rule).includes(host))
  )
  if (service === undefined) return plain(404, "404 page not found\n")
  const [container] = swarm.world.chance.shuffle(serving(swarm, service.id))
  if (container === undefined) return plain(503, "no available server\n")
  const answer = imageOf(swarm, container).http?.(request, insideOf(swarm, container))
  return answer === undefined ? plain(502, "Bad Gateway\n") : { _tag: "Answer", ...answer }
}

/** Addresses, ports, and who is there. */
export class Network {
  readonly gateway: { readonly address: string; readonly port: number }
  readonly listeners = new Map<string, Listener>()
  /** What names resolve to. */
  readonly names = new Map<string, string>()
  private readonly swarm: Swarm

  constructor(swarm: Swarm, options: NetworkOptions = {}) {
    this.swarm = swarm
    this.gateway = options.gateway ?? { address: "192.0.2.10", port: 443 }
    this.listen(this.gateway, { speaks: "https", answer: (request) => routed(swarm, request) })
  }

  listen(at: { readonly address: string; readonly port: number }, listener: Listener): void {
    this.listeners.set(`${at.address}:${at.port}`, listener)
  }

  /** The address of a name, or of an address itself. */
  resolve(host: string): Option.Option<string> {
    return /^[0-9.]+$|:/.test(host) ? Option.some(host) : Option.fromUndefinedOr(this.names.get(host))
  }

  /** Who accepts a connection: a listener, or a running container that publishes the port in host mode. */
  at(address: string, port: number): Option.Option<Listener> {
    const listener = this.listeners.get(`${address}:${port}`)
    if (listener !== undefined || address !== this.gateway.address) return Option.fromUndefinedOr(listener)
    const container = [...this.swarm.containers.values()].find(
      (one) => one.state === "running" && one.template.hostPorts.includes(port) && (imageOf(this.swarm, one).tcp?.(port, insideOf(this.swarm, one)) ?? true)
    )
    if (container === undefined) return Option.none()
    return Option.some({
      speaks: "http",
      answer: (request) => {
        const answer = imageOf(this.swarm, container).http?.(request, insideOf(this.swarm, container))
        return answer === undefined ? { _tag: "Reset" } : { _tag: "Answer", ...answer }
      }
    })
  }
}

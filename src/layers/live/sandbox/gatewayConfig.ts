/** What the gateway serves, from the traefik labels of the swarm's services. Pure: labels go in, Caddy's JSON comes out. */
import { parseRule } from "./traefikRule.ts"
import type { Match } from "./traefikRule.ts"

/** A service of the swarm: its name is what Docker's DNS resolves; networks by name. */
export interface GatewayService {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly networks: ReadonlyArray<string>
}

/** What the gateway's own stack decides: the port inside its container, the network that it shares with the apps, its folder. */
export interface GatewaySettings {
  readonly port: number
  readonly network: string
  /** As the container sees it: holds certificate.pem, key.pem, and the admin socket. */
  readonly directory: string
}

/** One router that can be served. */
export interface Route {
  readonly router: string
  readonly matches: ReadonlyArray<Match>
  /** `<service>:<port>` */
  readonly upstream: string
  readonly scheme: "http" | "https" | "h2c"
  /** As in traefik: the higher is asked first; by default the length of the rule. */
  readonly priority: number
}

/** A router that cannot be served, and why: for the log. */
export interface Refusal {
  readonly service: string
  readonly router: string
  readonly reason: string
}

const serviceName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/

/** Groups `<prefix><name>.<field>` by name. A Map, because the names are the recipe's to choose. */
const grouped = (labels: ReadonlyMap<string, string>, prefix: string) => {
  const groups = new Map<string, Map<string, string>>()
  for (const [key, value] of labels) {
    const dot = key.indexOf(".", prefix.length)
    if (!key.startsWith(prefix) || dot < 0) continue
    const name = key.slice(prefix.length, dot)
    const group = groups.get(name) ?? new Map<string, string>()
    groups.set(name, group.set(key.slice(dot + 1), value))
  }
  return groups
}

const wholeNumber = (text: string | undefined, from: number, to: number) => {
  const value = /^\d{1,9}$/.test(text ?? "") ? Number(text) : Number.NaN
  return value >= from && value <= to ? value : undefined
}

/** The routers of one service: those that can be served, and those that cannot. None where `traefik.enable` is not true. */
export const routesOf = (service: GatewayService): { readonly routes: ReadonlyArray<Route>; readonly refused: ReadonlyArray<Refusal> } => {
  const routes: Array<Route> = []
  const refused: Array<Refusal> = []
  const labels = new Map(Object.entries(service.labels).map(([key, value]) => [key.toLowerCase(), value]))
  if (labels.get("traefik.enable") !== "true") return { routes, refused }
  const backends = grouped(labels, "traefik.http.services.")
  for (const [router, fields] of grouped(labels, "traefik.http.routers.")) {
    const refuse = (reason: string) => refused.push({ service: service.name, router, reason })
    const text = fields.get("rule")
    if (text === undefined) continue
    const wanted = fields.get("service")?.toLowerCase().split("@")[0] ?? (backends.size === 1 ? [...backends.keys()][0] : router)
    const backend = backends.get(wanted ?? "")
    const port = wholeNumber(backend?.get("loadbalancer.server.port"), 1, 65535)
    const scheme = backend?.get("loadbalancer.server.scheme") ?? "http"
    const rule = parseRule(text)
    if (!serviceName.test(service.name)) refuse("the service's name is no name for DNS")
    else if (port === undefined) refuse(`no label traefik.http.services.${wanted}.loadbalancer.server.port with a port number`)
    else if (scheme !== "http" && scheme !== "https" && scheme !== "h2c") refuse(`${JSON.stringify(scheme)} is no scheme that the gateway speaks`)
    else if ("reason" in rule) refuse(`its rule ${JSON.stringify(text.slice(0, 200))}: ${rule.reason}`)
    else {
      const priority = wholeNumber(fields.get("priority"), 1, 999_999_999) ?? text.length
      routes.push({ router, matches: rule.matches, upstream: `${service.name}:${port}`, scheme, priority })
    }
  }
  return { routes, refused }
}

/** Connections are not kept: one kept to a task that is being replaced would answer for the new one. */
const transport = (scheme: Route["scheme"]) => ({
  protocol: "http",
  dial_timeout: "2s",
  keep_alive: { enabled: false },
  ...(scheme === "https" ? { tls: { insecure_skip_verify: true } } : {}),
  ...(scheme === "h2c" ? { versions: ["h2c"] } : {})
})

const caddyRoute = (route: Route) => ({
  match: route.matches.map(({ hosts, paths }) => (paths.length === 0 ? { host: hosts } : { host: hosts, path: paths })),
  handle: [
    {
      handler: "reverse_proxy",
      upstreams: [{ dial: route.upstream }],
      // A name is gone from DNS for a moment while a task is replaced.
      load_balancing: { try_duration: "2s", try_interval: "100ms" },
      transport: transport(route.scheme)
    }
  ],
  terminal: true
})

const byPriority = (left: Route, right: Route) =>
  right.priority - left.priority || (`${left.router} ${left.upstream}` < `${right.router} ${right.upstream}` ? -1 : 1)

/** Caddy's whole configuration (as for `POST /load`) for these services, in whatever order they come, and the routers that it leaves out. */
export const gatewayConfig = (services: ReadonlyArray<GatewayService>, settings: GatewaySettings) => {
  const found = services.map((service) => {
    const result = routesOf(service)
    if (result.routes.length === 0 || service.networks.includes(settings.network)) return result
    const reason = `the service is not on the gateway's network ${settings.network}`
    return { routes: [], refused: [...result.refused, ...result.routes.map(({ router }) => ({ service: service.name, router, reason }))] }
  })
  const routes = found.flatMap((result) => result.routes).sort(byPriority)
  const nobody = { handle: [{ handler: "static_response", status_code: 404, body: "no app has this name here\n" }] }
  const server = {
    listen: [`:${settings.port}`],
    protocols: ["h1", "h2"],
    automatic_https: { disable: true },
    tls_connection_policies: [{}],
    routes: [...routes.map(caddyRoute), nobody]
  }
  const certificate = { certificate: `${settings.directory}/certificate.pem`, key: `${settings.directory}/key.pem` }
  const config = {
    admin: { listen: `unix/${settings.directory}/admin.sock`, origins: ["localhost"], config: { persist: false } },
    apps: { http: { servers: { gateway: server } }, tls: { certificates: { load_files: [certificate] } } }
  }
  return { config, refused: found.flatMap((result) => result.refused) }
}

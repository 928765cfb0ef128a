import { describe, expect, it } from "vitest"
import { gatewayConfig, routesOf } from "../../src/layers/live/sandbox/gatewayConfig.ts"
import type { GatewayService } from "../../src/layers/live/sandbox/gatewayConfig.ts"
import { parseRule } from "../../src/layers/live/sandbox/traefikRule.ts"

const settings = { port: 443, network: "proxy", directory: "/gateway" }

const service = (labels: Record<string, string>, name = "blog_app", networks = ["proxy"]): GatewayService => ({
  name,
  networks,
  labels: { "traefik.enable": "true", ...labels }
})

const app = (rule: string, port = "80") => service({ "traefik.http.routers.blog.rule": rule, "traefik.http.services.blog.loadbalancer.server.port": port })

const routed = (...services: ReadonlyArray<GatewayService>) =>
  gatewayConfig(services, settings).config.apps.http.servers.gateway.routes.map((route) =>
    "match" in route ? { match: route.match, dial: route.handle[0]?.upstreams[0]?.dial } : "404"
  )

const reasons = (...services: ReadonlyArray<GatewayService>) => gatewayConfig(services, settings).refused.map(({ reason }) => reason)

describe("gateway routes come from traefik's labels", () => {
  it("a host goes to the service's name and port, everything else to 404", () => {
    expect(routed(app("Host(`a.example.org`)", "8080"))).toEqual([{ match: [{ host: ["a.example.org"] }], dial: "blog_app:8080" }, "404"])
  })

  it.each<[string, ReadonlyArray<object>]>([
    ["Host(`a.example.org`, `b.example.org`)", [{ host: ["a.example.org", "b.example.org"] }]],
    ["Host(`a.example.org`) || Host(`b.example.org`)", [{ host: ["a.example.org"] }, { host: ["b.example.org"] }]],
    ['Host("A.Example.org")', [{ host: ["a.example.org"] }]],
    ["Host(`a.example.org`) && PathPrefix(`/api`)", [{ host: ["a.example.org"], path: ["/api*"] }]],
    [
      "Host(`a.example.org`) && (Path(`/x`) || Path(`/y`))",
      [
        { host: ["a.example.org"], path: ["/x"] },
        { host: ["a.example.org"], path: ["/y"] }
      ]
    ],
    ["(Host(`a.b`)||Host(`c.d`))&&Host(`c.d`)", [{ host: ["c.d"] }]]
  ])("%s", (rule, match) => {
    expect(routed(app(rule))[0]).toEqual({ match, dial: "blog_app:80" })
  })

  it.each([
    ["Host(`{env.HOME}`)", "no host name"],
    ["Host(`*.example.org`)", "no host name"],
    ["Host(`a b`)", "no host name"],
    ["Host(``)", "no host name"],
    ["Host(`a.b`) && PathPrefix(`/{http.request.uri}`)", "no plain path"],
    ["Host(`a.b`) && Path(`/*`)", "no plain path"],
    ["Host(`a.b`) && Path(`/x`) && PathPrefix(`/`)", "two path conditions"],
    ["PathPrefix(`/api`)", "for which host"],
    ["Host(`a.b`) && Host(`c.d`)", "for which host"],
    ["HostRegexp(`.*`)", "HostRegexp(...) is not known"],
    ["!Host(`a.b`)", '"!" is not expected'],
    ["Host(`a.b`", "its end is not expected"],
    ["Host(`a.b`) Host(`c.d`)", '"Host" is not expected'],
    ["Host(a.b)", '"a" is not expected'],
    ["Host(`a.b", '"`" is not expected'],
    ["", "its end is not expected"],
    [`Host(\`${"a".repeat(2000)}\`)`, "longer than 2000"],
    [Array.from({ length: 3 }, () => `(${Array.from({ length: 5 }, () => "Host(`a.b`)").join("||")})`).join("&&"), "more than 64"]
  ])("nothing is served for a rule that it does not wholly understand: %s", (rule, reason) => {
    expect(routed(app(rule))).toEqual(["404"])
    expect(reasons(app(rule))[0]).toContain(reason)
  })

  it.each(["0", "65536", "80 ", "80/x", "{env.PORT}", "-1", "1e3", ""])("a port that is none is refused: '%s'", (port) => {
    expect(routed(app("Host(`a.b`)", port))).toEqual(["404"])
    expect(reasons(app("Host(`a.b`)", port))[0]).toContain("no label")
  })

  it("a name that DNS does not know is refused", () => {
    expect(reasons({ ...app("Host(`a.b`)"), name: "x:1{env.HOME}" })).toEqual(["the service's name is no name for DNS"])
  })

  it("a service that is not enabled, or not on the gateway's network, is not served", () => {
    const good = app("Host(`a.b`)")
    expect(routed({ ...good, labels: { ...good.labels, "traefik.enable": "false" } })).toEqual(["404"])
    expect(routed({ ...good, networks: ["internal"] })).toEqual(["404"])
    expect(reasons({ ...good, networks: ["internal"] })).toEqual(["the service is not on the gateway's network proxy"])
  })

  it("a router names its service, without regard to case or provider", () => {
    const two = service({
      "traefik.http.routers.web.rule": "Host(`a.b`)",
      "traefik.http.routers.web.service": "API@swarm",
      "traefik.http.services.api.loadBalancer.server.port": "81",
      "traefik.http.services.api.loadBalancer.server.scheme": "https",
      "traefik.http.services.web.loadBalancer.server.port": "82"
    })
    expect(routesOf(two).routes).toMatchObject([{ router: "web", upstream: "blog_app:81", scheme: "https" }])
    expect(JSON.stringify(gatewayConfig([two], settings).config)).toContain("insecure_skip_verify")
  })

  it("a name that JavaScript's objects know is a name like any other", () => {
    const odd = service({
      "traefik.http.routers.__proto__.rule": "Host(`a.b`)",
      "traefik.http.services.constructor.loadbalancer.server.port": "81"
    })
    expect(routed(odd)[0]).toMatchObject({ dial: "blog_app:81" })
  })

  it("the longer rule is asked first, a priority before it, and the order of the services does not matter", () => {
    const name = (service: GatewayService, name: string) => ({ ...service, name })
    const first = name(app("Host(`a.b`)"), "plain")
    const second = name(app("Host(`a.b`) && PathPrefix(`/api`)"), "api")
    const third = name(app("Host(`c.d`)"), "other")
    const urgent = name(service({ ...app("Host(`a.b`)").labels, "traefik.http.routers.blog.priority": "5000" }), "urgent")
    const dials = (...services: ReadonlyArray<GatewayService>) => routed(...services).map((route) => (typeof route === "string" ? route : route.dial))
    expect(dials(first, second, third, urgent)).toEqual(["urgent:80", "api:80", "other:80", "plain:80", "404"])
    expect(routed(urgent, third, first, second)).toEqual(routed(first, second, third, urgent))
  })

  it("the rule of one label cannot reach another field", () => {
    const text = JSON.stringify(gatewayConfig([app('Host(`a.b`,`x"],"dial":"evil:1`)')], settings).config)
    expect(text).not.toContain("evil")
    expect(parseRule('Host(`x"],"dial":"evil:1`)')).toHaveProperty("reason")
  })
})

import { readFileSync } from "node:fs"
import { request } from "node:https"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schedule } from "effect"
import { call } from "../../src/layers/live/sandbox/examples.ts"
import { setRoutes, startGateway } from "../../src/layers/live/sandbox/gateway.ts"
import type { Gateway } from "../../src/layers/live/sandbox/gateway.ts"
import { buildImages, loadImages } from "../../src/layers/live/sandbox/images.ts"
import { layer } from "../../src/layers/live/sandbox/sandbox.ts"
import { Sandbox } from "../../src/services/Sandbox.ts"

const able = process.platform === "linux" && process.getuid?.() === 0
const baseDomain = "ci.example.test"

/** Status and body of a page, asked for by name at the gateway's address; its certificate must be good for that name. */
const page = (gateway: Gateway, domain: string, path = "/") =>
  Effect.callback<string, Error>((resume) => {
    const options = {
      host: gateway.address,
      port: gateway.port,
      servername: domain,
      ca: readFileSync(`${gateway.directory}/certificate.pem`),
      headers: { host: domain },
      path
    }
    const asked = request(options, (response) => {
      let body = ""
      response.setEncoding("utf8").on("data", (part: string) => (body += part))
      response.on("end", () => resume(Effect.succeed(`${response.statusCode} ${body}`)))
    })
    asked.on("error", (error) => resume(Effect.fail(error)))
    asked.end()
  }).pipe(Effect.timeout("20 seconds"))

const labels = (name: string, rule: string) => ({
  "traefik.enable": "true",
  [`traefik.http.routers.${name}.rule`]: rule,
  [`traefik.http.services.${name}.loadbalancer.server.port`]: "8000"
})

describe.skipIf(!able)("Gateway (needs root on Linux)", () => {
  it.live(
    "serves each app by its name over HTTPS, as its labels say, and forgets it when they are gone",
    () =>
      Effect.gen(function* () {
        const images = yield* buildImages(["caddy:bookworm", "static:0.23.1", "static:0.24.2"], () => Effect.void)
        const engine = yield* (yield* Sandbox).acquire({ say: () => Effect.void })
        yield* loadImages(engine, images)
        const gateway = yield* startGateway(engine, { baseDomains: [baseDomain], port: 8443 })
        const app = (name: string, version: string) =>
          call({
            command: engine.dockerCli,
            args: [
              ...["service", "create", "--quiet", "--detach=false", "--no-resolve-image", "--name", name, "--network", gateway.network],
              ...["--endpoint-mode", "dnsrr", `ccci-example/static:${version}`]
            ],
            attempted: `creating ${name}`,
            env: engine.env,
            limit: "1 minute"
          })
        // A port that was just published, or a task that swarm calls running, may take a moment more to listen, and Docker's DNS to know it.
        const served = (pattern: RegExp, host: string, path?: string) =>
          page(gateway, host, path).pipe(
            Effect.filterOrFail(
              (text) => pattern.test(text),
              (text) => new Error(`${host}${path ?? "/"} answered ${text.slice(0, 300)}`)
            ),
            Effect.retry({ schedule: Schedule.spaced("100 millis"), times: 150 })
          )
        yield* served(/^404 no app/, `old.${baseDomain}`)

        yield* Effect.all([app("old_app", "0.23.1"), app("new_app", "0.24.2")], { concurrency: 2 })
        const networks = [gateway.network]
        const old = { name: "old_app", networks, labels: labels("old", `Host(\`old.${baseDomain}\`, \`older.${baseDomain}\`)`) }
        const recent = { name: "new_app", networks, labels: labels("new", `Host(\`old.${baseDomain}\`) && PathPrefix(\`/index.html\`)`) }
        const evil = { name: "evil_app", networks, labels: labels("evil", "Host(`{http.request.host}`)") }
        const refused = yield* setRoutes(gateway, [old, recent, evil])
        assert.deepStrictEqual(
          refused.map(({ service }) => service),
          ["evil_app"]
        )
        yield* served(/^200 .*static 0\.23\.1/s, `old.${baseDomain}`)
        yield* served(/^200 .*static 0\.23\.1/s, `older.${baseDomain}`)
        yield* served(/^200 .*static 0\.24\.2/s, `old.${baseDomain}`, "/index.html")
        yield* served(/^404 no app/, `other.${baseDomain}`)

        yield* setRoutes(gateway, [])
        yield* served(/^404 no app/, `old.${baseDomain}`)
      }).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(layer, NodeServices.layer))),
    300_000
  )
})

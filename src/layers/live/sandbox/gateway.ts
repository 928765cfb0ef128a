/** The gateway as a stack of its own in an engine: certificate, network, Caddy, and its routes. */
import { existsSync, mkdirSync, watch, writeFileSync } from "node:fs"
import { request } from "node:http"
import { join } from "node:path"
import { Effect } from "effect"
import type { SandboxEngine } from "../../../services/Sandbox.ts"
import { ExampleError, call, examplesDirectory } from "./examples.ts"
import { gatewayConfig } from "./gatewayConfig.ts"
import type { GatewayService } from "./gatewayConfig.ts"

/** A gateway that runs: apps are reached at this address and port by their names; its network is where apps must be. */
export interface Gateway {
  readonly address: string
  readonly port: number
  readonly network: string
  /** On this machine: certificate.pem (which browsers and tests may trust), key.pem, admin.sock. */
  readonly directory: string
}

const network = "proxy"
const stack = "gateway"
const admin = "admin.sock"

const configOf = (services: ReadonlyArray<GatewayService>) => gatewayConfig(services, { port: 443, network, directory: "/gateway" })

/** Completes once Caddy has made its socket: the folder is watched before the first look, so that no creation is missed. */
const awaitAdmin = (directory: string) =>
  Effect.callback<void, ExampleError>((resume) => {
    const end = (result: Effect.Effect<void, ExampleError>) => {
      watcher.close()
      resume(result)
    }
    const look = () => existsSync(join(directory, admin)) && end(Effect.void)
    const watcher = watch(directory, look)
    watcher.on("error", (error) => end(Effect.fail(new ExampleError({ attempted: `watching ${directory}`, seen: error.message }))))
    look()
    return Effect.sync(() => watcher.close())
  })

/** Starts the gateway, for `*.<base domain>` of each, from the image `caddy:bookworm` that the engine must have. It knows no app yet. */
export const startGateway = Effect.fn("gateway.start")(function* (
  engine: SandboxEngine,
  options: { readonly baseDomains: ReadonlyArray<string>; readonly port: number }
) {
  const compose = join(yield* examplesDirectory, "gateway", "compose.yml")
  const directory = join(engine.directory, "gateway")
  const names = options.baseDomains.flatMap((name) => [`DNS:*.${name}`, `DNS:${name}`]).join()
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", join(directory, "key.pem")]
  const subject = ["-subj", "/CN=ccci example site", "-addext", `subjectAltName=${names}`, "-days", "30"]
  const docker = (attempted: string, ...args: ReadonlyArray<string>) =>
    call({
      command: engine.dockerCli,
      args,
      attempted,
      env: { ...engine.env, GATEWAY_PORT: String(options.port), GATEWAY_DIRECTORY: directory },
      limit: "1 minute"
    })
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  yield* call({
    command: "openssl",
    args: ["req", "-x509", ...key, ...subject, "-out", join(directory, "certificate.pem")],
    attempted: `making a certificate for ${names}`,
    limit: "30 seconds"
  })
  writeFileSync(join(directory, "caddy.json"), JSON.stringify(configOf([]).config))
  yield* docker(`making the network ${network}`, "network", "create", "--driver", "overlay", "--attachable", network)
  yield* docker("deploying the gateway", "stack", "deploy", "--resolve-image", "never", "--compose-file", compose, stack)
  yield* Effect.timeoutOrElse(awaitAdmin(directory), {
    duration: "30 seconds",
    orElse: () => Effect.fail(new ExampleError({ attempted: "starting the gateway", seen: `no ${admin} in ${directory} within 30 seconds` }))
  })
  return { address: engine.address, port: options.port, network, directory } satisfies Gateway
})

/** Lets the gateway serve these services and no others, from the next request on; returns the routers that it cannot serve. */
export const setRoutes = Effect.fn("gateway.setRoutes")(function* (gateway: Gateway, services: ReadonlyArray<GatewayService>) {
  const { config, refused } = configOf(services)
  const text = JSON.stringify(config)
  const failed = (seen: string) => new ExampleError({ attempted: "setting the gateway's routes", seen })
  // Caddy reads this file when its task is started anew.
  writeFileSync(join(gateway.directory, "caddy.json"), text)
  yield* Effect.callback<void, ExampleError>((resume) => {
    const options = { socketPath: join(gateway.directory, admin), path: "/load", method: "POST", headers: { "content-type": "application/json" } }
    const call = request(options, (response) => {
      let body = ""
      response.setEncoding("utf8").on("data", (part: string) => (body = (body + part).slice(-2000)))
      response.on("end", () => resume(response.statusCode === 200 ? Effect.void : Effect.fail(failed(`HTTP ${response.statusCode}: ${body}`))))
      response.on("error", (error) => resume(Effect.fail(failed(error.message))))
    })
    call.on("error", (error) => resume(Effect.fail(failed(error.message))))
    call.end(text)
    return Effect.sync(() => call.destroy())
  }).pipe(Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => Effect.fail(failed("no answer within 10 seconds")) }))
  return refused
})

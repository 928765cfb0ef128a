/** A private, throwaway Docker engine with a one-node swarm, for `ccci demo` and for tests; nothing of the machine's own is touched. */
import { Context, Schema } from "effect"
import type { Effect, Scope } from "effect"

/** A running engine. Everything of it ends with the process `pid`, however that ends. */
export interface SandboxEngine {
  /** `unix:///...` */
  readonly dockerHost: string
  /** Path of a Docker client of the engine's version. It needs nothing but `env`. */
  readonly dockerCli: string
  /** What a child needs over its own environment: DOCKER_HOST, DOCKER_CONFIG, and PATH with the client's folder first. */
  readonly env: Readonly<Record<string, string>>
  /** IPv4 address at which ports that are published in host mode are reached from this machine. */
  readonly address: string
  /** Folder of this sandbox that has the same path outside and inside: for sockets and bind mounts. It is removed with the sandbox. */
  readonly directory: string
  /** Process whose end takes engine, containers, mounts and network away. */
  readonly pid: number
}

/** No engine can be had on this machine; a simulated world is the way out. */
export class SandboxUnavailable extends Schema.TaggedError<SandboxUnavailable>()("SandboxUnavailable", {
  reason: Schema.String
}) {
  override get message() {
    return `No private Docker engine can be had here: ${this.reason}`
  }
}

/** An engine should have come up, and did not. */
export class SandboxError extends Schema.TaggedError<SandboxError>()("SandboxError", {
  attempted: Schema.String,
  seen: Schema.String
}) {
  override get message() {
    return `Private Docker engine: ${this.attempted}: ${this.seen}`
  }
}

export class Sandbox extends Context.Service<
  Sandbox,
  {
    /** Fails at once, with the reason, where no engine can be had whatever is fetched. */
    readonly available: Effect.Effect<void, SandboxUnavailable>
    /** Brings the engine's programs if need be (`say` tells what is fetched), starts it, and makes it a swarm. It is gone when the scope closes. */
    readonly acquire: (options: {
      readonly say: (line: string) => Effect.Effect<void>
    }) => Effect.Effect<SandboxEngine, SandboxUnavailable | SandboxError, Scope.Scope>
  }
>()("ccci/services/Sandbox") {}

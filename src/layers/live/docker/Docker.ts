/** The live engine, or engines. Nothing is connected to until the first call, which then says what is wrong, if anything is. */
import { Duration, Layer } from "effect"
import { Docker } from "../../../services/Docker.ts"
import { archivesOf } from "./archives.ts"
import { makeClient } from "./client.ts"
import { nodeEngine } from "./engine.ts"
import { eventsOf } from "./events.ts"
import { imagesOf } from "./images.ts"
import { managerOf } from "./manager.ts"
import { outputOf } from "./output.ts"

/** Where the engines are. */
export interface DockerOptions {
  /** The manager's: `unix:///path`, `tcp://host:port`, `http(s)://host:port`. */
  readonly endpoint: string
  /** Endpoints of other nodes, by node id (TEAR-7). */
  readonly others?: Readonly<Record<string, string>>
  /** For TLS over tcp: a folder with ca.pem, cert.pem, key.pem, as DOCKER_CERT_PATH names one. */
  readonly certificates?: string
  /** Whether the engine's certificate must verify; default true. */
  readonly verify?: boolean
  /** Of one call (default 60 s), and of the time without a byte where an answer is a long stream. */
  readonly requestTimeLimit?: Duration.Input
}

/** The swarm whose manager answers at `endpoint`. */
export const layer = (options: DockerOptions): Layer.Layer<Docker> =>
  Layer.sync(Docker, () => {
    const requestTimeLimit = Duration.fromInputUnsafe(options.requestTimeLimit ?? "60 seconds")
    const { endpoint, certificates, verify } = options
    const tls = { ...(certificates === undefined ? {} : { certificates }), ...(verify === undefined ? {} : { verify }) }
    const clientOf = (at: string) => makeClient({ ...tls, endpoint: at, requestTimeLimit })
    const client = clientOf(endpoint)
    return Docker.of({
      endpoint,
      others: new Map(Object.entries(options.others ?? {}).map(([id, at]) => [id, nodeEngine(clientOf(at))])),
      ...nodeEngine(client),
      ...managerOf(client),
      ...imagesOf(client),
      ...outputOf(client, requestTimeLimit),
      ...archivesOf(client, requestTimeLimit),
      events: eventsOf(client)
    })
  })

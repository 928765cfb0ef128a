/** One HTTP(S) request, or one TCP connection, to an app behind the site's gateway. Redirects are never followed here; nothing of ccci's tracing is sent along. */
import { Context, Schema } from "effect"
import type { Duration, Effect, Option } from "effect"

export interface HttpRequest {
  /** `https://<domain>[:port]/path`: the URL's host is SNI and Host. */
  readonly url: string
  /** Where to connect instead of resolving the host (the gateway). */
  readonly connect: Option.Option<{ readonly address: string; readonly port: number }>
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The certificate must verify (default false: a wildcard of the site's own). */
  readonly verify?: boolean
  readonly timeLimit: Duration.Input
  /** Bytes of the body that are read, and what comes after them is left; default 1 MiB. */
  readonly bodyLimit?: number
}

export interface HttpAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** No answer. `refused`: nobody listens, or no way leads there; `name`: it does not resolve; `protocol`: what answers does not speak HTTP. */
export class HttpError extends Schema.TaggedError<HttpError>()("HttpError", {
  url: Schema.String,
  reason: Schema.Literals(["refused", "timeout", "reset", "tls", "protocol", "name", "other"]),
  seen: Schema.String
}) {
  override get message() {
    return `${this.url}: ${this.reason} (${this.seen})`
  }
}

export class Http extends Context.Service<
  Http,
  {
    readonly request: (request: HttpRequest) => Effect.Effect<HttpAnswer, HttpError>
    /** Connects and closes at once. */
    readonly connect: (target: { readonly host: string; readonly port: number; readonly timeLimit: Duration.Input }) => Effect.Effect<void, HttpError>
  }
>()("ccci/services/Http") {}

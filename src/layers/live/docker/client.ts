/** Calls of one engine's API: the version is agreed on once, answers are decoded, and everything is bounded in time and size. */
import type { IncomingMessage } from "node:http"
import { Duration, Effect, Option, Ref } from "effect"
import type { Scope } from "effect"
import type { DockerError } from "../../../services/Docker.ts"
import type { Decode } from "./decode.ts"
import { refusal } from "./errors.ts"
import { connect, failed, readAll, wholeLimit } from "./transport.ts"
import type { Call, EndpointOptions } from "./transport.ts"

/** The newest API that this client was tried with, and the oldest that counts running tasks (`ServiceStatus`): Docker 20.10. */
const newest = 47
const oldest = 41

export interface ClientOptions extends EndpointOptions {
  /** Of one call; of a stream the time without a byte. */
  readonly requestTimeLimit: Duration.Duration
}

export interface Client {
  /** As agreed on, `1.41`. */
  readonly apiVersion: Effect.Effect<string, DockerError>
  /** A call whose answer is decoded. */
  readonly json: <A>(call: Call, decode: Decode<A>) => Effect.Effect<A, DockerError>
  /** A call whose answer says nothing. */
  readonly run: (call: Call) => Effect.Effect<void, DockerError>
  /** A call whose answer is a stream: its head came within the time limit and says 2xx; the connection closes with the scope. */
  readonly open: (call: Call) => Effect.Effect<IncomingMessage, DockerError, Scope.Scope>
}

const withQuery = ({ path, query }: Call) => (query === undefined ? path : `${path}?${new URLSearchParams(query)}`)

export const makeClient = (options: ClientOptions): Client => {
  const send = connect(options)
  const agreed = Ref.makeUnsafe(Option.none<string>())
  const limit = options.requestTimeLimit
  const bounded = <A, R>(call: Call, effect: Effect.Effect<A, DockerError, R>) =>
    Effect.timeoutOrElse(effect, {
      duration: limit,
      orElse: () => Effect.fail(failed(call, "timeout", `no answer from ${options.endpoint} within ${Duration.toSeconds(limit)} s`))
    })

  /** The answer, if it is 2xx. */
  const accepted = Effect.fnUntraced(function* (call: Call, path: string) {
    const response = yield* send(call, path)
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return response
    return yield* Effect.flatMap(readAll(call, response, 2 ** 20), (body) => Effect.fail(refusal(call, status, body.toString())))
  })

  const negotiate = Effect.fnUntraced(function* ({ operation, subject }: Pick<Call, "operation" | "subject">) {
    const known = yield* Ref.get(agreed)
    if (Option.isSome(known)) return known.value
    const call: Call = { operation, subject, path: "/_ping" }
    const stranger = (seen: string) => failed(call, "protocol", `what answers at ${options.endpoint} is no Docker engine: ${seen}`)
    const response = yield* bounded(call, Effect.scoped(accepted(call, call.path))).pipe(
      Effect.mapError((error) => (error.status >= 400 && error.status < 500 ? stranger(`HTTP ${error.status} to /_ping`) : error))
    )
    const offered = String(response.headers["api-version"] ?? "")
    const minor = /^1\.(\d+)$/.exec(offered)?.[1]
    if (minor === undefined) return yield* stranger("no API version in its answer to /_ping")
    if (Number(minor) < oldest) {
      return yield* failed(call, "invalid", `the engine at ${options.endpoint} speaks API ${offered} at most, and 1.${oldest} (Docker 20.10) is needed`)
    }
    const version = `1.${Math.min(Number(minor), newest)}`
    yield* Ref.set(agreed, Option.some(version))
    return version
  })

  const opened = Effect.fnUntraced(function* (call: Call) {
    const version = yield* negotiate(call)
    const answer = accepted(call, `/v${version}${withQuery(call)}`)
    return yield* call.idleLimit === undefined ? bounded(call, answer) : answer
  })

  const text = (call: Call) =>
    bounded(call, Effect.scoped(Effect.flatMap(opened(call), (response) => readAll(call, response, wholeLimit)))).pipe(Effect.map(String))

  return {
    apiVersion: negotiate({ operation: "agree on an API version", subject: "" }),
    json: (call, decode) =>
      Effect.flatMap(text(call), (body) => Effect.mapError(decode(body), (error) => failed(call, "protocol", `not the engine's API: ${error.message}`))),
    run: (call) => Effect.asVoid(text(call)),
    open: opened
  }
}

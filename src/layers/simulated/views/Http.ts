/** HTTP and TCP as one process of the world speaks them. */
import { Duration, Effect, Layer, Option, Result } from "effect"
import { Http, HttpError } from "../../../services/Http.ts"
import type { HttpAnswer, HttpRequest } from "../../../services/Http.ts"
import type { Process } from "../kernel/processes.ts"
import type { Listener, Reply } from "../swarm/network.ts"
import type { World } from "../World.ts"

type Problem = { readonly reason: HttpError["reason"]; readonly seen: string }
type Attempt<A> = Result.Result<A, Problem>

const reasons: ReadonlyArray<HttpError["reason"]> = ["refused", "timeout", "reset", "tls", "protocol", "name", "other"]
const problem = (reason: HttpError["reason"], seen: string): Result.Result<never, Problem> => Result.fail({ reason, seen })

const listenerAt = (world: World, host: string, port: number): Attempt<Listener> => {
  const address = world.network.resolve(host)
  if (Option.isNone(address)) return problem("name", `getaddrinfo ENOTFOUND ${host}`)
  return Option.match(world.network.at(address.value, port), {
    onNone: () => problem("refused", `connect ECONNREFUSED ${address.value}:${port}`),
    onSome: Result.succeed
  })
}

const lowerCase = (headers: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/** Sends a request; what comes back is known at once, and `Silent` never comes. */
const send = (world: World, request: HttpRequest): Attempt<Reply> =>
  Result.gen(function* () {
    const url = URL.parse(request.url)
    if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return yield* problem("other", "not an http(s) URL")
    const secure = url.protocol === "https:"
    const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port)
    const to = Option.getOrElse(request.connect, () => ({ address: url.hostname, port }))
    const listener = yield* listenerAt(world, to.address, to.port)
    if (secure && listener.speaks !== "https") return yield* problem("tls", "EPROTO wrong version number")
    if (!secure && listener.speaks !== "http") return yield* problem("protocol", "HPE_INVALID_CONSTANT Expected HTTP/")
    if (secure && request.verify === true && listener.trusted !== true) return yield* problem("tls", "DEPTH_ZERO_SELF_SIGNED_CERT self-signed certificate")
    return listener.answer({
      method: request.method ?? "GET",
      path: `${url.pathname}${url.search}`,
      host: url.host,
      headers: lowerCase({ "user-agent": "ccci", accept: "*/*", ...request.headers, host: url.host }),
      body: request.body ?? ""
    })
  })

const defaultBodyLimit = 2 ** 20

/** The body's first `limit` bytes, as text. */
const cut = (body: string, limit: number): string => {
  const bytes = new TextEncoder().encode(body)
  return bytes.length <= limit ? body : new TextDecoder().decode(bytes.subarray(0, limit))
}

/** Http of one process. */
export const httpLayer = (world: World, process: Process) => {
  const call = <A>(operation: string, subject: string, step: () => Attempt<A>): Effect.Effect<A, HttpError> =>
    world.call(
      process,
      { service: "Http", operation, subject, remote: true },
      () => Result.mapError(step(), ({ reason, seen }) => new HttpError({ url: subject, reason, seen })),
      ({ code, seen }) => new HttpError({ url: subject, reason: reasons.find((reason) => reason === code) ?? "reset", seen: seen ?? `injected: ${code}` })
    )
  const bounded = <A>(subject: string, timeLimit: Duration.Input, effect: Effect.Effect<A, HttpError>) =>
    Effect.timeoutOrElse(effect, {
      duration: timeLimit,
      orElse: () => Effect.fail(new HttpError({ url: subject, reason: "timeout", seen: `no answer within ${Duration.toSeconds(timeLimit)} s` }))
    })
  const receive = (request: HttpRequest, reply: Reply): Effect.Effect<HttpAnswer, HttpError> => {
    if (reply._tag === "Silent") return world.wait<HttpAnswer>(process, () => () => undefined)
    if (reply._tag === "Reset") return Effect.fail(new HttpError({ url: request.url, reason: "reset", seen: "ECONNRESET socket hang up" }))
    const answer = { status: reply.status, headers: lowerCase(reply.headers ?? {}), body: cut(reply.body ?? "", request.bodyLimit ?? defaultBodyLimit) }
    return Effect.as(Effect.sleep(world.swarm.lag(world.swarm.lags.http)), answer)
  }
  return Layer.succeed(
    Http,
    Http.of({
      request: (request) =>
        bounded(
          request.url,
          request.timeLimit,
          Effect.flatMap(
            call("request", request.url, () => send(world, request)),
            (reply) => receive(request, reply)
          )
        ),
      connect: ({ host, port, timeLimit }) =>
        bounded(`${host}:${port}`, timeLimit, Effect.asVoid(call("connect", `${host}:${port}`, () => listenerAt(world, host, port))))
    })
  )
}

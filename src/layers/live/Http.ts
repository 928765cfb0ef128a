/** HTTP(S) by node's own client: one connection a request, HTTP/1.1, nothing followed, nothing added but a user agent. */
import * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import { Duration, Effect, Layer, Option } from "effect"
import { Http, HttpError } from "../../services/Http.ts"
import type { HttpAnswer, HttpRequest } from "../../services/Http.ts"

const defaultBodyLimit = 2 ** 20

const reasons: ReadonlyArray<readonly [HttpError["reason"], RegExp]> = [
  ["refused", /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN)$/],
  ["timeout", /^ETIMEDOUT$/],
  ["reset", /^(ECONNRESET|EPIPE|ECONNABORTED)$/],
  ["name", /^(ENOTFOUND|EAI_)/],
  ["tls", /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|INVALID_CA|HOSTNAME_MISMATCH|EPROTO)/],
  ["protocol", /^HPE_/]
]

const codeOf = (error: Error): string => ("code" in error && typeof error.code === "string" ? error.code : "")

const errorOf = (url: string, error: Error): HttpError => {
  const code = codeOf(error)
  const reason = reasons.find(([, pattern]) => pattern.test(code))?.[0] ?? "other"
  return new HttpError({ url, reason, seen: error.message.includes(code) ? error.message : `${code}: ${error.message}` })
}

const timedOut = (url: string, limit: Duration.Duration) =>
  Effect.fail(new HttpError({ url, reason: "timeout", seen: `no answer within ${Duration.toSeconds(limit)} s` }))

/** One value a name; several are joined as HTTP says. */
const headersOf = (headers: http.IncomingHttpHeaders): HttpAnswer["headers"] =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]])))

/** The request, on its way to where it is to connect, with the URL's host as SNI and Host. */
const started = (request: HttpRequest, url: URL): http.ClientRequest => {
  const named = url.hostname.replace(/^\[(.*)\]$/, "$1")
  const secure = url.protocol === "https:"
  const to = Option.getOrElse(request.connect, () => ({ address: named, port: url.port === "" ? (secure ? 443 : 80) : Number(url.port) }))
  const options = {
    host: to.address,
    port: to.port,
    path: `${url.pathname}${url.search}`,
    method: request.method ?? "GET",
    headers: { "User-Agent": "ccci", Accept: "*/*", ...request.headers, Host: url.host, ...lengthOf(request.body) },
    agent: false
  }
  if (!secure) return http.request(options)
  // An address is no server name.
  return https.request({ ...options, servername: net.isIP(named) === 0 ? named : "", rejectUnauthorized: request.verify ?? false })
}

const lengthOf = (body: string | undefined) => (body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) })

const send = (request: HttpRequest) =>
  Effect.callback<HttpAnswer, HttpError>((resume) => {
    const fail = (error: Error) => resume(Effect.fail(errorOf(request.url, error)))
    const url = URL.parse(request.url)
    if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return fail(new Error("not an http(s) URL"))
    const limit = request.bodyLimit ?? defaultBodyLimit
    const outgoing = started(request, url)
    outgoing.on("error", fail)
    outgoing.on("response", (response) => {
      const chunks: Array<Buffer> = []
      let room = limit
      const done = () => {
        const body = Buffer.concat(chunks).toString()
        resume(Effect.succeed({ status: response.statusCode ?? 0, headers: headersOf(response.headers), body }))
        outgoing.destroy()
      }
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk.subarray(0, room))
        room -= chunk.length
        if (room < 0) done()
      })
      response.on("end", done)
      response.on("error", fail)
    })
    outgoing.end(request.body)
    return Effect.sync(() => outgoing.destroy())
  })

const dial = (host: string, port: number) =>
  Effect.callback<void, HttpError>((resume) => {
    const socket = net.connect({ host, port })
    socket.on("error", (error) => resume(Effect.fail(errorOf(`${host}:${port}`, error))))
    socket.on("connect", () => {
      socket.destroy()
      resume(Effect.void)
    })
    return Effect.sync(() => socket.destroy())
  })

/** The network of this machine. */
export const layer: Layer.Layer<Http> = Layer.succeed(
  Http,
  Http.of({
    request: Effect.fn("Http.request")(function* (request: HttpRequest) {
      const limit = Duration.fromInputUnsafe(request.timeLimit)
      return yield* Effect.timeoutOrElse(send(request), { duration: limit, orElse: () => timedOut(request.url, limit) })
    }),
    connect: Effect.fn("Http.connect")(function* ({ host, port, timeLimit }) {
      const limit = Duration.fromInputUnsafe(timeLimit)
      yield* Effect.timeoutOrElse(dial(host, port), { duration: limit, orElse: () => timedOut(`${host}:${port}`, limit) })
    })
  })
)

/**
 * HTTP to one engine: a connection a call, so that an engine's restart leaves nothing stale behind, and an interrupt closes exactly the call that it ends.
 */
import { readFileSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import type { Readable } from "node:stream"
import { Effect, Stream } from "effect"
import type { Scope } from "effect"
import { DockerError } from "../../../services/Docker.ts"

/** One call: what it is for (words for errors), and what goes over the wire. `path` begins with `/`, without the version. */
export interface Call {
  /** Completes "could not ...": `remove network`. */
  readonly operation: string
  readonly subject: string
  readonly method?: "GET" | "POST" | "PUT" | "DELETE"
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, once the engine asks for it; made only then. */
  readonly upload?: () => Readable
  /** Ends a call by the time that passes without a byte: for streams that may be long, and silent never. */
  readonly idleLimit?: number
}

/** Where an engine is: `unix:///path`, `tcp://host:port`, `http(s)://host:port`; for TLS a folder with ca.pem, cert.pem, key.pem. */
export interface EndpointOptions {
  readonly endpoint: string
  readonly certificates?: string
  readonly verify?: boolean
}

/** Bytes of an answer that is held in memory: some hundred thousand tasks. */
export const wholeLimit = 64 * 2 ** 20

/** The error of a call that the engine did not answer in order. */
export const failed = (call: Call, reason: DockerError["reason"], seen: string) =>
  new DockerError({ operation: call.operation, subject: call.subject, reason, status: 0, seen })

/** Codes of our own on errors that end a connection. */
const idleCode = "CCCI_IDLE"
const fileCode = "CCCI_FILE"

/** Errors of a connection that never came to be. */
const noConnection: ReadonlySet<string> = new Set(
  "ECONNREFUSED ENOENT EACCES EPERM ENOTSOCK ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH ENETDOWN EHOSTDOWN ETIMEDOUT EADDRNOTAVAIL EPROTOTYPE".split(" ")
)

/** Errors of certificates and handshakes. */
const tlsCodes = /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO)/

const codeOf = (error: Error): string => ("code" in error && typeof error.code === "string" ? error.code : "")

const connectionError = (endpoint: string, call: Call, error: Error): DockerError => {
  const code = codeOf(error)
  if (code === idleCode) return failed(call, "timeout", error.message)
  if (code === fileCode) return failed(call, "file", error.message)
  if (noConnection.has(code)) {
    return failed(call, "unreachable", `no engine answers at ${endpoint} (${code}): is it running, and is that its address (DOCKER_HOST)?`)
  }
  if (tlsCodes.test(code)) return failed(call, "unreachable", `no TLS with ${endpoint}: ${error.message}`)
  return failed(call, "protocol", `the connection was cut (${code === "" ? error.message : code})`)
}

interface Target {
  readonly request: (options: http.RequestOptions) => http.ClientRequest
}

/** How requests to an endpoint are made; throws words for one that cannot be spoken to. */
const targetOf = ({ endpoint, certificates, verify }: EndpointOptions): Target => {
  const url = URL.parse(endpoint)
  if (url?.protocol === "unix:" && url.pathname !== "") {
    const socketPath = decodeURIComponent(url.pathname)
    return { request: (options) => http.request({ ...options, socketPath, headers: { ...options.headers, Host: "docker" } }) }
  }
  if (url?.protocol === "ssh:") {
    throw new Error("ccci does not speak ssh: forward the socket (ssh -L /tmp/docker.sock:/var/run/docker.sock HOST) and name that as unix:///tmp/docker.sock")
  }
  if (url === null || url.hostname === "" || !["tcp:", "http:", "https:"].includes(url.protocol)) {
    throw new Error(`${JSON.stringify(endpoint)} is no endpoint: unix:///path/to/socket or tcp://host:port is one`)
  }
  const tls = url.protocol === "https:" || certificates !== undefined
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1")
  const port = url.port === "" ? (tls ? 2376 : 2375) : Number(url.port)
  if (!tls) return { request: (options) => http.request({ ...options, host, port }) }
  const pem = (name: string) => (certificates === undefined ? undefined : readFileSync(`${certificates}/${name}.pem`))
  const keys = { ca: pem("ca"), cert: pem("cert"), key: pem("key"), rejectUnauthorized: verify ?? true }
  return { request: (options) => https.request({ ...options, ...keys, host, port }) }
}

/** Sends calls to one endpoint; an answer's connection is closed with the scope. `path` has the version in front. */
export const connect = (options: EndpointOptions) => {
  const target = Effect.runSync(
    Effect.cached(Effect.try({ try: () => targetOf(options), catch: (error) => (error instanceof Error ? error : new Error(String(error))) }))
  )
  return (call: Call, path: string): Effect.Effect<http.IncomingMessage, DockerError, Scope.Scope> =>
    target.pipe(
      Effect.mapError((error) => failed(call, "unreachable", error.message)),
      Effect.flatMap((to) =>
        Effect.acquireRelease(exchange(options.endpoint, to, call, path), (response) => Effect.sync(() => response.destroy()), { interruptible: true })
      )
    )
}

/** From the request to the head of its answer. */
const exchange = (endpoint: string, target: Target, call: Call, path: string) =>
  Effect.callback<http.IncomingMessage, DockerError>((resume) => {
    const text = call.body === undefined ? undefined : JSON.stringify(call.body)
    const headers = {
      ...(text === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }),
      ...(call.upload === undefined ? {} : { "Content-Type": "application/x-tar", Expect: "100-continue" })
    }
    const request = target.request({ method: call.method ?? "GET", path, headers, agent: false })
    const idle = () => Object.assign(new Error(`nothing came or went for ${(call.idleLimit ?? 0) / 1000} s`), { code: idleCode })
    request.on("error", (error) => resume(Effect.fail(connectionError(endpoint, call, error))))
    request.on("response", (response) => {
      // Whoever reads the body listens for himself; this one keeps an abandoned body from ending the process.
      response.on("error", () => {})
      if (call.idleLimit !== undefined) response.setTimeout(call.idleLimit, () => response.destroy(idle()))
      resume(Effect.succeed(response))
    })
    if (call.idleLimit !== undefined) request.setTimeout(call.idleLimit, () => request.destroy(idle()))
    // A refusal comes instead of `continue`: then nothing is sent, and the refusal is not lost in a broken pipe.
    const { upload } = call
    if (upload === undefined) request.end(text)
    else {
      request.on("continue", () => {
        const source = upload()
        source.on("error", (error) => request.destroy(Object.assign(error, { code: fileCode })))
        source.pipe(request)
      })
    }
    return Effect.sync(() => request.destroy())
  })

/** An error of a body, while it was read. */
const bodyError = (call: Call, error: unknown): DockerError =>
  error instanceof Error && codeOf(error) === idleCode
    ? failed(call, "timeout", error.message)
    : failed(call, "protocol", `the connection was cut in the middle of the answer (${error instanceof Error ? error.message : String(error)})`)

/** The whole body; more bytes than `limit` are `invalid`. */
export const readAll = (call: Call, response: http.IncomingMessage, limit: number): Effect.Effect<Buffer, DockerError> =>
  Effect.callback((resume) => {
    const chunks: Array<Buffer> = []
    let size = 0
    response.on("data", (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else resume(Effect.fail(failed(call, "invalid", `the answer has more than ${limit >> 20} MiB`)))
    })
    response.on("end", () => resume(Effect.succeed(Buffer.concat(chunks))))
    response.on("error", (error) => resume(Effect.fail(bodyError(call, error))))
    response.on("close", () => resume(Effect.fail(bodyError(call, "closed"))))
  })

/** The body as it comes. */
export const chunks = (call: Call, response: http.IncomingMessage): Stream.Stream<Uint8Array, DockerError> => {
  const bytes: AsyncIterable<Uint8Array> = response
  return Stream.fromAsyncIterable(bytes, (error) => bodyError(call, error))
}

/** The body's lines, as they come. */
export const lines = (call: Call, response: http.IncomingMessage) => chunks(call, response).pipe(Stream.decodeText(), Stream.splitLines)

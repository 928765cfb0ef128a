/** The laws of {@link Http}: what health checks, probes and functional tests rest on (HEALTH-3, HEALTH-4). */
import { assert, describe } from "@effect/vitest"
import { Clock, Context, Effect, Fiber, Option } from "effect"
import type { Layer } from "effect"
import { Http } from "../../src/services/Http.ts"
import type { HttpRequest } from "../../src/services/Http.ts"
import { errorOf, lawsOf } from "../support/contract.ts"

/**
 * Who answers for `https://app.example.test` at `gateway`, with a certificate that nobody knows:
 *
 *     /hello      200, header `X-Law: one`, twice `Set-Cookie`, body `hello`
 *     /echo       200, as JSON `{ method, host, sni, path, body, headers }` of the request
 *     /redirect   302 to `/hello`
 *     /missing    404, body `nothing here`
 *     /big        200, a body of 3 MiB of `x`
 *     /silent     never answers
 *     /cut        the head of an answer with more body than comes; then the connection is reset
 *     /reset      the connection is reset before any answer
 *
 * `plain` accepts and speaks no HTTP and no TLS; at `closed` nobody listens.
 */
export class Origin extends Context.Service<
  Origin,
  {
    readonly gateway: { readonly address: string; readonly port: number }
    readonly plain: { readonly address: string; readonly port: number }
    readonly closed: { readonly address: string; readonly port: number }
  }
>()("ccci/test/Origin") {}

const get = (path: string, more: Partial<HttpRequest> = {}) =>
  Effect.gen(function* () {
    const { gateway } = yield* Origin
    const http = yield* Http
    return yield* http.request({ url: `https://app.example.test${path}`, connect: Option.some(gateway), timeLimit: "5 seconds", ...more })
  })

export const httpContract = <E>(name: string, layer: Layer.Layer<Http | Origin, E>) =>
  describe(`Http contract: ${name}`, () => {
    const law = lawsOf(layer)

    law(
      "HEALTH-3: the gateway is asked by the app's name, and its certificate need not verify",
      Effect.gen(function* () {
        const answer = yield* get("/hello")
        assert.deepStrictEqual([answer.status, answer.body, answer.headers["x-law"]], [200, "hello", "one"])
        assert.strictEqual(answer.headers["set-cookie"], "a=1, b=2")
      })
    )

    law(
      "HEALTH-3: the URL's host is SNI and Host, path and query go as written, and nothing of our tracing goes along",
      Effect.gen(function* () {
        const seen = JSON.parse((yield* get("/echo?a=b%20c")).body)
        assert.deepStrictEqual([seen.method, seen.host, seen.sni, seen.path, seen.body], ["GET", "app.example.test", "app.example.test", "/echo?a=b%20c", ""])
        assert.deepStrictEqual(
          Object.keys(seen.headers).filter((header) => /^(traceparent|b3|x-b3|cookie|authorization|accept-encoding)/.test(header)),
          []
        )
      })
    )

    law(
      "method, headers and body are the caller's",
      Effect.gen(function* () {
        const seen = JSON.parse((yield* get("/echo", { method: "POST", headers: { "X-Law": "two", "Content-Type": "text/plain" }, body: "grüße" })).body)
        assert.deepStrictEqual([seen.method, seen.body, seen.headers["x-law"], seen.headers["content-type"]], ["POST", "grüße", "two", "text/plain"])
      })
    )

    law(
      "HEALTH-3: a redirect is an answer, and is not followed here",
      Effect.gen(function* () {
        const answer = yield* get("/redirect")
        assert.deepStrictEqual([answer.status, answer.headers["location"]], [302, "/hello"])
      })
    )

    law(
      "a status of failure is an answer too, with its body",
      Effect.gen(function* () {
        const answer = yield* get("/missing")
        assert.deepStrictEqual([answer.status, answer.body], [404, "nothing here"])
      })
    )

    law(
      "a body is read up to its limit, 1 MiB where none is given",
      Effect.gen(function* () {
        assert.strictEqual((yield* get("/big")).body.length, 2 ** 20)
        assert.strictEqual((yield* get("/big", { bodyLimit: 10 })).body, "xxxxxxxxxx")
        assert.strictEqual((yield* get("/hello", { bodyLimit: 5 })).body, "hello")
      })
    )

    law(
      "a certificate that must verify, and does not, is a tls error",
      Effect.gen(function* () {
        const error = yield* errorOf(get("/hello", { verify: true }))
        assert.strictEqual(error.reason, "tls")
        assert.include(error.message, "https://app.example.test/hello")
      })
    )

    law(
      "HEALTH-5: no answer within the limit is a timeout",
      Effect.gen(function* () {
        const from = yield* Clock.currentTimeMillis
        assert.strictEqual((yield* errorOf(get("/silent", { timeLimit: "300 millis" }))).reason, "timeout")
        const took = (yield* Clock.currentTimeMillis) - from
        assert.isTrue(took >= 290 && took < 5_000, `${took} ms`)
      })
    )

    law(
      "an interrupt ends the request at once",
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(get("/silent", { timeLimit: "1 hour" }))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
      })
    )

    law(
      "a connection that breaks is a reset, before the answer or in its middle",
      Effect.gen(function* () {
        assert.strictEqual((yield* errorOf(get("/reset"))).reason, "reset")
        assert.strictEqual((yield* errorOf(get("/cut"))).reason, "reset")
      })
    )

    law(
      "nobody listens: refused; no such name: name; no URL: other",
      Effect.gen(function* () {
        const { closed } = yield* Origin
        assert.strictEqual((yield* errorOf(get("/hello", { connect: Option.some(closed) }))).reason, "refused")
        assert.strictEqual((yield* errorOf(get("/hello", { url: "https://app.invalid/", connect: Option.none(), timeLimit: "25 seconds" }))).reason, "name")
        assert.strictEqual((yield* errorOf(get("/hello", { url: "nonsense" }))).reason, "other")
      })
    )

    law(
      "what does not speak HTTP: a tls error over https, a protocol error over http",
      Effect.gen(function* () {
        const { plain } = yield* Origin
        assert.strictEqual((yield* errorOf(get("/hello", { connect: Option.some(plain) }))).reason, "tls")
        assert.strictEqual((yield* errorOf(get("/hello", { url: "http://app.example.test/", connect: Option.some(plain) }))).reason, "protocol")
      })
    )

    law(
      "HEALTH-4: connect tells whether somebody listens",
      Effect.gen(function* () {
        const { plain, gateway, closed } = yield* Origin
        const http = yield* Http
        yield* http.connect({ host: plain.address, port: plain.port, timeLimit: "5 seconds" })
        yield* http.connect({ host: gateway.address, port: gateway.port, timeLimit: "5 seconds" })
        const error = yield* errorOf(http.connect({ host: closed.address, port: closed.port, timeLimit: "5 seconds" }))
        assert.strictEqual(error.reason, "refused")
        assert.include(error.message, `${closed.address}:${closed.port}`)
      })
    )
  })

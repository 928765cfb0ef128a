import { once } from "node:events"
import * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import * as tls from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as Live from "../../src/layers/live/Http.ts"
import { Http } from "../../src/services/Http.ts"
import { httpContract, Origin } from "../contracts/http.ts"
import { certificate, key } from "../support/certificate.ts"
import { errorOf } from "../support/contract.ts"

const answers: Readonly<Record<string, (request: http.IncomingMessage, response: http.ServerResponse) => void>> = {
  "/hello": (_, response) =>
    response
      .writeHead(
        200,
        [
          ["X-Law", "one"],
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=2"]
        ].flat()
      )
      .end("hello"),
  "/echo": (request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const { method, url, headers, socket } = request
      const sni = socket instanceof tls.TLSSocket && "servername" in socket ? socket.servername : ""
      response.end(JSON.stringify({ method, host: headers.host, sni, path: url, body: Buffer.concat(chunks).toString(), headers }))
    })
  },
  "/redirect": (_, response) => response.writeHead(302, { Location: "/hello" }).end(),
  "/missing": (_, response) => response.writeHead(404).end("nothing here"),
  "/big": (_, response) => response.end("x".repeat(3 * 2 ** 20)),
  "/silent": () => {},
  "/cut": (_, response) => {
    response.writeHead(200, { "Content-Length": "100" })
    response.write("half", () => response.socket?.destroy())
  },
  "/reset": (request) => request.socket.destroy()
}

/** Listens on a port of the kernel's choice until the scope closes; connections that are open then are cut. */
const listening = (server: net.Server) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(async () => {
        const sockets = new Set<net.Socket>()
        server.on("connection", (socket: net.Socket) => sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => {})))
        server.listen(0, "127.0.0.1")
        await once(server, "listening")
        return sockets
      }),
      (sockets) =>
        Effect.promise(async () => {
          const closed = once(server, "close")
          server.close()
          for (const socket of sockets) socket.destroy()
          await closed
        })
    ),
    () => {
      const address = server.address()
      return { address: "127.0.0.1", port: typeof address === "object" && address !== null ? address.port : 0 }
    }
  )

const origin = Layer.effect(
  Origin,
  Effect.gen(function* () {
    const gateway = yield* listening(
      https.createServer({ cert: certificate, key }, (request, response) => answers[(request.url ?? "").split("?")[0] ?? ""]?.(request, response))
    )
    const plain = yield* listening(net.createServer((socket) => socket.once("data", () => socket.end("no web here\r\n\r\n"))))
    const closed = yield* Effect.scoped(listening(net.createServer()))
    return { gateway, plain, closed }
  })
)

const live = Layer.merge(Live.layer, origin)

httpContract("live", live)

describe("Http, live", () => {
  it.live("HEALTH-3: where the site says that its certificate must verify, one that does is taken, for its own name only", () =>
    Effect.gen(function* () {
      const { gateway } = yield* Origin
      const { request } = yield* Http
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          const before = tls.getCACertificates("default")
          tls.setDefaultCACertificates([...before, certificate])
          return before
        }),
        (before) => Effect.sync(() => tls.setDefaultCACertificates(before))
      )
      const asked = { connect: Option.some(gateway), verify: true, timeLimit: "5 seconds" } as const
      assert.strictEqual((yield* request({ ...asked, url: "https://app.example.test/hello" })).status, 200)
      assert.strictEqual((yield* errorOf(request({ ...asked, url: "https://other.example.test/hello" }))).reason, "tls")
    }).pipe(Effect.provide(live))
  )
})

/** What an engine that is ill, strange or gone does to the live client: a stand-in on a socket of its own plays it. */
import { once } from "node:events"
import * as fs from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Fiber, Queue, Stream } from "effect"
import { layer } from "../../src/layers/live/docker/Docker.ts"
import type { DockerOptions } from "../../src/layers/live/docker/Docker.ts"
import { Docker, subscribed } from "../../src/services/Docker.ts"
import { certificate, key } from "../support/certificate.ts"
import { errorOf } from "../support/contract.ts"
import { temporaryDirectory } from "../support/temporary.ts"

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void

/** Serves on a socket in a directory of its own; `/_ping` is answered, everything else by `answer`. */
const standIn = Effect.fnUntraced(function* (answer: Answer, apiVersion = "1.41") {
  const directory = yield* temporaryDirectory
  const seen: Array<string> = []
  const handle: Answer = (request, response) => {
    seen.push(`${request.method} ${request.url}`)
    if (request.url === "/_ping") response.writeHead(200, { "Api-Version": apiVersion }).end("OK")
    else answer(request, response)
  }
  const server = http.createServer(handle).on("checkContinue", handle)
  yield* Effect.acquireRelease(
    Effect.promise(async () => once(server.listen(`${directory}/docker.sock`), "listening")),
    () =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  )
  return { endpoint: `unix://${directory}/docker.sock`, directory, seen }
})

/** Uses the live client of an endpoint. */
const using = <A, E, R>(options: DockerOptions, use: (docker: Docker["Service"]) => Effect.Effect<A, E, R>) =>
  Effect.provide(Effect.flatMap(Docker, use), layer({ requestTimeLimit: "2 seconds", ...options }))

const frame = (stream: number, text: string, length = Buffer.byteLength(text)) => {
  const head = Buffer.alloc(8)
  head[0] = stream
  head.writeUInt32BE(length, 4)
  return Buffer.concat([head, Buffer.from(text)])
}

describe("Docker, live: an engine that is ill, strange or gone", () => {
  it.live("nothing is connected to before the first call, and an engine that is not there is unreachable, in words that say what to do", () =>
    Effect.gen(function* () {
      const none = yield* using({ endpoint: "unix:///nowhere/docker.sock" }, ({ nodes }) => errorOf(nodes))
      assert.strictEqual(none.reason, "unreachable")
      assert.include(none.message, "DOCKER_HOST")
      assert.strictEqual((yield* using({ endpoint: "tcp://127.0.0.1:1" }, ({ events }) => errorOf(Stream.runDrain(events)))).reason, "unreachable")
      const ssh = yield* using({ endpoint: "ssh://host" }, ({ nodes }) => errorOf(nodes))
      assert.include(ssh.message, "forward the socket")
      assert.strictEqual((yield* using({ endpoint: "nonsense" }, ({ nodes }) => errorOf(nodes))).reason, "unreachable")
      const both = { endpoint: "unix:///nowhere", others: { n1: "unix:///elsewhere" } }
      const other = yield* using(both, ({ others }) =>
        errorOf(
          Effect.fromNullishOr(others.get("n1")).pipe(
            Effect.orDie,
            Effect.flatMap(({ volumes }) => volumes)
          )
        )
      )
      assert.include(other.message, "unix:///elsewhere")
    })
  )

  it.live("the API version is the older one of both sides', asked for once; too old an engine is refused with words", () =>
    Effect.gen(function* () {
      for (const [offered, spoken] of [
        ["1.41", "/v1.41/nodes"],
        ["1.53", "/v1.47/nodes"]
      ] as const) {
        const { endpoint, seen } = yield* standIn((_, response) => response.end("[]"), offered)
        yield* using({ endpoint }, ({ nodes }) => Effect.andThen(nodes, nodes))
        assert.deepStrictEqual(seen, ["GET /_ping", `GET ${spoken}`, `GET ${spoken}`])
      }
      const old = yield* standIn((_, response) => response.end("[]"), "1.40")
      assert.include((yield* using({ endpoint: old.endpoint }, ({ nodes }) => errorOf(nodes))).message, "20.10")
      const other = yield* standIn((_, response) => response.end("[]"), "")
      assert.strictEqual((yield* using({ endpoint: other.endpoint }, ({ nodes }) => errorOf(nodes))).reason, "protocol")
    })
  )

  it.live("no answer within the limit is a timeout; answers that are cut, or are not the API, are protocol errors", () =>
    Effect.gen(function* () {
      const { endpoint, directory } = yield* standIn((request, response) => {
        if (request.url?.includes("/nodes")) return
        if (request.url?.includes("/secrets")) return void request.socket.destroy()
        if (request.url?.includes("/volumes")) return void response.end("<html>")
        if (request.url?.includes("/configs")) return void response.end('[{"ID": 5}]')
        response.writeHead(200, { "Content-Length": 1000 })
        response.write(" ".repeat(100), () => request.socket.destroy())
      })
      yield* using({ endpoint, requestTimeLimit: "300 millis" }, (docker) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* errorOf(docker.nodes)).reason, "timeout")
          for (const call of [docker.secrets, docker.volumes, docker.configs, docker.networks]) assert.strictEqual((yield* errorOf(call)).reason, "protocol")
          assert.strictEqual((yield* errorOf(docker.archiveToFile("c", "/x", `${directory}/x.tar`))).reason, "protocol")
          assert.deepStrictEqual(fs.readdirSync(directory), ["docker.sock"], "half an archive is not left")
        })
      )
    })
  )

  it.live("EXEC-2: output that ends in the middle of a frame is a protocol error; too much of it is invalid; a character may be split between frames", () =>
    Effect.gen(function* () {
      const bodies: Readonly<Record<string, Buffer>> = {
        cut: frame(1, "half", 100),
        head: frame(1, "x").subarray(0, 5),
        big: frame(1, "x".repeat(17 * 2 ** 20)),
        terminal: Buffer.from("no frames here")
      }
      const split = Buffer.from("ü")
      const halves = Buffer.concat([frame(1, "gr"), frame(2, "err"), ...[0, 1].map((at) => Buffer.concat([frame(1, "", 1), split.subarray(at, at + 1)]))])
      const { endpoint } = yield* standIn((request, response) => {
        const name = request.url?.split("/")[3] ?? ""
        response.end(name === "halves" ? halves : bodies[name])
      })
      yield* using({ endpoint }, (docker) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* docker.execStart("halves", "5 seconds"), { stdout: "grü", stderr: "err" })
          assert.deepStrictEqual(yield* docker.execStart("terminal", "5 seconds"), { stdout: "no frames here", stderr: "" })
          for (const name of ["cut", "head"]) assert.strictEqual((yield* errorOf(docker.execStart(name, "5 seconds"))).reason, "protocol", name)
          assert.strictEqual((yield* errorOf(docker.execStart("big", "5 seconds"))).reason, "invalid")
        })
      )
    })
  )

  it.live("events: `subscribed` comes with the head of the answer, a line may come in pieces, and the stream's end is an error", () =>
    Effect.gen(function* () {
      const { endpoint, seen: calls } = yield* standIn((_, response) => {
        response.flushHeaders()
        response.write('{"Type":"service","Action":"create","Actor":{"ID":"s1","Attri')
        setImmediate(() => response.end('butes":{"name":"x"}}}\n{"Type":"new","status":"?"}\n'))
      })
      const seen: Array<unknown> = []
      const from = yield* Clock.currentTimeMillis
      const error = yield* using({ endpoint }, ({ events }) => errorOf(Stream.runForEach(events, (event) => Effect.sync(() => seen.push(event)))))
      assert.deepStrictEqual(seen, [
        subscribed,
        { type: "service", action: "create", id: "s1", attributes: { name: "x" } },
        { type: "new", action: "", id: "", attributes: {} }
      ])
      assert.strictEqual(error.reason, "protocol")
      const since = Number(/since=([0-9.]+)$/.exec(calls[1] ?? "")?.[1]) * 1000
      assert.isTrue(
        since >= from && since <= (yield* Clock.currentTimeMillis),
        "the engine sends the head before it subscribes: it is asked for what came between"
      )
    })
  )

  it.live(
    "an interrupt closes the connection of exactly that call, before the head of its answer and after it",
    () =>
      Effect.gen(function* () {
        const closed = yield* Queue.unbounded<string>()
        const arrived = yield* Queue.unbounded<string>()
        const { endpoint } = yield* standIn((request, response) => {
          const name = request.url?.split("/")[2]?.split("?")[0] ?? ""
          response.on("close", () => Queue.offerUnsafe(closed, name))
          if (name === "events") response.flushHeaders()
          Queue.offerUnsafe(arrived, name)
        })
        yield* using({ endpoint, requestTimeLimit: "20 seconds" }, (docker) =>
          Effect.gen(function* () {
            const subscription = yield* Deferred.make<void>()
            const events = yield* Effect.forkScoped(Stream.runForEach(docker.events, () => Deferred.succeed(subscription, undefined)))
            yield* Deferred.await(subscription)
            yield* Queue.take(arrived)
            const nodes = yield* Effect.forkScoped(docker.nodes)
            const exec = yield* Effect.forkScoped(docker.execStart("x", "20 seconds"))
            yield* Queue.takeN(arrived, 2)
            yield* Fiber.interrupt(events)
            assert.strictEqual(yield* Queue.take(closed), "events")
            yield* Fiber.interrupt(exec)
            assert.strictEqual(yield* Queue.take(closed), "exec")
            assert.isUndefined(nodes.pollUnsafe())
          })
        )
      }),
    10_000
  )

  it.live("an archive is written with mode 0600, a refused one sends nothing, and a stalled one is a timeout", () =>
    Effect.gen(function* () {
      let received = 0
      const { endpoint, directory } = yield* standIn((request, response) => {
        if (request.method === "PUT") {
          request.on("data", (chunk: Buffer) => (received += chunk.length))
          if (request.url?.includes("refuses")) return void response.writeHead(404, { Connection: "close" }).end('{"message":"No such container: refuses"}')
          response.writeContinue()
          return void request.on("end", () => response.end())
        }
        if (request.url?.includes("stalls")) return void response.write("x")
        response.end("archive")
      })
      yield* using({ endpoint, requestTimeLimit: "300 millis" }, (docker) =>
        Effect.gen(function* () {
          yield* docker.archiveToFile("c", "/x", `${directory}/x.tar`)
          assert.strictEqual(fs.readFileSync(`${directory}/x.tar`, "utf8"), "archive")
          assert.strictEqual(fs.statSync(`${directory}/x.tar`).mode & 0o777, 0o600)
          assert.strictEqual((yield* errorOf(docker.archiveFromFile("refuses", "/", `${directory}/x.tar`))).reason, "notFound")
          assert.strictEqual(received, 0)
          yield* docker.archiveFromFile("takes", "/", `${directory}/x.tar`)
          assert.strictEqual(received, "archive".length)
          assert.strictEqual((yield* errorOf(docker.archiveToFile("stalls", "/x", `${directory}/y.tar`))).reason, "timeout")
          assert.isFalse(fs.existsSync(`${directory}/y.tar`))
          assert.strictEqual((yield* errorOf(docker.archiveFromFile("takes", "/", directory))).reason, "file")
        })
      )
    })
  )

  it.live("DEP-10: a pull's failure may come in the stream after HTTP 200", () =>
    Effect.gen(function* () {
      const { endpoint, seen } = yield* standIn((_, response) =>
        response.end('{"status":"Pulling"}\r\n{"errorDetail":{"message":"manifest unknown"},"error":"manifest unknown"}\r\n')
      )
      const error = yield* using({ endpoint }, ({ pull }) => errorOf(pull("registry.example/a/b", "5 seconds")))
      assert.deepStrictEqual([error._tag, error.reason], ["PullError", "missing"])
      assert.include(seen[1], "tag=latest")
      assert.strictEqual((yield* using({ endpoint }, ({ execExitCode }) => errorOf(execExitCode("x")))).reason, "protocol")
    })
  )

  it.live("TLS over tcp, with the client's certificate; one of the engine that does not verify is refused", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      for (const [name, text] of [
        ["ca", certificate],
        ["cert", certificate],
        ["key", key]
      ] as const)
        fs.writeFileSync(`${directory}/${name}.pem`, text)
      const server = https.createServer({ cert: certificate, key, ca: certificate, requestCert: true, rejectUnauthorized: true }, (request, response) =>
        request.url === "/_ping" ? response.writeHead(200, { "Api-Version": "1.41" }).end() : response.end("[]")
      )
      yield* Effect.acquireRelease(
        Effect.promise(async () => once(server.listen(0, "127.0.0.1"), "listening")),
        () => Effect.sync(() => server.close())
      )
      const address = server.address()
      const endpoint = `tcp://127.0.0.1:${typeof address === "object" ? address?.port : ""}`
      assert.deepStrictEqual(yield* using({ endpoint, certificates: directory, verify: false }, ({ nodes }) => nodes), [])
      const error = yield* using({ endpoint, certificates: directory }, ({ nodes }) => errorOf(nodes))
      assert.strictEqual(error.reason, "unreachable")
      assert.include(error.message, "TLS")
      assert.strictEqual((yield* using({ endpoint, certificates: "/nowhere" }, ({ nodes }) => errorOf(nodes))).reason, "unreachable")
    })
  )
})

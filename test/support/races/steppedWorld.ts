/**
 * The live world but for two things. An app behind no gateway answers 200. And at the points named in CCCI_TEST_HOLD the process says `at <point> <subject>`
 * on stderr and waits, before the call is made, for a line on stdin: `go <point>` lets those pass that have come so far, `free <point>` also all that come
 * later. So a test holds any window open for exactly as long as it wants. `pong` answers `ping`: signals sent before that have been seen.
 */
import { Deferred, Effect, Layer } from "effect"
import * as readline from "node:readline"
import { world } from "../../../src/layers/live.ts"
import { Abra } from "../../../src/services/Abra.ts"
import type { WorldOptions } from "../../../src/services/Backend.ts"
import { Docker } from "../../../src/services/Docker.ts"
import { Http } from "../../../src/services/Http.ts"
import { Lock } from "../../../src/services/Lock.ts"
import type { Point } from "./points.ts"

const held = new Set((process.env["CCCI_TEST_HOLD"] ?? "").split(" "))
const waiting: Array<{ readonly point: string; readonly go: Deferred.Deferred<void> }> = []

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [order, point = ""] = line.split(" ")
  if (order === "ping") process.stderr.write("pong\n")
  if (order === "free") held.delete(point)
  for (const one of waiting.splice(0)) {
    if (one.point === point) Deferred.doneUnsafe(one.go, Effect.void)
    else waiting.push(one)
  }
})

const before = <A, E, R>(point: Point, subject: string, call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    if (held.has(point)) {
      const go = yield* Deferred.make<void>()
      waiting.push({ point, go })
      process.stderr.write(`at ${point} ${subject}\n`)
      yield* Deferred.await(go)
    }
    return yield* call
  })

const steppedLock = Layer.effect(
  Lock,
  Effect.map(Lock, (lock) => ({
    ...lock,
    tryLock: (file) => before("lock.tryLock", file.path, lock.tryLock(file)),
    unlink: (path) => before("lock.unlink", path, lock.unlink(path)),
    close: (file) => before("lock.close", file.path, lock.close(file))
  }))
)

const steppedDocker = Layer.effect(
  Docker,
  Effect.map(Docker, (docker) => ({
    ...docker,
    removeService: (id) => before("docker.removeService", id, docker.removeService(id)),
    removeNetwork: (id) => before("docker.removeNetwork", id, docker.removeNetwork(id)),
    removeSecret: (id) => before("docker.removeSecret", id, docker.removeSecret(id)),
    removeVolume: (name) => before("docker.removeVolume", name, docker.removeVolume(name))
  }))
)

const steppedAbra = Layer.effect(
  Abra,
  Effect.map(Abra, (abra) => ({
    ...abra,
    newApp: (recipe, domain) => before("abra.newApp", domain, abra.newApp(recipe, domain)),
    deploy: (domain, version, timeLimit) => before("abra.deploy", domain, abra.deploy(domain, version, timeLimit))
  }))
)

const answering = Layer.succeed(Http, {
  request: ({ url }) => before("http.request", url, Effect.succeed({ status: 200, headers: {}, body: "" })),
  connect: () => Effect.void
})

/** The live world with its steps. */
export const steppedWorld = (options: WorldOptions) => Layer.provideMerge(Layer.mergeAll(steppedLock, steppedDocker, steppedAbra, answering), world(options))

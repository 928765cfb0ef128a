/** What the simulated swarm does beyond the engine's contract: traps that were measured on real ones, and that programs must not fall into. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { advance, runToEnd } from "../../src/layers/simulated.ts"
import type { Process } from "../../src/layers/simulated/kernel/processes.ts"
import { goOn } from "../../src/layers/simulated/seam.ts"
import type { Image } from "../../src/layers/simulated/swarm/images.ts"
import { addressesInUse, createNetwork } from "../../src/layers/simulated/swarm/objects.ts"
import { createService, updateService } from "../../src/layers/simulated/swarm/services.ts"
import { makeSpec } from "../../src/layers/simulated/swarm/spec.ts"
import type { TaskTemplate, UpdatePolicy } from "../../src/layers/simulated/swarm/spec.ts"
import { dockerLayer } from "../../src/layers/simulated/views/Docker.ts"
import { World } from "../../src/layers/simulated/World.ts"
import type { WorldOptions } from "../../src/layers/simulated/World.ts"
import { Docker } from "../../src/services/Docker.ts"
import type { DockerError } from "../../src/services/Docker.ts"
import { unwrapped } from "../support/unwrapped.ts"

const images: Readonly<Record<string, Image>> = { good: {}, bad: { start: () => ({ _tag: "Ends", after: 100, code: 1 }) } }

const worldOf = (options: WorldOptions["swarm"] = {}) => new World({ swarm: { images, ...options } })

/** Asks the engine as a process of the world does. */
const ask = <A>(world: World, program: (docker: Docker["Service"]) => Effect.Effect<A, DockerError>): A =>
  unwrapped(runToEnd(world, { name: "client" }, (process: Process) => Effect.flatMap(Docker, program).pipe(Effect.provide(dockerLayer(world, process)))))

const service = (
  world: World,
  name: string,
  template: Partial<TaskTemplate>,
  more: { mode?: "global"; replicas?: number; update?: Partial<UpdatePolicy> } = {}
) => unwrapped(createService(world.swarm, makeSpec({ name, template: { image: "good", ...template }, ...more })))

const network = (world: World, name: string, subnet?: string) => unwrapped(createNetwork(world.swarm, name, {}, subnet === undefined ? {} : { subnet }))

const states = (world: World) => [...world.swarm.tasks.values()].map(({ state }) => state)

/** ms until something holds, looked at every 10 ms. */
const until = (world: World, holds: () => boolean, limit = 60_000): number => {
  const start = world.now
  while (!holds() && world.now - start < limit) advance(world, 10)
  return world.now - start
}

describe("swarm, as measured", () => {
  it("a service runs about a second after its creation", () => {
    const world = worldOf()
    service(world, "web", {})
    const took = until(world, () => states(world).includes("running"))
    assert.isTrue(took > 500 && took < 1500, `${took} ms`)
  })

  it("removal: service at once, container stopped after the executor's 2 s, tasks = 0 half a second later, container gone 2.1 s after that", () => {
    const world = worldOf()
    const id = service(world, "web", {})
    advance(world, 5000)
    ask(world, (docker) => docker.removeService(id))
    assert.strictEqual(world.swarm.services.size, 0)
    const stopped = until(world, () => [...world.swarm.containers.values()].every(({ state }) => state === "exited"))
    const forgotten = until(world, () => world.swarm.tasks.size === 0)
    const released = until(world, () => world.swarm.containers.size === 0)
    assert.isTrue(stopped >= 2200 && stopped <= 3400, `stopped after ${stopped}`)
    assert.isTrue(forgotten >= 400 && forgotten <= 700, `forgotten after ${forgotten}`)
    assert.isTrue(released >= 2000 && released <= 2200, `released after ${released}`)
  })

  it("TEAR-1: a network removed before the containers are gone leaks an address of every other network of theirs; the good order leaks none", () => {
    for (const [wait, leaked] of [
      [false, 2],
      [true, 0]
    ] as const) {
      const world = worldOf()
      const proxy = network(world, "proxy", "10.0.0.0/28")
      const own = network(world, "own")
      const id = service(world, "web", { networks: [proxy, own] }, { replicas: 2 })
      advance(world, 5000)
      ask(world, (docker) => docker.removeService(id))
      until(world, () => world.swarm.tasks.size === 0)
      if (wait) until(world, () => world.swarm.containers.size === 0)
      ask(world, (docker) => docker.removeNetwork(own))
      advance(world, 10_000)
      const shared = world.swarm.networks.get(proxy)
      assert.strictEqual(shared === undefined ? -1 : addressesInUse(world.swarm, shared), leaked)
    }
  })

  it("a task that gets no address hangs in preparing, and says nothing; it goes on when one is free", () => {
    const world = worldOf()
    const small = network(world, "small", "10.0.0.0/30")
    const first = service(world, "one", { networks: [small] })
    advance(world, 3000)
    service(world, "two", { networks: [small] })
    advance(world, 60_000)
    const hanging = [...world.swarm.tasks.values()].find(({ service: { name } }) => name === "two")
    assert.deepStrictEqual([hanging?.state, hanging?.error], ["preparing", ""])
    ask(world, (docker) => docker.removeService(first))
    advance(world, 10_000)
    assert.strictEqual(hanging?.state, "running")
  })

  it("start-first with a host-mode port is `updating` for ever; the pending task says why", () => {
    const world = worldOf()
    const id = service(world, "web", { hostPorts: [64738] }, { update: { order: "start-first" } })
    advance(world, 3000)
    const version = world.swarm.services.get(id)?.version ?? 0
    const template = { image: "good", hostPorts: [64738], env: ["CHANGED=1"] }
    unwrapped(updateService(world.swarm, id, version, makeSpec({ name: "web", template, update: { order: "start-first" } })))
    advance(world, 600_000)
    const [after] = ask(world, (docker) => docker.services())
    assert.deepStrictEqual(after?.updateState, Option.some("updating"))
    const pending = [...world.swarm.tasks.values()].find(({ state }) => state === "pending")
    assert.include(pending?.error ?? "", "host-mode port already in use")
  })

  it("a constraint that no node meets keeps the task pending, and says so", () => {
    const world = worldOf()
    service(world, "web", { unsatisfiable: true })
    advance(world, 60_000)
    assert.deepStrictEqual(
      [...world.swarm.tasks.values()].map(({ state, error }) => [state, error.includes("not satisfied")]),
      [["pending", true]]
    )
  })

  it("HEALTH-2: `completed` also comes while the new tasks crash, where failure_action is continue", () => {
    const world = worldOf()
    const id = service(world, "web", {})
    advance(world, 3000)
    const [before] = ask(world, (docker) => docker.services())
    ask(world, (docker) => docker.updateService(id, before?.version ?? 0, { name: "web", image: "bad", failureAction: "continue", monitor: "1 second" }))
    advance(world, 30_000)
    const [after] = ask(world, (docker) => docker.services())
    assert.deepStrictEqual([after?.updateState, after?.running], [Option.some("completed"), 0])
  })

  it("TEAR-7: containers and volumes are their node's; the manager does not show a worker's", () => {
    const world = worldOf({ workers: 1 })
    service(world, "web", { volumes: [{ source: "data", target: "/data", labels: {} }] }, { mode: "global" })
    advance(world, 5000)
    const worker = world.swarm.nodes[1]?.id ?? ""
    const seen = unwrapped(
      runToEnd(world, { name: "client" }, (process) =>
        Effect.gen(function* () {
          const docker = yield* Docker
          const other = docker.others.get(worker)
          return [
            (yield* docker.tasks()).length,
            (yield* docker.containers()).length,
            (yield* docker.volumes).length,
            other === undefined ? 0 : (yield* other.volumes).length
          ]
        }).pipe(Effect.provide(dockerLayer(world, process, [worker])))
      )
    )
    assert.deepStrictEqual(seen, [2, 1, 1, 1])
  })

  it("an engine that restarts cuts its streams of events, which is an error of the stream", () => {
    const world = worldOf()
    world.timeline.after(500, undefined, "restart", () => world.swarm.breakStreams())
    const exit = runToEnd(world, { name: "client" }, (process) =>
      Effect.flatMap(Docker, ({ events }) => Stream.runDrain(events)).pipe(Effect.flip, Effect.provide(dockerLayer(world, process)))
    )
    assert.strictEqual(unwrapped(exit).reason, "protocol")
  })

  it("a list that comes late is stale: it was true when the engine was asked", () => {
    const world = worldOf()
    world.driver = { onCall: (call, within) => (call.operation === "list services" ? { _tag: "Late", ms: 5000 } : goOn.onCall(call, within)) }
    const id = service(world, "web", {})
    const seen = ask(world, (docker) =>
      Effect.map(
        Effect.all([docker.services(), Effect.andThen(Effect.sleep("1 second"), docker.removeService(id))], { concurrency: 2 }),
        ([listed]) => listed.length
      )
    )
    assert.deepStrictEqual([seen, world.swarm.services.size], [1, 0])
  })
})

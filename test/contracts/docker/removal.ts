/** What is in use, when it lets go, and in which order things end (TEAR-1, TEAR-2). */
import { assert } from "@effect/vitest"
import { Clock, Effect, Ref, Result } from "effect"
import { Docker, stackLabel } from "../../../src/services/Docker.ts"
import { errorOf } from "../../support/contract.ts"
import { eventually } from "../../support/eventually.ts"
import { containerOf, ownStack, runService, specOf } from "../../support/stack.ts"
import type { Law } from "../docker.ts"

const none = (seen: ReadonlyArray<unknown>) => seen.length === 0

export const removalLaws = (law: Law) => {
  law(
    "TEAR-2: what a service uses is inUse while it runs, and is let go only after its tasks and containers",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const labels = { [stackLabel]: stack }
      const network = yield* docker.createNetwork(`${stack}_net`, labels)
      const secret = yield* docker.createSecret(`${stack}_secret`, "s3cret", labels)
      const config = yield* docker.createConfig(`${stack}_config`, "text", labels)
      const volume = `${stack}_data`
      const id = yield* runService(
        specOf(stack, "web", {
          networks: [network],
          secrets: [{ id: secret, name: `${stack}_secret` }],
          configs: [{ id: config, name: `${stack}_config` }],
          volumes: [{ source: volume, target: "/data", labels }]
        })
      )
      const removals = {
        network: docker.removeNetwork(network),
        secret: docker.removeSecret(secret),
        config: docker.removeConfig(config),
        volume: docker.removeVolume(volume)
      }
      for (const [kind, remove] of Object.entries(removals)) {
        const error = yield* errorOf(remove)
        assert.deepStrictEqual([kind, error.reason], [kind, "inUse"], error.seen)
      }
      yield* docker.removeService(id)
      assert.deepStrictEqual(yield* docker.services(stack), [], "the service is gone at once")
      assert.lengthOf(yield* docker.containers(stack), 1, "its container is not")
      assert.strictEqual((yield* errorOf(docker.removeVolume(volume))).reason, "inUse", "and holds the volume")
      yield* docker.removeSecret(secret)
      yield* docker.removeConfig(config)
      yield* eventually("no tasks", docker.tasks(stack), none)
      yield* eventually("no containers", docker.containers(stack), none)
      // The engine may let go of both a moment after its last container.
      for (const remove of [docker.removeNetwork(network), docker.removeVolume(volume)]) {
        yield* eventually("its removal", Effect.result(remove), (result) => {
          if (Result.isFailure(result)) assert.strictEqual(result.failure.reason, "inUse", result.failure.seen)
          return Result.isSuccess(result)
        })
      }
    })
  )

  law(
    "TEAR-1: tasks of a removed service are listed by label until they ended, and containers on a network outlive them",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const network = yield* docker.createNetwork(`${stack}_net`, { [stackLabel]: stack })
      const id = yield* runService(specOf(stack, "web", { networks: [network] }))
      yield* docker.removeService(id)
      const first = yield* docker.tasks(stack)
      assert.isAbove(first.length, 0, "the tasks are still listed")
      assert.strictEqual((yield* errorOf(docker.currentTasks({ service: id }))).reason, "notFound", "by service they are not")
      // Tasks are read first: the other order can see none of either, and be wrong.
      const outlived = yield* Ref.make(false)
      const both = Effect.gen(function* () {
        const tasks = yield* docker.tasks(stack)
        const containers = yield* docker.containers(stack)
        if (none(tasks) && containers.length > 0) yield* Ref.set(outlived, true)
        return { tasks, containers }
      })
      yield* eventually("neither", both, ({ tasks, containers }) => none(tasks) && none(containers))
      assert.isTrue(yield* Ref.get(outlived), "containers outlive their tasks")
      assert.deepStrictEqual(yield* both, { tasks: [], containers: [] })
    })
  )

  law(
    "TEAR-2: a container that ignores TERM lasts its grace, which kill shortens",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const stubborn = specOf(stack, "web", { command: ["fixture", "stubborn"], stopGrace: "60 seconds" })
      const id = yield* runService(stubborn)
      const container = yield* containerOf(id)
      yield* docker.removeService(id)
      const from = yield* Clock.currentTimeMillis
      yield* docker.killContainer(container)
      yield* eventually("no tasks", docker.tasks(stack), none)
      yield* eventually("no containers", docker.containers(stack), none)
      assert.isBelow((yield* Clock.currentTimeMillis) - from, 30_000)
    })
  )

  law(
    "TEAR-2: what obeys TERM ends long before its grace",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const id = yield* runService(specOf(stack, "web", { stopGrace: "60 seconds" }))
      yield* docker.removeService(id)
      const from = yield* Clock.currentTimeMillis
      yield* eventually("no containers", docker.containers(stack), none)
      assert.isBelow((yield* Clock.currentTimeMillis) - from, 30_000)
    })
  )

  law(
    "TEAR-2: a running container is removed by force; swarm starts another while the service is there",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const id = yield* runService(specOf(stack, "web"))
      const container = yield* containerOf(id)
      yield* docker.removeContainer(container)
      assert.isFalse((yield* docker.containers(stack)).some((one) => one.id === container))
      yield* eventually("another container", docker.containers(stack), (seen) => seen.some((one) => one.state === "running" && one.id !== container))
    })
  )

  law(
    "volumes stay when their service and containers go, with what is in them",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const labels = { [stackLabel]: stack }
      const volumes = [{ source: `${stack}_data`, target: "/data", labels }]
      const first = yield* runService(specOf(stack, "web", { volumes }))
      const write = yield* docker.execCreate(yield* containerOf(first), ["fixture", "write", "/data/note", "kept"])
      yield* docker.execStart(write, "20 seconds")
      yield* docker.removeService(first)
      yield* eventually("no containers", docker.containers(stack), none)
      assert.isTrue((yield* docker.volumes).some(({ name }) => name === `${stack}_data`))
      const second = yield* runService(specOf(stack, "again", { volumes }))
      const read = yield* docker.execCreate(yield* containerOf(second), ["fixture", "read", "/data/note"])
      assert.strictEqual((yield* docker.execStart(read, "20 seconds")).stdout, "kept")
    })
  )
}

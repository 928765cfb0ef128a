/** Services and their tasks, from creation to running, or to failure. */
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Docker, stackLabel } from "../../../src/services/Docker.ts"
import { errorOf, present } from "../../support/contract.ts"
import { eventually } from "../../support/eventually.ts"
import { containerOf, execIn, fixtureImage, missingImage, ownStack, runService, runningTasks, serviceNow, specOf } from "../../support/stack.ts"
import type { Law } from "../docker.ts"

const health = { test: ["CMD", "fixture", "read", "/ready"], interval: "200 millis", retries: 2, startPeriod: "60 seconds" } as const

/** The stack's first task of which `holds` is true, once there is one. */
const taskOf = (stack: string, what: string, holds: (state: string) => boolean) =>
  Effect.gen(function* () {
    const docker = yield* Docker
    const seen = yield* eventually(what, docker.tasks(stack), (tasks) => tasks.some(({ state }) => holds(state)))
    return present(Option.fromUndefinedOr(seen.find(({ state }) => holds(state))), what)
  })

export const serviceLaws = (law: Law) => {
  law(
    "a service is listed with what it was made of, and no update state (HEALTH-2)",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const labels = { [stackLabel]: stack }
      const network = yield* docker.createNetwork(`${stack}_net`, labels)
      const secret = yield* docker.createSecret(`${stack}_secret`, "s3cret", labels)
      const config = yield* docker.createConfig(`${stack}_config`, "text", labels)
      const id = yield* runService(
        specOf(stack, "web", {
          labels: { "law.note": "x" },
          networks: [network],
          secrets: [{ id: secret, name: `${stack}_secret` }],
          configs: [{ id: config, name: `${stack}_config` }],
          replicas: 2,
          restart: "on-failure",
          stopGrace: "3 seconds"
        })
      )
      const service = yield* eventually("2 counted as running", serviceNow(stack, id), ({ running }) => running === 2)
      const { version, image, updateState, ...rest } = service
      assert.isAbove(version, 0)
      assert.isTrue(image === fixtureImage || image.startsWith(`${fixtureImage}@`), image)
      assert.isTrue(Option.isNone(updateState))
      assert.deepStrictEqual(rest, {
        id,
        name: `${stack}_web`,
        labels: { ...labels, "law.note": "x" },
        replicas: 2,
        mode: "replicated",
        running: 2,
        updateMessage: "",
        secrets: [`${stack}_secret`],
        configs: [`${stack}_config`],
        networks: [network],
        restart: "on-failure",
        stopGrace: 3000
      })
      const container = yield* Effect.map(docker.containers(stack), (containers) => containers[0]?.id ?? "")
      assert.deepStrictEqual(yield* execIn(container, "fixture", "read", `/run/secrets/${stack}_secret`), { stdout: "s3cret", stderr: "", exitCode: 0 })
      assert.deepStrictEqual(yield* execIn(container, "fixture", "read", `/${stack}_config`), { stdout: "text", stderr: "", exitCode: 0 })
    })
  )

  law(
    "TEAR-4: by stack means by the exact label, for services, tasks and containers",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const long = `${stack}_more`
      const mine = yield* runService(specOf(stack, "web"))
      yield* Effect.acquireRelease(runService(specOf(long, "web")), (id) => Effect.ignore(docker.removeService(id)))
      assert.deepStrictEqual(
        (yield* docker.services(stack)).map(({ id }) => id),
        [mine]
      )
      const tasks = yield* docker.tasks(stack)
      assert.deepStrictEqual(
        tasks.map(({ serviceId, labels }) => [serviceId, labels[stackLabel]]),
        [[mine, stack]]
      )
      const { nodeId } = yield* docker.info
      assert.deepStrictEqual(
        tasks.map((task) => [task.state, task.desiredState, task.nodeId, task.slot, task.exitCode]),
        [["running", "running", nodeId, 1, Option.none()]]
      )
      const containers = yield* docker.containers(stack)
      assert.deepStrictEqual(
        containers.map(({ labels, state }) => [labels[stackLabel], state]),
        [[stack, "running"]]
      )
      assert.deepStrictEqual(
        containers.map(({ id }) => Option.some(id)),
        tasks.map(({ containerId }) => containerId)
      )
      const everything = yield* Effect.all([docker.services(), docker.tasks(), docker.containers()])
      for (const objects of everything) {
        const found = new Set(objects.map(({ labels }) => labels[stackLabel]))
        assert.isTrue(found.has(stack) && found.has(long), "unfiltered lists show all")
      }
    })
  )

  law(
    "a container tells its task's service and mounts",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const id = yield* runService(specOf(stack, "web", { volumes: [{ source: `${stack}_data`, target: "/data", labels: { [stackLabel]: stack } }] }))
      const container = present(Option.fromUndefinedOr((yield* docker.containers(stack))[0]), "a container")
      assert.strictEqual(container.labels["com.docker.swarm.service.name"], `${stack}_web`)
      assert.strictEqual(container.labels["com.docker.swarm.service.id"], id)
      assert.deepStrictEqual(container.mounts, [{ type: "volume", name: `${stack}_data`, destination: "/data" }])
      assert.isTrue(container.name.startsWith(`${stack}_web.1.`), container.name)
      assert.deepStrictEqual(
        (yield* docker.volumes).filter(({ name }) => name === `${stack}_data`).map(({ labels }) => labels),
        [{ [stackLabel]: stack }]
      )
    })
  )

  law(
    "a service name that is taken is a conflict; a network or secret that is not there refuses the service",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      yield* docker.createService(specOf(stack, "web"))
      assert.strictEqual((yield* errorOf(docker.createService(specOf(stack, "web")))).reason, "conflict")
      const network = yield* errorOf(docker.createService(specOf(stack, "a", { networks: [`${stack}_none`] })))
      assert.strictEqual(network.reason, "notFound", network.seen)
      const secret = yield* errorOf(docker.createService(specOf(stack, "b", { secrets: [{ id: "none", name: `${stack}_none` }] })))
      assert.strictEqual(secret.reason, "notFound")
      assert.lengthOf(yield* docker.services(stack), 1)
    })
  )

  law(
    "HEALTH-1: zero of zero: a service scaled to nothing has no current tasks",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const id = yield* docker.createService(specOf(stack, "web", { replicas: 0 }))
      const service = yield* serviceNow(stack, id)
      assert.deepStrictEqual([service.replicas, service.running], [0, 0])
      assert.deepStrictEqual(yield* docker.currentTasks({ service: id }), [])
    })
  )

  law(
    "HEALTH-1: a one-shot ends as complete with its exit code; another code is failed, and says so",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const good = yield* docker.createService(specOf(stack, "good", { command: ["fixture", "exit", "0"], restart: "none" }))
      const complete = yield* taskOf(stack, "a complete task", (state) => state === "complete")
      assert.deepStrictEqual([complete.serviceId, complete.exitCode, complete.error], [good, Option.some(0), ""])
      const bad = yield* docker.createService(specOf(stack, "bad", { command: ["fixture", "exit", "3"], restart: "none" }))
      const failed = yield* taskOf(stack, "a failed task", (state) => state === "failed")
      assert.deepStrictEqual([failed.serviceId, failed.exitCode], [bad, Option.some(3)])
      assert.include(failed.error, "3")
      assert.isAbove(failed.since, 0)
      assert.strictEqual((yield* serviceNow(stack, good)).running, 0)
    })
  )

  law(
    "a failing task with restart `any` is replaced by a new one in its slot",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      yield* docker.createService(specOf(stack, "web", { command: ["fixture", "exit", "1"], restart: "any" }))
      const tasks = yield* eventually("a second try", docker.tasks(stack), (seen) => seen.filter(({ state }) => state === "failed").length >= 2, "60 seconds")
      assert.deepStrictEqual([...new Set(tasks.map(({ slot }) => slot))], [1])
    }),
    90_000
  )

  law(
    "HEALTH-1: a missing image is rejected, with the engine's words in the task, and is never counted as running",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const id = yield* docker.createService(specOf(stack, "web", { image: missingImage, restart: "none" }))
      const rejected = yield* taskOf(stack, "a rejected task", (state) => state === "rejected")
      assert.include(rejected.error, "No such image")
      assert.strictEqual(rejected.image, missingImage)
      assert.isTrue(Option.isNone(rejected.exitCode))
      assert.strictEqual((yield* serviceNow(stack, id)).running, 0)
    })
  )

  law(
    "HEALTH-1: with a health check a task is starting, and not counted, until it is healthy",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const id = yield* docker.createService(specOf(stack, "web", { healthcheck: health, restart: "none" }))
      const starting = yield* taskOf(stack, "a starting task with a container", (state) => state === "starting")
      const [container] = yield* eventually("a running container", docker.containers(stack), (seen) => seen.some(({ state }) => state === "running"))
      assert.strictEqual((yield* serviceNow(stack, id)).running, 0)
      yield* execIn(container?.id ?? "", "fixture", "write", "/ready", "yes")
      const [running] = yield* runningTasks(id, 1)
      assert.strictEqual(running?.id, starting.id)
      yield* eventually("1 counted as running", serviceNow(stack, id), (service) => service.running === 1)
    })
  )

  law(
    "HEALTH-1: a running task that gets unhealthy is stopped, and ends",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const id = yield* docker.createService(
        specOf(stack, "web", { healthcheck: health, restart: "none", stopGrace: "1 second", command: ["fixture", "stubborn"] })
      )
      const [early] = yield* eventually("a running container", docker.containers(stack), (seen) => seen.some(({ state }) => state === "running"))
      yield* execIn(early?.id ?? "", "fixture", "write", "/ready", "yes")
      const container = yield* containerOf(id)
      yield* execIn(container, "fixture", "remove", "/ready")
      const ended = yield* taskOf(stack, "a failed task", (state) => state === "failed")
      assert.include(ended.error, "unhealthy")
      const current = yield* docker.currentTasks({ stack })
      assert.deepStrictEqual(
        current.map(({ id: task, state }) => [task, state]),
        [[ended.id, "failed"]],
        "ended tasks of the current spec are told, too"
      )
    }),
    60_000
  )
}

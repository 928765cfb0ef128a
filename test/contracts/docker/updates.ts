/** Updates in place: what tells that the new spec is what runs (HEALTH-1, HEALTH-2, UPG-3). */
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Docker } from "../../../src/services/Docker.ts"
import { errorOf } from "../../support/contract.ts"
import { eventsOf, eventually } from "../../support/eventually.ts"
import { missingImage, ownStack, runService, runningTasks, serviceNow, specOf } from "../../support/stack.ts"
import type { Law } from "../docker.ts"

const quick = { monitor: "1 second", failureAction: "rollback", updateOrder: "stop-first" } as const

export const updateLaws = (law: Law) => {
  law(
    "HEALTH-1: after an update the old task still runs; current tasks are of the new spec only, and `completed` comes after the monitor time",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      // Long enough that a slow machine still sees it run out.
      const watched = { ...quick, monitor: "3 seconds" } as const
      const id = yield* runService(specOf(stack, "web", watched))
      const [old] = yield* runningTasks(id, 1)
      const before = yield* serviceNow(stack, id)
      yield* docker.updateService(id, before.version, specOf(stack, "web", { ...watched, env: ["CHANGED=1"] }))
      const running = (yield* docker.tasks(stack)).filter(({ state }) => state === "running")
      assert.deepStrictEqual(
        running.map((task) => task.id),
        [old?.id],
        "the old task runs on"
      )
      assert.isFalse(
        (yield* docker.currentTasks({ service: id })).some((task) => task.id === old?.id),
        "and is not current"
      )
      const after = yield* eventually("an update state", serviceNow(stack, id), ({ updateState }) => Option.isSome(updateState))
      assert.isAbove(after.version, before.version)
      assert.deepStrictEqual(after.updateState, Option.some("updating"))
      const [fresh] = yield* runningTasks(id, 1)
      assert.notStrictEqual(fresh?.id, old?.id)
      assert.deepStrictEqual((yield* serviceNow(stack, id)).updateState, Option.some("updating"), "the monitor time is not over yet")
      yield* eventually("completed", serviceNow(stack, id), ({ updateState }) => Option.contains(updateState, "completed"))
      assert.deepStrictEqual(
        (yield* runningTasks(id, 1)).map((task) => task.id),
        [fresh?.id]
      )
    }),
    60_000
  )

  law(
    "an update without a change starts no task, and erases an earlier update state",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const changed = specOf(stack, "web", { ...quick, env: ["CHANGED=1"] })
      const id = yield* runService(specOf(stack, "web", quick))
      yield* docker.updateService(id, (yield* serviceNow(stack, id)).version, changed)
      const completed = yield* eventually("completed", serviceNow(stack, id), ({ updateState }) => Option.contains(updateState, "completed"))
      const tasks = (yield* runningTasks(id, 1)).map((task) => task.id)
      yield* docker.updateService(id, completed.version, changed)
      const after = yield* serviceNow(stack, id)
      assert.isTrue(Option.isNone(after.updateState))
      assert.isAbove(after.version, completed.version)
      assert.deepStrictEqual(
        (yield* runningTasks(id, 1)).map((task) => task.id),
        tasks
      )
    }),
    60_000
  )

  law(
    "a stale version is a conflict, and changes nothing",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const id = yield* docker.createService(specOf(stack, "web"))
      const { version } = yield* eventually("a running task", serviceNow(stack, id), ({ running }) => running === 1)
      yield* docker.updateService(id, version, specOf(stack, "web", { labels: { note: "first" } }))
      const error = yield* errorOf(docker.updateService(id, version, specOf(stack, "web", { labels: { note: "second" } })))
      assert.strictEqual(error.reason, "conflict")
      assert.include(error.seen, "out of sequence")
      assert.strictEqual((yield* serviceNow(stack, id)).labels["note"], "first")
    })
  )

  law(
    "an update of a service that is not there is notFound",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      assert.strictEqual((yield* errorOf(docker.updateService(`${stack}_none`, 1, specOf(stack, "none")))).reason, "notFound")
    })
  )

  law(
    "UPG-3: an update to a missing image rolls back: `rollback_completed`, the old spec and image run, and each state is told by an event",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const good = specOf(stack, "web", { ...quick, labels: { note: "good" } })
      const id = yield* runService(good)
      const { version } = yield* serviceNow(stack, id)
      const bad = docker.updateService(id, version, specOf(stack, "web", { ...quick, image: missingImage, labels: { note: "bad" } }))
      const events = yield* eventsOf(bad, (event) => event.id === id && event.attributes["updatestate.new"] === "rollback_completed", "60 seconds")
      assert.isTrue(events.some((event) => event.id === id && event.attributes["updatestate.new"] === "updating"))
      const after = yield* serviceNow(stack, id)
      assert.deepStrictEqual([after.updateState, after.labels["note"]], [Option.some("rollback_completed"), "good"])
      assert.notStrictEqual(after.updateMessage, "")
      assert.isFalse(after.image.startsWith(missingImage))
      const [task] = yield* runningTasks(id, 1)
      assert.isFalse(task?.image.startsWith(missingImage))
      assert.isTrue((yield* docker.tasks(stack)).some(({ state, image }) => state === "rejected" && image === missingImage))
    }),
    90_000
  )

  law(
    "UPG-3: with failure action `pause` it stays paused",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const id = yield* runService(specOf(stack, "web", quick))
      const { version } = yield* serviceNow(stack, id)
      yield* docker.updateService(id, version, specOf(stack, "web", { ...quick, failureAction: "pause", image: missingImage }))
      const paused = yield* eventually("paused", serviceNow(stack, id), ({ updateState }) => Option.contains(updateState, "paused"), "60 seconds")
      assert.strictEqual(paused.image, missingImage)
      assert.strictEqual(paused.running, 0)
    }),
    90_000
  )

  law(
    "scaling down ends the tasks above; scaling changes no other task",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const id = yield* runService(specOf(stack, "web", { replicas: 2 }))
      const before = (yield* runningTasks(id, 2)).map((task) => task.id)
      const { version } = yield* serviceNow(stack, id)
      yield* docker.updateService(id, version, specOf(stack, "web", { replicas: 1 }))
      yield* eventually("one container", docker.containers(stack), (containers) => containers.length === 1)
      const after = yield* runningTasks(id, 1)
      assert.isTrue(before.includes(after[0]?.id ?? ""))
      assert.strictEqual((yield* serviceNow(stack, id)).replicas, 1)
    })
  )
}

/** The engine's events as a stream of one process. */
import { Effect, Result, Stream } from "effect"
import { DockerError, subscribed } from "../../../services/Docker.ts"
import type { EngineEvent } from "../../../services/Docker.ts"
import type { Process } from "../kernel/processes.ts"
import { refuse } from "../swarm/Swarm.ts"
import type { Subscriber } from "../swarm/Swarm.ts"
import type { World } from "../World.ts"
import type { EngineCall } from "./Docker.ts"

const operation = "follow the events"

const next = (world: World, process: Process, subscriber: Subscriber): Effect.Effect<EngineEvent, DockerError> =>
  world
    .wait<void>(process, (resume) => {
      const tell = () => resume(undefined)
      if (subscriber.broken || subscriber.queue.length > 0) tell()
      subscriber.wake = tell
      return () => (subscriber.wake = undefined)
    })
    .pipe(
      Effect.flatMap(() => {
        const event = subscriber.queue.shift()
        if (event !== undefined) return Effect.succeed(event)
        return Effect.fail(new DockerError({ operation, subject: "", ...refuse("protocol", "the engine ended the stream") }))
      })
    )

/** Subscribes with one call, and waits for each next event; nothing is missed in between. Ends with the scope, or with its process. */
export const follow = (world: World, process: Process, call: EngineCall) =>
  Effect.acquireRelease(
    call(operation, "", () => {
      const subscriber: Subscriber = { queue: [], broken: false, wake: undefined }
      world.swarm.subscribers.add(subscriber)
      process.observers.add(() => world.swarm.subscribers.delete(subscriber))
      return Result.succeed(subscriber)
    }),
    (subscriber) => Effect.sync(() => world.swarm.subscribers.delete(subscriber))
  ).pipe(Effect.map((subscriber) => Stream.prepend(Stream.fromEffectRepeat(next(world, process, subscriber)), [subscribed])))

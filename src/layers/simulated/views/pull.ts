/** Pulls of one process, from a registry that answers as the world was told. */
import { Duration, Effect, Result } from "effect"
import { PullError } from "../../../services/Docker.ts"
import type { Process } from "../kernel/processes.ts"
import type { Pull } from "../swarm/images.ts"
import type { Refusal } from "../swarm/Swarm.ts"
import type { World } from "../World.ts"
import type { EngineCall } from "./Docker.ts"

const nobodyThere: Pull = { _tag: "Refuses", reason: "unreachable", seen: "Get https://registry.invalid/v2/: dial tcp: lookup registry.invalid: no such host" }

/** Pulls onto the manager's node; whoever stops waiting ends the pull. */
export const pull = (world: World, process: Process, call: EngineCall, image: string, timeLimit: Duration.Input) =>
  call("pull image", image, (): Result.Result<Pull, Refusal> => {
    const present = world.swarm.imageOn(world.swarm.manager.id, image)
    return Result.succeed(present === undefined ? (world.swarm.registry.get(image) ?? nobodyThere) : { _tag: "Image", image: present, time: 0 })
  }).pipe(
    Effect.flatMap((answer) => {
      if (answer._tag === "Refuses") return Effect.fail(new PullError({ image, reason: answer.reason, seen: answer.seen }))
      return world.wait<void>(process, (resume) =>
        world.swarm.later(answer.time, `pull ${image}`, () => {
          world.swarm.images.set(`${world.swarm.manager.id}/${image}`, answer.image)
          resume(undefined)
        })
      )
    }),
    Effect.timeoutOrElse({
      duration: timeLimit,
      orElse: () => Effect.fail(new PullError({ image, reason: "timeout", seen: `no end within ${Duration.toSeconds(timeLimit)} s` }))
    })
  )

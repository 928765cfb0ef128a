/** A simulated world driven from a program of the real one: for `ccci demo --simulated` and for whoever embeds ccci. */
import { Effect, Exit, Option } from "effect"
import { Stop } from "../../services/Stop.ts"
import type { StopCause } from "../../services/Stop.ts"
import { launch, turn } from "./fibers.ts"
import type { Process, Signal, Spawn } from "./kernel/processes.ts"
import { Escaped } from "./World.ts"
import type { World } from "./World.ts"

/** Turns of the world between two looks at what happens outside of it. */
const stride = 64

const signalOf = (cause: StopCause): Signal => (cause === "SIGHUP" || cause === "SIGINT" ? cause : "SIGTERM")

/** Gives the world its turns until the process has ended; `pace` real ms go by for each simulated second. */
const driven = Effect.fnUntraced(function* (world: World, process: Process, pace: number) {
  for (let turns = 1; process.state === "running"; turns++) {
    world.drain()
    const [next] = world.timeline.pending
    const wait = next === undefined ? 0 : ((next.at - world.now) * pace) / 1000
    if (wait >= 1) yield* Effect.sleep(wait)
    else if (turns % stride === 0) yield* Effect.yieldNow
    if (!turn(world) && process.state === "running") return yield* Effect.die(new Escaped({ process: process.name, last: "nothing is left to happen" }))
  }
})

/**
 * Runs a program as a process of a world, and gives what it ended with. A stop of the outer program, where it has a {@link Stop}, and an interrupt reach that
 * process as signals; its end is waited for.
 */
export const inWorld = <A, E>(
  world: World,
  spawn: Spawn,
  program: (process: Process) => Effect.Effect<A, E>,
  options: { readonly pace?: number } = {}
): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    const slot: { exit: Exit.Exit<A, E> } = { exit: Exit.interrupt() }
    const process = launch(world, spawn, (self) => Effect.onExit(program(self), (exit) => Effect.sync(() => (slot.exit = exit))))
    const stop = yield* Effect.serviceOption(Stop)
    if (Option.isSome(stop)) {
      yield* Effect.forkScoped(Effect.map(Effect.flip(stop.value.requested), ({ cause }) => world.signal(process, signalOf(cause))))
    }
    const toItsEnd = driven(world, process, options.pace ?? 0)
    yield* Effect.onInterrupt(toItsEnd, () =>
      Effect.andThen(
        Effect.sync(() => world.signal(process, "SIGINT")),
        toItsEnd
      )
    )
    return yield* slot.exit
  }).pipe(Effect.scoped)

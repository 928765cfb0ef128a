/** Runs and janitors as processes of an example world. */
import { Effect } from "effect"
import { simulatedLayer } from "../../src/layers/simulated.ts"
import type { SimulatedOptions } from "../../src/layers/simulated.ts"
import type { Process } from "../../src/layers/simulated/kernel/processes.ts"
import { places } from "../../src/layers/simulated/makeWorld.ts"
import { remains } from "../../src/layers/simulated/remains.ts"
import type { Driver } from "../../src/layers/simulated/seam.ts"
import { goOn } from "../../src/layers/simulated/seam.ts"
import type { World } from "../../src/layers/simulated/World.ts"
import { RecipeName } from "../../src/model/names.ts"
import { janitor } from "../../src/programs/janitor.ts"
import { run } from "../../src/programs/run.ts"
import { runRequest } from "../../src/programs/types.ts"

/** `ccci run custom-html`. */
export const ccciRun =
  (world: World, options: SimulatedOptions = {}) =>
  (process: Process) =>
    run(runRequest(RecipeName.make("custom-html"))).pipe(Effect.provide(simulatedLayer(world, process, options)))

/** `ccci janitor`. */
export const ccciJanitor = (world: World) => (process: Process) => janitor({ dryRun: false, prune: false }).pipe(Effect.provide(simulatedLayer(world, process)))

/** What is in every example world, run or no run. */
export const nothingLeft = ["network proxy"]

export const leftIn = (world: World) => remains(world, places.abraDir)

/** A driver that lets all go on, and first shows each call to somebody. */
export const watching = (look: (call: Parameters<Driver["onCall"]>[0], world: World) => void): Driver => ({
  onCall: (call, world) => {
    look(call, world)
    return goOn.onCall(call, world)
  }
})

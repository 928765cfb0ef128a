/** Contract suites in the simulated world: the law's fibers are moved onto the world's queue, and a pump gives the world its turns. */
import { Effect, Layer } from "effect"
import { turn, worldContext } from "../../src/layers/simulated/fibers.ts"
import type { Process } from "../../src/layers/simulated/kernel/processes.ts"
import { World } from "../../src/layers/simulated/World.ts"
import type { WorldOptions } from "../../src/layers/simulated/World.ts"
import { Workspace } from "./workspace.ts"

/** Turns of a world per turn of Node's own loop. */
const stride = 256

/** Gives the world its turns until the scope closes. What nothing in the world will ever wake is left to the test's time limit. */
const pump = (world: World) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const state = { running: true }
      const go = () => {
        for (let count = 0; state.running && count < stride && turn(world); count++);
        if (state.running) setImmediate(go)
      }
      setImmediate(go)
      return state
    }),
    (state) => Effect.sync(() => (state.running = false))
  )

/** A fresh world, a process in it whose fibers the law's are, an empty Workspace, and the views that `views` gives. */
export const simulatedContract = <A, E, R>(
  views: (world: World, process: Process) => Layer.Layer<A, E, R>,
  options: WorldOptions = {},
  prepare: (world: World) => void = () => undefined
) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const world = new World(options)
      prepare(world)
      const init = world.spawn({ name: "shell" })
      const process = world.spawn({ name: "test", parent: init, environment: { PATH: "/usr/bin", HOME: "/root" } })
      world.tree.makeDirectories("/tmp/work")
      const ofWorld = Layer.mergeAll(Layer.succeedContext(worldContext(world, process)), Layer.succeed(Workspace, { path: "/tmp/work" }))
      yield* pump(world)
      return Layer.merge(views(world, process), ofWorld)
    })
  )

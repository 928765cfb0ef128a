/** {@link Repositories} in the simulated world. */
import { Effect, Layer } from "effect"
import { makeRepository } from "../../src/layers/simulated/git/build.ts"
import type { World } from "../../src/layers/simulated/World.ts"
import { Repositories } from "./repositories.ts"
import { Workspace } from "./workspace.ts"

export const layerSimulatedRepositories = (world: World): Layer.Layer<Repositories, never, Workspace> =>
  Layer.effect(
    Repositories,
    Effect.map(Workspace, ({ path }) => ({
      make: (name, history) =>
        Effect.sync(() => {
          const source = `${path}/${name}`
          return { source, commits: makeRepository(world, source, history) }
        })
    }))
  )

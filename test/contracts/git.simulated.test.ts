import { Layer } from "effect"
import { filesLayer } from "../../src/layers/simulated/views/Files.ts"
import { gitLayer } from "../../src/layers/simulated/views/Git.ts"
import { simulatedContract } from "../support/simulated.ts"
import { layerSimulatedRepositories } from "../support/simulatedRepositories.ts"
import { Workspace } from "../support/workspace.ts"
import { gitContract } from "./git.ts"

gitContract(
  "simulated git",
  simulatedContract((world, process) =>
    Layer.mergeAll(
      filesLayer(world, process),
      gitLayer(world, process),
      Layer.provide(layerSimulatedRepositories(world), Layer.succeed(Workspace, { path: "/tmp/work" }))
    )
  )
)

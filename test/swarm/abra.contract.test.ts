import { Effect, Layer } from "effect"
import { layer as redactionLayer } from "../../src/layers/common/Redaction.ts"
import { layer as embeddedLayer } from "../../src/layers/embedded/Abra.ts"
import { layer as cryptoLayer } from "../../src/layers/live/Crypto.ts"
import { layer as filesLayer } from "../../src/layers/live/Files.ts"
import { layer as gitLayer } from "../../src/layers/live/Git.ts"
import { layer as processesLayer } from "../../src/layers/live/Processes.ts"
import { ChildEnvironment } from "../../src/services/Processes.ts"
import { Settings } from "../../src/services/Settings.ts"
import { abraContract } from "../contracts/abra.ts"
import { layerGitRepositories } from "../support/gitRepositories.ts"
import { testSettings } from "../support/settings.ts"
import { layerSwarm, withSwarm } from "../support/swarm.ts"
import { Workspace } from "../support/workspace.ts"

withSwarm("Abra contract: embedded on the real engine", (swarm) => {
  const world = gitLayer.pipe(
    Layer.provideMerge(processesLayer),
    Layer.provideMerge(Layer.mergeAll(redactionLayer, cryptoLayer, filesLayer)),
    Layer.provideMerge(layerGitRepositories),
    Layer.provideMerge(
      Layer.effect(
        Settings,
        Effect.map(Workspace, ({ path }) => testSettings(path))
      )
    ),
    Layer.provideMerge(layerSwarm(swarm)),
    // The sandbox brings the docker client along.
    Layer.provideMerge(Layer.succeed(ChildEnvironment, swarm.env))
  )
  abraContract("embedded on the real engine", Layer.provideMerge(embeddedLayer, world))
})

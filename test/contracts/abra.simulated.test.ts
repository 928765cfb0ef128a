import { Layer } from "effect"
import { simulatedLayer } from "../../src/layers/simulated.ts"
import { dockerCli } from "../../src/layers/simulated/executables/dockerCli.ts"
import { install } from "../../src/layers/simulated/kernel/programs.ts"
import { simulatedContract } from "../support/simulated.ts"
import { fixture } from "../support/simulatedFixture.ts"
import { layerSimulatedRepositories } from "../support/simulatedRepositories.ts"
import { fixtureImage } from "../support/stack.ts"
import { Workspace } from "../support/workspace.ts"
import { abraContract } from "./abra.ts"

abraContract(
  "embedded in the simulated world",
  simulatedContract(
    (world, process) =>
      Layer.merge(simulatedLayer(world, process), Layer.provide(layerSimulatedRepositories(world), Layer.succeed(Workspace, { path: "/tmp/work" }))),
    { swarm: { images: { [fixtureImage]: fixture } } },
    (world) => install(world, "/usr/bin/docker", dockerCli)
  )
)

import { Layer } from "effect"
import { modulesLayer } from "../../src/layers/simulated/views/Modules.ts"
import { layerPlainRedaction } from "../support/plainRedaction.ts"
import { simulatedContract } from "../support/simulated.ts"
import { layerSimulatedModules } from "../support/simulatedModules.ts"
import { modulesContract } from "./modules.ts"

modulesContract(
  "simulated world",
  simulatedContract((world, process) => Layer.merge(Layer.provideMerge(modulesLayer(world, process), layerPlainRedaction), layerSimulatedModules(world)))
)

import { Layer } from "effect"
import { processesLayer } from "../../src/layers/simulated/views/Processes.ts"
import { layerPlainRedaction } from "../support/plainRedaction.ts"
import { simulatedContract } from "../support/simulated.ts"
import { installChildren, layerSimulatedChildren } from "../support/simulatedChildren.ts"
import { processesContract } from "./processes.ts"

processesContract(
  "simulated kernel",
  simulatedContract(
    (world, process) => Layer.mergeAll(Layer.provideMerge(processesLayer(world, process), layerPlainRedaction), layerSimulatedChildren),
    {},
    installChildren
  )
)

import { Layer } from "effect"
import * as Live from "../../src/layers/live/Processes.ts"
import { processesContract } from "../contracts/processes.ts"
import { layerPlainRedaction } from "../support/plainRedaction.ts"
import { layerShellChildren } from "../support/shellChildren.ts"
import { layerWorkspace } from "../support/temporary.ts"

processesContract("live", Layer.mergeAll(Layer.provideMerge(Live.layer, layerPlainRedaction), layerShellChildren, layerWorkspace))

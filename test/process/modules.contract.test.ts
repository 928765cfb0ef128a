import { Layer } from "effect"
import * as Live from "../../src/layers/live/Modules.ts"
import { modulesContract } from "../contracts/modules.ts"
import { layerPlainRedaction } from "../support/plainRedaction.ts"
import { layerWorkspace } from "../support/temporary.ts"
import { layerTypeScriptModules } from "../support/typeScriptModules.ts"

modulesContract("live", Layer.mergeAll(Layer.provideMerge(Live.layer, layerPlainRedaction), Layer.provide(layerTypeScriptModules, layerWorkspace)))

import { Layer } from "effect"
import * as Live from "../../src/layers/live/Lock.ts"
import { lockContract } from "../contracts/lock.ts"
import { layerWorkspace } from "../support/temporary.ts"

lockContract("live", Layer.merge(Live.layer, layerWorkspace))

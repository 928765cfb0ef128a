import { Layer } from "effect"
import * as Live from "../../src/layers/live/Files.ts"
import { filesContract } from "../contracts/files.ts"
import { layerWorkspace } from "../support/temporary.ts"

filesContract("live", Layer.merge(Live.layer, layerWorkspace))

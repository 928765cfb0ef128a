import { Layer } from "effect"
import { layer as filesLayer } from "../../src/layers/live/Files.ts"
import { layer as lockLayer } from "../../src/layers/live/Lock.ts"
import { runStoreContract } from "../contracts/runStore.ts"
import { layerWorkspace } from "../support/temporary.ts"

runStoreContract("live", Layer.mergeAll(filesLayer, lockLayer, layerWorkspace))

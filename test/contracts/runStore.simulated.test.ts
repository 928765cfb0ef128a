import { Layer } from "effect"
import { filesLayer } from "../../src/layers/simulated/views/Files.ts"
import { lockLayer } from "../../src/layers/simulated/views/Lock.ts"
import { simulatedContract } from "../support/simulated.ts"
import { runStoreContract } from "./runStore.ts"

runStoreContract(
  "simulated kernel",
  simulatedContract((world, process) => Layer.merge(filesLayer(world, process), lockLayer(world, process)))
)

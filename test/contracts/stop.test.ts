import { layer } from "../../src/layers/live/Stop.ts"
import { stopLayer } from "../../src/layers/simulated/views/Stop.ts"
import { simulatedContract } from "../support/simulated.ts"
import { stopContract } from "./stop.ts"

stopContract("live", layer)
stopContract(
  "simulated process",
  simulatedContract((_, process) => stopLayer(process))
)

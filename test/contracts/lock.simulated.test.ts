import { lockLayer } from "../../src/layers/simulated/views/Lock.ts"
import { simulatedContract } from "../support/simulated.ts"
import { lockContract } from "./lock.ts"

lockContract("simulated kernel", simulatedContract(lockLayer))

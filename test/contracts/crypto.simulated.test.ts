import { cryptoLayer } from "../../src/layers/simulated/views/Crypto.ts"
import { simulatedContract } from "../support/simulated.ts"
import { cryptoContract } from "./crypto.ts"

cryptoContract("simulated world", simulatedContract(cryptoLayer))

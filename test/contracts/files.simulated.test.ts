import { filesLayer } from "../../src/layers/simulated/views/Files.ts"
import { simulatedContract } from "../support/simulated.ts"
import { filesContract } from "./files.ts"

filesContract("simulated kernel", simulatedContract(filesLayer))

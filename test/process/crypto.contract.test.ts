import * as Live from "../../src/layers/live/Crypto.ts"
import { cryptoContract } from "../contracts/crypto.ts"

cryptoContract("live", Live.layer)

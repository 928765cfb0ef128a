/** {@link Crypto} from Node's own, in its synchronous forms. */
import { Effect, Layer } from "effect"
import { createHash, randomBytes, randomInt } from "node:crypto"
import { Crypto } from "../../services/Crypto.ts"

export const layer: Layer.Layer<Crypto> = Layer.succeed(Crypto, {
  sha256: (text) => Effect.sync(() => createHash("sha256").update(text, "utf8").digest("hex")),
  randomHex: (count) => Effect.sync(() => randomBytes(count).toString("hex")),
  randomText: (length, alphabet) => Effect.sync(() => Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join(""))
})

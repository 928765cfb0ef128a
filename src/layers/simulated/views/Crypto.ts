/** Digests, and the world's chance in place of unpredictable bytes. */
import { Effect, Layer } from "effect"
import { Crypto } from "../../../services/Crypto.ts"
import { sha256 } from "../sha256.ts"
import type { World } from "../World.ts"

/** Crypto of the world: the same seed gives the same secrets. */
export const cryptoLayer = (world: World) =>
  Layer.succeed(
    Crypto,
    Crypto.of({
      sha256: (text) => Effect.sync(() => sha256(text)),
      randomHex: (count) => Effect.sync(() => world.chance.hex(count)),
      randomText: (length, alphabet) => Effect.sync(() => Array.from({ length }, () => alphabet.charAt(world.chance.below(alphabet.length))).join(""))
    })
  )

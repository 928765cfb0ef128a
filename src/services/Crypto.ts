/** Digests and unpredictable bytes, synchronous, so that a simulation stays deterministic. */
import { Context } from "effect"
import type { Effect } from "effect"

export class Crypto extends Context.Service<
  Crypto,
  {
    /** SHA-256 of the UTF-8 text, hex. */
    readonly sha256: (text: string) => Effect.Effect<string>
    /** `count` unpredictable bytes, hex. */
    readonly randomHex: (count: number) => Effect.Effect<string>
    /** `length` characters drawn evenly from `alphabet`. */
    readonly randomText: (length: number, alphabet: string) => Effect.Effect<string>
  }
>()("ccci/services/Crypto") {}

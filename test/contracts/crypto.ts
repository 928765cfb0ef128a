/** The laws of {@link Crypto}. */
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import type { Layer } from "effect"
import { Crypto } from "../../src/services/Crypto.ts"
import { lawsOf } from "../support/contract.ts"

export const cryptoContract = <E>(name: string, layer: Layer.Layer<Crypto, E>) =>
  describe(`Crypto contract: ${name}`, () => {
    const law = lawsOf(layer)

    law(
      "sha256 is SHA-256 of the UTF-8 bytes, in lower-case hex",
      Effect.gen(function* () {
        const crypto = yield* Crypto
        assert.strictEqual(yield* crypto.sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        assert.strictEqual(yield* crypto.sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        assert.strictEqual(yield* crypto.sha256("Grüße 🌍"), "8db31f8a6161989c85a6209bc474492b5431c306c9319dd648c1b8682ad5c880")
      })
    )

    law(
      "randomHex gives two digits a byte, never the same twice",
      Effect.gen(function* () {
        const crypto = yield* Crypto
        const one = yield* crypto.randomHex(16)
        assert.match(one, /^[0-9a-f]{32}$/)
        assert.notStrictEqual(one, yield* crypto.randomHex(16))
        assert.strictEqual(yield* crypto.randomHex(0), "")
      })
    )

    law(
      "randomText draws evenly from the whole alphabet, and from nothing else",
      Effect.gen(function* () {
        const crypto = yield* Crypto
        // With 200 characters, "a byte modulo 200" would draw from the first half 61 % of the time.
        const alphabet = Array.from({ length: 200 }, (_, index) => String.fromCharCode(0x100 + index)).join("")
        const text = yield* crypto.randomText(20_000, alphabet)
        assert.strictEqual(text.length, 20_000)
        assert.deepStrictEqual([...new Set(text)].sort(), [...alphabet])
        const firstHalf = [...text].filter((character) => alphabet.indexOf(character) < 100).length
        assert.isTrue(Math.abs(firstHalf - 10_000) < 400, `${firstHalf} of 20000 from the first half`)
      })
    )
  })

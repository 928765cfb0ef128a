/** SHA-256 in plain TypeScript: the simulated world has no platform to ask. */

const wheel = (word: number, by: number) => (word >>> by) | (word << (32 - by))

const fraction = (root: number) => Math.floor((root - Math.floor(root)) * 0x100000000) | 0

const primes = (count: number): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate)
  }
  return found
}

/** The standard's constants are the first bits of the cube and square roots of the primes. */
const constants: ReadonlyArray<number> = primes(64).map((prime) => fraction(Math.cbrt(prime)))
const beginning: ReadonlyArray<number> = primes(8).map((prime) => fraction(Math.sqrt(prime)))

const padded = (bytes: Uint8Array): DataView => {
  const whole = new Uint8Array((((bytes.length + 8) >> 6) + 1) * 64)
  whole.set(bytes)
  whole[bytes.length] = 0x80
  const view = new DataView(whole.buffer)
  view.setBigUint64(whole.length - 8, BigInt(bytes.length) * 8n)
  return view
}

const scheduleOf = (view: DataView, at: number): Int32Array => {
  const words = new Int32Array(64)
  for (let index = 0; index < 16; index++) words[index] = view.getInt32(at + index * 4)
  const word = (index: number) => words[index] ?? 0
  for (let index = 16; index < 64; index++) {
    const early = word(index - 15)
    const late = word(index - 2)
    const small = wheel(early, 7) ^ wheel(early, 18) ^ (early >>> 3)
    const large = wheel(late, 17) ^ wheel(late, 19) ^ (late >>> 10)
    words[index] = (word(index - 16) + small + word(index - 7) + large) | 0
  }
  return words
}

/** The digest of the text's UTF-8 bytes, hex. */
export const sha256 = (text: string): string => {
  const view = padded(new TextEncoder().encode(text))
  const state = [...beginning]
  for (let at = 0; at < view.byteLength; at += 64) {
    const words = scheduleOf(view, at)
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
    for (let round = 0; round < 64; round++) {
      const mix = (wheel(e, 6) ^ wheel(e, 11) ^ wheel(e, 25)) + ((e & f) ^ (~e & g))
      const one = (h + mix + (constants[round] ?? 0) + (words[round] ?? 0)) | 0
      const two = ((wheel(a, 2) ^ wheel(a, 13) ^ wheel(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0]
    }
    for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = ((state[index] ?? 0) + word) | 0
  }
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("")
}

/** Chance of the simulated world: one seed, the same draws, on every machine. */

/** A stream of pseudo-random draws (sfc32 after splitmix32), mutable and not for secrets that matter. */
export interface Chance {
  /** In [0, 1). */
  readonly next: () => number
  /** An integer in [0, bound). */
  readonly below: (bound: number) => number
  /** An integer in [low, high]. */
  readonly between: (low: number, high: number) => number
  readonly shuffle: <A>(items: ReadonlyArray<A>) => Array<A>
  /** `count` bytes as hex. */
  readonly hex: (count: number) => string
}

const spread = (seed: number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) | 0
  }
}

/** The draws of a seed. */
export const makeChance = (seed: number): Chance => {
  const start = spread(seed)
  let a = start()
  let b = start()
  let c = start()
  let d = start()
  const word = () => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  const next = () => word() / 4294967296
  const below = (bound: number) => Math.floor(next() * bound)
  return {
    next,
    below,
    between: (low, high) => low + below(high - low + 1),
    shuffle: (items) => {
      const mixed = [...items]
      for (let index = mixed.length - 1; index > 0; index--) {
        const other = below(index + 1)
        const [one, two] = [mixed[index], mixed[other]]
        if (one !== undefined && two !== undefined) {
          mixed[index] = two
          mixed[other] = one
        }
      }
      return mixed
    },
    hex: (count) => {
      let text = ""
      for (let index = 0; index < count; index++) text += below(256).toString(16).padStart(2, "0")
      return text
    }
  }
}

// Pseudo-random numbers from a seed: xoshiro128** of Blackman and Vigna, its state filled by splitmix32. Small, quick, statistically sound, and
// nothing that a secret may depend on.

const TWO_32 = 0x1_0000_0000

/** Pseudo-random numbers from a seed, the same on every machine. Not for secrets. */
export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  /** `seed` is any integer, of which the low 32 bits count; or the state itself, which must not be all zeros. */
  constructor(seed: number | readonly [number, number, number, number]) {
    const [a, b, c, d] = typeof seed === 'number' ? splitmix32(seed) : seed
    this.#a = a
    this.#b = b
    this.#c = c
    this.#d = d
  }

  /** An integer from 0 to 2^32 - 1. */
  u32(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9)
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = rotate(this.#d, 11)
    return result >>> 0
  }

  /** A number from 0 up to but not including 1. */
  fraction(): number {
    return this.u32() / TWO_32
  }

  /** An integer from 0 to `limit` - 1. `limit` is at most 2^32. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit)
  }

  /** True with this probability. Uses up one number whatever the probability, so that a changed rate leaves what follows alone. */
  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** So many random bytes. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let index = 0; index < length; index++) bytes[index] = this.u32() >>> 24
    return bytes
  }

  /** A generator of its own, for a part whose use of numbers shall not shift the others'. */
  fork(): Random {
    return new Random(this.u32())
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function splitmix32(seed: number): readonly [number, number, number, number] {
  let state = seed | 0
  const next = () => {
    state = (state + 0x9e37_79b9) | 0
    let word = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)
    word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35)
    return word ^ (word >>> 16)
  }
  return [next(), next(), next(), next()]
}

// Changes an input at random: what has been seen to break decoders.
import type { Random } from '@millrace/netsim'

const MOST_CHANGES = 6
/** Longest input, in bytes. */
export const MAX_INPUT = 4096

/** Ends of ranges, of varints and of signs. */
const INTERESTING: readonly Uint8Array[] = [
  [0x00],
  [0x3f],
  [0x40, 0x00],
  [0x7f],
  [0x80],
  [0xff],
  [0xc0, 0, 0, 0, 0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x80, 0, 0, 0],
  [0xbf, 0xff, 0xff, 0xff],
  [0xc0, 0x20, 0, 0, 0, 0, 0, 0],
].map((bytes) => Uint8Array.from(bytes))

type Change = (input: Uint8Array, random: Random, other: Uint8Array) => Uint8Array

const CHANGES: readonly Change[] = [
  // A bit is turned.
  (input, random) => edited(input, random, (byte) => byte ^ (1 << random.below(8))),
  (input, random) => edited(input, random, () => random.below(256)),
  (input, random) => edited(input, random, (byte) => byte + 1 - 2 * random.below(2)),
  // Bytes go, come, come twice, or are cut off.
  (input, random) => spliced(input, place(input, random), 1 + random.below(8), []),
  (input, random) => spliced(input, place(input, random), 0, random.bytes(1 + random.below(8))),
  (input, random) => spliced(input, place(input, random), random.below(2), INTERESTING[random.below(INTERESTING.length)]!),
  (input, random) => {
    const from = place(input, random)
    return spliced(input, from, 0, input.subarray(from, from + 1 + random.below(64)))
  },
  (input, random) => input.slice(0, place(input, random)),
  // Another input goes on where this one stops.
  (input, random, other) => spliced(input, place(input, random), input.length, other.subarray(place(other, random))),
  (input, random, other) => spliced(input, place(input, random), 0, other.subarray(0, 1 + random.below(64))),
]

/** A new input made of one or two others. */
export function mutate(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let changed = input
  for (let count = 1 + random.below(MOST_CHANGES); count > 0; count--)
    changed = CHANGES[random.below(CHANGES.length)]!(changed, random, other)
  return changed.length > MAX_INPUT ? changed.slice(0, MAX_INPUT) : changed
}

function place(input: Uint8Array, random: Random): number {
  return random.below(input.length + 1)
}

function edited(input: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  const copy = input.slice()
  if (copy.length > 0) {
    const at = random.below(copy.length)
    copy[at] = change(copy[at]!)
  }
  return copy
}

function spliced(input: Uint8Array, at: number, remove: number, insert: ArrayLike<number>): Uint8Array {
  const rest = input.subarray(Math.min(input.length, at + remove))
  const result = new Uint8Array(at + insert.length + rest.length)
  result.set(input.subarray(0, at))
  result.set(insert, at)
  result.set(rest, at + insert.length)
  return result
}

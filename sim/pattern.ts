// The bytes that simulated streams carry: one long pattern without short periods, so that a byte in a wrong place shows.
import { Random } from '@millrace/netsim'

/** A prime, and so no multiple of any block or packet. */
const PERIOD = 65_521
/** The longest piece that is taken or compared at once. */
const LONGEST = 131_072

const pattern = makePattern()

/** `length` bytes of the content that begins at `start` of the pattern, from `offset` on: a view, not to be written. */
export function content(start: number, offset: number, length: number): Buffer {
  if (length > LONGEST) throw new RangeError(`${length} bytes at once, at most ${LONGEST}`)
  const at = (start + offset) % PERIOD
  return pattern.subarray(at, at + length)
}

function makePattern(): Buffer {
  const period = Buffer.from(new Random(1).bytes(PERIOD))
  return Buffer.concat([period, period, period, period]).subarray(0, PERIOD + LONGEST)
}

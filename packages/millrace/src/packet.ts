// What Millrace needs to know about Y3 packets without decoding them.

import { find, ROOT_TAG } from '@millrace/y3'

/** Longest length field: PVarInt of 32 bits. */
const LONGEST_LENGTH = 5

/**
 * Whether the packet may hold more than one primitive under the key `tag`. If it does not, those who observe other keys need not be shown it.
 * Looks at two headers. Throws Y3Error for a packet that is cut.
 */
export function isMixed(packet: Uint8Array, tag: number): boolean {
  if (packet[0] !== ROOT_TAG) return true
  let start = 2
  while ((packet[start - 1]! & 0x80) !== 0 && start <= LONGEST_LENGTH) start++
  // A primitive's tag byte is its id; anything else has flags, or is another key.
  if (packet[start] !== tag) return true
  const only = find(packet.subarray(start), tag)
  return only?.length !== packet.length - start
}

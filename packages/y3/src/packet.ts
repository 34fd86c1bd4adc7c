// A packet as a tree, for those who want to see all of it: printers, tests, protocols whose shape is not known beforehand. Where one key is wanted,
// `find` is cheaper, and where the shape is known, a mold.
import { Y3Error } from './error.ts'
import { Header } from './header.ts'
import { MAX_DEPTH, MAX_PACKETS } from './limits.ts'

/** A packet, decoded whole. */
export interface Packet {
  /** The first byte: flags and id. */
  readonly tag: number
  /** 0 to 63. */
  readonly id: number
  /** It holds packets, and no value of its own. */
  readonly isNode: boolean
  /** It is a list: its packets differ by their place, not by their id. */
  readonly isArray: boolean
  /** The whole packet: tag, length and value. A view of what was decoded. */
  readonly bytes: Uint8Array
  /** The value alone. A view of what was decoded. */
  readonly value: Uint8Array
  /** The packets that a node holds, in their order, repeated ids included; empty for a primitive. */
  readonly children: readonly Packet[]
}

/** What a decoder takes from a stranger. */
export interface DecodeLimits {
  /** How deep nodes may be nested. Default 64. */
  readonly depth?: number
  /** How many packets there may be in all. Default 262,144. */
  readonly packets?: number
}

/**
 * The packet that `bytes` begin with, and how many bytes it takes. What follows it is not looked at.
 * Throws TRUNCATED, NEGATIVE_LENGTH, VARINT_TOO_LONG, TOO_DEEP or TOO_MANY.
 */
export function decodePacket(bytes: Uint8Array, limits: DecodeLimits = {}): { packet: Packet; consumed: number } {
  const walk: Walk = {
    bytes,
    header: new Header(),
    depth: limits.depth ?? MAX_DEPTH,
    packets: limits.packets ?? MAX_PACKETS,
  }
  const packet = decode(walk, 0, bytes.length, 0)
  return { packet, consumed: packet.bytes.length }
}

interface Walk {
  readonly bytes: Uint8Array
  readonly header: Header
  readonly depth: number
  /** How many more packets may come. */
  packets: number
}

function decode(walk: Walk, at: number, limit: number, depth: number): Packet {
  const { bytes, header } = walk
  const { tag, id, isNode, isArray, start, value, end } = header.read(bytes, at, limit)
  if (walk.packets-- <= 0) throw new Y3Error('TOO_MANY', 'there are more packets than the limit', start)
  const children: Packet[] = []
  if (isNode) {
    if (depth >= walk.depth) throw new Y3Error('TOO_DEEP', `nodes are nested more than ${walk.depth} deep`, start)
    for (let next = value; next < end; ) {
      const child = decode(walk, next, end, depth + 1)
      children.push(child)
      next += child.bytes.length
    }
  }
  return { tag, id, isNode, isArray, bytes: bytes.subarray(start, end), value: bytes.subarray(value, end), children }
}

// Random trees of packets, and plain models of what this package does with them.
import { encodeNode, encodePrimitive, type Packet } from '@millrace/y3'
import fc from 'fast-check'

const primitive = fc
  .tuple(fc.integer({ min: 0x10, max: 0x14 }), fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.uint8Array({ minLength: 60, maxLength: 140 })))
  .map(([id, value]) => encodePrimitive(id, value, 'bytes'))

/** A tree of packets as bytes: small ids, so that keys meet again, and values that look like tags. */
export const packet: fc.Arbitrary<Uint8Array> = fc.letrec<{ packet: Uint8Array; node: Uint8Array }>((tie) => ({
  packet: fc.oneof({ maxDepth: 4, depthSize: 'medium' }, primitive, tie('node')),
  node: fc
    .tuple(fc.integer({ min: 1, max: 0x14 }), fc.array(tie('packet'), { maxLength: 5 }))
    .map(([id, children]) => encodeNode(id, children)),
})).node

/** Bytes that are a tree but for a few flips, or nothing in particular. */
export const hostile: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.tuple(packet, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 })).map(([bytes, flips]) => {
    const damaged = bytes.slice()
    for (const [place, value] of flips) damaged[place % damaged.length] = value
    return damaged
  }),
)

/** Cuts bytes at the given places, each taken modulo the length. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return at.slice(1).map((end, index) => bytes.slice(at[index], end))
}

/** Primitives of a level first, then nodes, each before what is in it. */
export function modelFind(packet: Packet, id: number): Packet | null {
  if (packet.id === id) return packet
  for (const child of packet.children) if (!child.isNode && child.id === id) return child
  for (const child of packet.children) {
    const found = child.isNode ? modelFind(child, id) : null
    if (found !== null) return found
  }
  return null
}

/** The first in the order of the bytes. */
export function modelObserve(packet: Packet, ids: readonly number[]): Packet | null {
  if (ids.includes(packet.id)) return packet
  for (const child of packet.children) {
    const found = modelObserve(child, ids)
    if (found !== null) return found
  }
  return null
}

export function modelReplace(packet: Packet, id: number, replacement: Uint8Array): Uint8Array {
  if (packet.id === id) return replacement
  if (!packet.isNode) return packet.bytes
  return encodeNode(
    packet.id,
    packet.children.map((child) => modelReplace(child, id, replacement)),
  )
}

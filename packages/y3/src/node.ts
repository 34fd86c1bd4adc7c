// Nodes: packets whose value is a run of packets.
import { headerSize, writeHeader } from './header.ts'
import { ARRAY_FLAG, type Key, NODE_FLAG, parseKey } from './tag.ts'
import { Tail } from './tail.ts'

/** A node around packets that are encoded already, in their order. `key` is from 0x00 to 0x3F. */
export function encodeNode(key: Key, children: readonly Uint8Array[]): Uint8Array {
  return wrap(NODE_FLAG | parseKey(key), children)
}

/** A list: a node with the array flag. Items are encoded already, and have id 0. */
export function encodeArray(key: Key, items: readonly Uint8Array[]): Uint8Array {
  return wrap(NODE_FLAG | ARRAY_FLAG | parseKey(key), items)
}

function wrap(tag: number, children: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const child of children) length += child.length
  const tail = new Tail(headerSize(length) + length)
  for (let index = children.length - 1; index >= 0; index--) tail.bytes(children[index]!)
  writeHeader(tail, tag, length)
  return tail.release()
}

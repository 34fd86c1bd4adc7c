// Finds one key in a packet without decoding anything else: headers are read, values are stepped over. At each level the primitives are compared
// first, then the nodes in their order, each compared and then searched: the order in which YoMo's plugins looked for the key that they observe.
import { Reader } from '@millrace/bytes'
import { Y3Error } from './error.ts'
import { Header, LARGEST_SHORT } from './header.ts'
import { MAX_DEPTH } from './limits.ts'
import { ID_MASK, type Key, NODE_FLAG, parseKey } from './tag.ts'

/**
 * The first packet with that key in the packet that `bytes` begin with, itself included, or null. Whole: tag, length and value, as a view.
 * What comes after the match may be malformed and is not looked at.
 * Throws BAD_KEY, and TRUNCATED, NEGATIVE_LENGTH, VARINT_TOO_LONG or TOO_DEEP for bytes on the way to the match.
 */
export function find(bytes: Uint8Array, key: Key): Uint8Array | null {
  const id = parseKey(key)
  const reader = new Reader(bytes)
  const header = new Header().read(reader)
  const found = header.id === id || (header.isNode && search(bytes, id, reader, header, 1))
  return found ? bytes.subarray(header.start, header.end) : null
}

/** Searches the node that `header` stands at. When it returns true, `header` stands at the match. */
function search(bytes: Uint8Array, id: number, reader: Reader, header: Header, depth: number): boolean {
  const { value: start, start: node, end } = header
  if (depth > MAX_DEPTH) throw new Y3Error('TOO_DEEP', `nodes are nested more than ${MAX_DEPTH} deep`, node)
  let firstNode = end
  for (let at = start; at < end; ) {
    // Short primitives that nobody asked for are most of what is met: two looks, and on. A primitive's tag may have the array flag.
    const tag = bytes[at]!
    const length = bytes[at + 1]!
    if (tag < NODE_FLAG && (tag & ID_MASK) !== id && length <= LARGEST_SHORT && length <= end - at - 2) {
      at += 2 + length
      continue
    }
    header.read(reader.reset(bytes, at, end))
    if (!header.isNode) {
      if (header.id === id) return true
    } else if (firstNode === end) firstNode = at
    at = header.end
  }
  for (let at = firstNode; at < end; ) {
    header.read(reader.reset(bytes, at, end))
    at = header.end
    if (header.isNode && (header.id === id || search(bytes, id, reader, header, depth + 1))) return true
  }
  return false
}

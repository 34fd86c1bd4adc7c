// Finds one key in a packet without decoding anything else: headers are read, values are stepped over. At each level the primitives are compared
// first, then the nodes in their order, each compared and then searched: the order in which YoMo's plugins looked for the key that they observe.
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
  const header = new Header()
  return locate(bytes, parseKey(key), header) ? bytes.subarray(header.start, header.end) : null
}

/** As `find`, without a view: when it returns true, `header` stands at the match. */
export function locate(bytes: Uint8Array, id: number, header: Header): boolean {
  header.read(bytes, 0, bytes.length)
  return header.id === id || (header.isNode && search(bytes, id, header, 1))
}

/** Searches the node that `header` stands at. */
function search(bytes: Uint8Array, id: number, header: Header, depth: number): boolean {
  const { value: start, start: node, end } = header
  if (depth > MAX_DEPTH) throw new Y3Error('TOO_DEEP', `nodes are nested more than ${MAX_DEPTH} deep`, node)
  let firstNode = end
  for (let at = start; at < end; ) {
    const tag = bytes[at]!
    if (tag >= NODE_FLAG) {
      if (firstNode === end) firstNode = at
      at = header.read(bytes, at, end).end
      continue
    }
    // A primitive's tag may have the array flag.
    if ((tag & ID_MASK) === id) {
      header.read(bytes, at, end)
      return true
    }
    // Most of what is met is short, and stepped over: one look at its length, and on.
    const length = bytes[at + 1]!
    at = length <= LARGEST_SHORT && length <= end - at - 2 ? at + 2 + length : header.read(bytes, at, end).end
  }
  for (let at = firstNode; at < end; ) {
    // Where a node is all that there is, as in a root, its header is read already.
    if (header.start !== at) header.read(bytes, at, end)
    at = header.end
    if (header.isNode && (header.id === id || search(bytes, id, header, depth + 1))) return true
  }
  return false
}

// Puts a new packet in the place of every packet with its key: what becomes of a message when a plugin has handled the key that it observes.
// Children keep their order; YoMo wrote primitives before nodes. Headers are made anew only where a change within shifts the length, all else is
// copied as it stands. Two passes: the first lists the edits and their sizes, the second copies.
import { Y3Error } from './error.ts'
import { Header, headerSize, writeHeader } from './header.ts'
import { MAX_DEPTH, MAX_PACKET_BYTES } from './limits.ts'
import { Tail } from './tail.ts'

/**
 * A copy of the packet in `bytes` in which every packet with the id of `replacement`, at any depth and itself included, is `replacement`: a whole
 * packet. What is replaced is not searched. Bytes after the packet are copied as they are. `bytes` itself when nothing matches.
 * Throws TRUNCATED, NEGATIVE_LENGTH, VARINT_TOO_LONG, TOO_DEEP, and TOO_LARGE when the result passes 16 MiB.
 */
export function replace(bytes: Uint8Array, replacement: Uint8Array): Uint8Array {
  const header = new Header().read(replacement, 0, replacement.length)
  const plan: Plan = { bytes, id: header.id, size: replacement.length, header, edits: [] }
  const growth = planRun(plan, 0, header.read(bytes, 0, bytes.length).end, 0)
  if (plan.edits.length === 0) return bytes
  const length = bytes.length + growth
  if (length > MAX_PACKET_BYTES) throw new Y3Error('TOO_LARGE', `the result takes ${length} bytes, the limit is ${MAX_PACKET_BYTES}`)
  return apply(bytes, replacement, plan.edits, length)
}

/** In `Edit.length`, marks the place of a replacement rather than of a header. */
const REPLACEMENT = -1

/** The bytes from `from` to `to` make way for the replacement, or for a header with this tag that announces `length`. */
interface Edit {
  readonly from: number
  readonly to: number
  readonly tag: number
  length: number
}

interface Plan {
  readonly bytes: Uint8Array
  readonly id: number
  /** Length of the replacement. */
  readonly size: number
  readonly header: Header
  /** In the order of the bytes. */
  readonly edits: Edit[]
}

/** Plans the run of packets from `start` to `end`; returns by how many bytes it grows. */
function planRun(plan: Plan, start: number, end: number, depth: number): number {
  const { bytes, header, edits } = plan
  let growth = 0
  for (let at = start; at < end; ) {
    header.read(bytes, at, end)
    const next = header.end
    if (header.id === plan.id) {
      edits.push({ from: at, to: next, tag: header.tag, length: REPLACEMENT })
      growth += plan.size - (next - at)
    } else if (header.isNode) growth += planNode(plan, depth + 1)
    at = next
  }
  return growth
}

/** Plans the node that the header stands at. */
function planNode(plan: Plan, depth: number): number {
  const { edits } = plan
  const { tag, start, value, end } = plan.header
  if (depth > MAX_DEPTH) throw new Y3Error('TOO_DEEP', `nodes are nested more than ${MAX_DEPTH} deep`, start)
  const own: Edit = { from: start, to: value, tag, length: end - value }
  edits.push(own)
  const growth = planRun(plan, value, end, depth)
  if (edits[edits.length - 1] === own) {
    edits.pop()
    return 0
  }
  own.length += growth
  return growth + headerSize(own.length) - (value - start)
}

/** Carries the edits out from the last to the first, as a tail is written. */
function apply(bytes: Uint8Array, replacement: Uint8Array, edits: readonly Edit[], length: number): Uint8Array {
  const tail = new Tail(length)
  let copied = bytes.length
  for (let index = edits.length - 1; index >= 0; index--) {
    const edit = edits[index]!
    tail.copy(bytes, edit.to, copied)
    if (edit.length === REPLACEMENT) tail.bytes(replacement)
    else writeHeader(tail, edit.tag, edit.length)
    copied = edit.from
  }
  tail.copy(bytes, 0, copied)
  return tail.release()
}

// Observes keys in an endless stream of packets: walks tags and lengths, steps over the values that nobody asked for, and keeps nothing but the match
// that is under way. At most one match an outermost packet, as YoMo had it; the rest of that packet is stepped over at once. YoMo's first observer
// compared every byte with the key and so took data for tags, the later ones saw only the children of the root; this one walks the whole tree.
//
// The first match is the first in the order of the bytes. (`find`, which has the whole packet, compares the primitives of a level first.)
import { Y3Error } from '../error.ts'
import { MAX_DEPTH, MAX_PACKET_BYTES } from '../limits.ts'
import { ID_MASK, type Key, parseKey } from '../tag.ts'
import { Gather } from './gather.ts'
import { HeaderProgress } from './header-progress.ts'
import type { StreamLimits } from './packet-reader.ts'

/**
 * Feed it chunks; it hands out each match whole (tag, length and value) with its key, as a view of the chunk when the match lies whole in one, else as
 * a copy: keep it longer than its chunk only as a copy. What is thrown while it is fed, by the stream's bytes or by `onMatch`, ends it.
 */
export class Observer {
  readonly #onMatch: (packet: Uint8Array, key: number) => void
  readonly #maxBytes: number
  /** By id: 1 when wanted. */
  readonly #wanted = new Uint8Array(ID_MASK + 1)
  readonly #header = new HeaderProgress()
  readonly #gather = new Gather()
  /** Where the open nodes end in the stream, the outermost first. */
  readonly #ends: number[] = []
  /** Where the value ends that is stepped over; in the past when none is. */
  #skipTo = 0
  /** Key of the match that is gathered. */
  #key = 0
  /** Bytes of earlier chunks. */
  #passed = 0
  #isBroken = false

  /** `keys` are from 0x00 to 0x3F. */
  constructor(keys: readonly Key[], onMatch: (packet: Uint8Array, key: number) => void, limits: StreamLimits = {}) {
    for (const key of keys) this.#wanted[parseKey(key)] = 1
    this.#onMatch = onMatch
    this.#maxBytes = limits.maxBytes ?? MAX_PACKET_BYTES
  }

  /** Takes the next bytes of the stream. Throws TRUNCATED, NEGATIVE_LENGTH, VARINT_TOO_LONG, TOO_DEEP, TOO_LARGE, and BROKEN when fed after a throw. */
  feed(chunk: Uint8Array): void {
    if (this.#isBroken) throw new Y3Error('BROKEN', 'the stream had a fault before these bytes', this.#passed)
    this.#isBroken = true
    let at = 0
    while (at < chunk.length) {
      const skip = this.#skipTo - this.#passed
      if (skip > at) at = Math.min(skip, chunk.length)
      else if (this.#gather.missing > 0) at = this.#resume(chunk, at)
      else at = this.#begin(chunk, at)
      this.#close(this.#passed + at)
    }
    this.#passed += chunk.length
    this.#isBroken = false
  }

  /** To be called where the stream ends. Throws TRUNCATED within a packet. */
  end(): void {
    if (this.#ends.length > 0 || this.#skipTo > this.#passed || this.#gather.missing > 0 || this.#header.size > 0) {
      throw new Y3Error('TRUNCATED', 'the stream ends within a packet', this.#passed)
    }
  }

  /** Reads a header, and decides what becomes of the packet. */
  #begin(chunk: Uint8Array, start: number): number {
    const header = this.#header
    let at = start
    while (!header.take(chunk[at]!, this.#passed + at)) if (++at === chunk.length) return at
    at++
    const { id, isNode, size, length } = header
    const end = this.#passed + at + length
    const parent = this.#ends[this.#ends.length - 1]
    if (parent !== undefined && end > parent) throw new Y3Error('TRUNCATED', 'a packet runs past the end of its node', this.#passed + at)
    header.reset()
    if (this.#wanted[id] === 1) return this.#match(chunk, start, at, size, length)
    if (!isNode) this.#skipTo = end
    else if (this.#ends.push(end) > MAX_DEPTH)
      throw new Y3Error('TOO_DEEP', `nodes are nested more than ${MAX_DEPTH} deep`, this.#passed + at)
    return at
  }

  #match(chunk: Uint8Array, start: number, at: number, size: number, length: number): number {
    const id = this.#header.id
    if (size + length > this.#maxBytes) {
      throw new Y3Error('TOO_LARGE', `a match takes ${size + length} bytes, the limit is ${this.#maxBytes}`, this.#passed + at)
    }
    // One match is enough: what follows it in the outermost packet is stepped over. The match itself is gathered before that.
    const outermost = this.#ends[0]
    this.#ends.length = 0
    if (at - start === size && length <= chunk.length - at) {
      this.#skipTo = outermost ?? 0
      this.#onMatch(chunk.subarray(start, at + length), id)
      return at + length
    }
    if (outermost !== undefined) this.#ends.push(outermost)
    this.#key = id
    this.#gather.begin(size + length)
    this.#gather.add(this.#header.bytes, 0, size)
    return this.#resume(chunk, at)
  }

  #resume(chunk: Uint8Array, at: number): number {
    const gather = this.#gather
    const end = Math.min(chunk.length, at + gather.missing)
    gather.add(chunk, at, end)
    if (gather.missing === 0) {
      this.#skipTo = this.#ends[0] ?? 0
      this.#ends.length = 0
      this.#onMatch(gather.take(), this.#key)
    }
    return end
  }

  /** Closes the nodes that end at `offset`. */
  #close(offset: number): void {
    const ends = this.#ends
    if (this.#header.size > 0 || this.#gather.missing > 0) return
    while (ends.length > 0 && ends[ends.length - 1]! <= offset) ends.pop()
  }
}

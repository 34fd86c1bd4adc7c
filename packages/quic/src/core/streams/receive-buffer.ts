// Puts what arrives out of order back in order. RFC 9000 section 2.2.
// Bytes lie in blocks at fixed offsets, so that a byte has one place, is copied once, and overlaps cost nothing; the reader gets views of the blocks.
import { Buffer } from 'node:buffer'
import { RangeSet } from '@millrace/bytes'
import { type TransportErrorName, TransportViolation } from '../errors.ts'
import { MAX_RECEIVE_GAPS } from '../limits.ts'
import { type BlockPool, FIRST_BLOCK, LARGEST_BLOCK } from './block-pool.ts'
import { copyBytes } from './copy-bytes.ts'

/** Bytes of a message up to which it lies within V8's heap, and is copied there by a loop: in a twentieth of the time that a block takes. */
const SHORT = 64

interface Block {
  readonly start: number
  readonly bytes: Buffer
  /** The reader has views of it, so that it must not be used again. */
  lent: boolean
}

export class ReceiveBuffer {
  /** Blocks from the read position on: the last one used, and the others by their place. A hole stands where nothing has arrived. */
  #last: Block | null = null
  #others: Map<number, Block> | null = null
  /** Beyond `contiguous`; null while everything came in order. */
  #received: RangeSet | null = null
  readonly #pool: BlockPool | null
  readonly #tooManyGaps: TransportErrorName
  #contiguous = 0
  #read = 0
  /** Nobody reads from here on; null where all is read. */
  #wanted: number | null = null

  /** `tooManyGaps` is the code with which those end the connection. For streams RFC 9000 has none. */
  constructor(pool: BlockPool | null = null, tooManyGaps: TransportErrorName = 'INTERNAL_ERROR') {
    this.#pool = pool
    this.#tooManyGaps = tooManyGaps
  }

  /** Offset of the next byte for the reader. */
  get read(): number {
    return this.#read
  }

  /** Offset up to which nothing is missing. */
  get contiguous(): number {
    return this.#contiguous
  }

  /** Nothing waits, neither for the reader nor behind a gap. */
  get isDrained(): boolean {
    return this.#read === this.#contiguous && this.#inOrder()
  }

  /** Takes `length` bytes of `source` from index `from`, which stand at `offset` in the stream. They are copied. */
  insert(offset: number, source: Uint8Array, from: number, length: number): void {
    const end = this.#wanted === null ? offset + length : Math.min(offset + length, this.#wanted)
    if (end <= this.#contiguous) return
    let at = offset
    let index = from
    if (at < this.#contiguous) {
      index += this.#contiguous - at
      at = this.#contiguous
    }
    const start = at
    while (at < end) {
      const block = this.#blockAt(at)
      const take = Math.min(end, block.start + block.bytes.length) - at
      copyBytes(source, block.bytes, at - block.start, index, index + take)
      at += take
      index += take
    }
    if (start === this.#contiguous && this.#inOrder()) this.#contiguous = end
    else this.#note(start, end)
  }

  /** As `insert` at 0, of all that will ever come: what is short, as many messages are, lies in a block of its own length. */
  insertAll(source: Uint8Array, from: number, length: number): void {
    const isFirst = this.#contiguous === 0 && this.#last === null && this.#wanted === null && this.#inOrder()
    if (length > SHORT || !isFirst) {
      this.insert(0, source, from, length)
      return
    }
    if (length === 0) return
    const bytes = Buffer.allocUnsafeSlow(length)
    copyBytes(source, bytes, 0, from, from + length)
    this.#last = { start: 0, bytes, lent: false }
    this.#contiguous = length
  }

  /** The next bytes in order, as far as they lie in one piece, or null. They are the reader's to keep. */
  take(): Buffer | null {
    if (this.#read === this.#contiguous) return null
    const block = this.#blockAt(this.#read)
    const end = Math.min(this.#contiguous, block.start + block.bytes.length)
    const { start, bytes } = block
    const isWhole = this.#read === start && end === start + bytes.length
    const chunk = isWhole ? bytes : bytes.subarray(this.#read - start, end - start)
    block.lent = true
    this.#advance(block, end)
    return chunk
  }

  /** Copies the next bytes in order to where the reader wants them, and returns how many. What they lay in is used again. */
  takeInto(target: Uint8Array): number {
    let at = 0
    while (at < target.length && this.#read < this.#contiguous) {
      const block = this.#blockAt(this.#read)
      const from = this.#read - block.start
      const take = Math.min(target.length - at, Math.min(this.#contiguous, block.start + block.bytes.length) - this.#read)
      copyBytes(block.bytes, target, at, from, from + take)
      at += take
      this.#advance(block, this.#read + take)
    }
    return at
  }

  /** Nobody will read from `size` on, unless it is read already. What lay there is given back, and what comes is not taken. */
  keepUpTo(size: number): void {
    const end = Math.max(size, this.#read)
    this.#wanted = end
    if (this.#contiguous > end) this.#contiguous = end
    this.#received?.remove(end, Number.MAX_SAFE_INTEGER)
    if (this.#last !== null && this.#last.start >= end) {
      this.#give(this.#last)
      this.#last = null
    }
    for (const block of this.#others?.values() ?? []) {
      if (block.start < end) continue
      this.#others!.delete(block.start)
      this.#give(block)
    }
  }

  /** The next `length` bytes came and were read without being put here; nothing waits. */
  skip(length: number): void {
    this.#read += length
    this.#contiguous = this.#read
    const last = this.#last
    if (last !== null && this.#read >= last.start + last.bytes.length) this.#advance(last, this.#read)
  }

  /** Nobody will read any more. */
  clear(): void {
    if (this.#last !== null) this.#give(this.#last)
    if (this.#others !== null) for (const block of this.#others.values()) this.#give(block)
    this.#last = null
    this.#others = null
    this.#received = null
    this.#read = this.#contiguous
  }

  /** All before `end` is read, and `block`, the last one used, done with if it ends there. */
  #advance(block: Block, end: number): void {
    this.#read = end
    if (end < block.start + block.bytes.length) return
    this.#last = null
    this.#give(block)
  }

  #give(block: Block): void {
    if (!block.lent) this.#pool?.give(block.bytes)
  }

  #inOrder(): boolean {
    return this.#received === null || this.#received.isEmpty
  }

  #note(start: number, end: number): void {
    this.#received ??= new RangeSet()
    const received = this.#received
    received.add(start, end)
    if (received.first! <= this.#contiguous) {
      this.#contiguous = received.stop(0)
      received.remove(received.first!, this.#contiguous)
    }
    if (received.count > MAX_RECEIVE_GAPS) {
      throw new TransportViolation(this.#tooManyGaps, `more than ${MAX_RECEIVE_GAPS} gaps in what arrived`)
    }
  }

  #blockAt(offset: number): Block {
    const last = this.#last
    return last !== null && offset >= last.start && offset < last.start + last.bytes.length ? last : this.#otherBlockAt(offset)
  }

  #otherBlockAt(offset: number): Block {
    const last = this.#last
    const start = blockStart(offset)
    const block = this.#others?.get(start) ?? this.#newBlock(start)
    this.#others?.delete(start)
    if (last !== null) {
      this.#others ??= new Map()
      this.#others.set(last.start, last)
    }
    this.#last = block
    return block
  }

  #newBlock(start: number): Block {
    const size = blockSize(start)
    return { start, bytes: this.#pool?.take(size) ?? Buffer.allocUnsafeSlow(size), lent: false }
  }
}

/** Blocks: [0, 4K), [4K, 20K), [20K, 84K), then 64 KiB each. */
const SECOND_START = FIRST_BLOCK
const THIRD_START = SECOND_START + FIRST_BLOCK * 4

function blockStart(offset: number): number {
  if (offset < SECOND_START) return 0
  if (offset < THIRD_START) return SECOND_START
  return offset - ((offset - THIRD_START) % LARGEST_BLOCK)
}

function blockSize(start: number): number {
  return start === 0 ? FIRST_BLOCK : start === SECOND_START ? FIRST_BLOCK * 4 : LARGEST_BLOCK
}

// Puts what arrives out of order back in order. RFC 9000 section 2.2.
// Bytes lie in blocks at fixed offsets, so that a byte has one place, is copied once, and overlaps cost nothing; the reader gets views of the blocks.
import { RangeSet } from '@millrace/bytes'
import { type TransportErrorName, TransportViolation } from '../errors.ts'
import { MAX_RECEIVE_GAPS } from '../limits.ts'
import { type BlockPool, POOLED_BLOCK } from './block-pool.ts'

/** The first block is small, since most streams are; each next one is four times the last, up to the largest. */
const FIRST_BLOCK = 4096
const LARGEST_BLOCK = POOLED_BLOCK

interface Block {
  readonly start: number
  readonly bytes: Buffer
  /** The reader has views of it, so that it must not be used again. */
  lent: boolean
}

export class ReceiveBuffer {
  /** Blocks from the read position on, by their place; a hole stands where nothing has arrived. */
  #blocks = new Map<number, Block>()
  #last: Block | null = null
  #received = new RangeSet()
  readonly #pool: BlockPool | null
  readonly #tooManyGaps: TransportErrorName
  #contiguous = 0
  #read = 0

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
    return this.#read === this.#contiguous && this.#received.isEmpty
  }

  /** Takes `length` bytes of `source` from index `from`, which stand at `offset` in the stream. They are copied. */
  insert(offset: number, source: Buffer, from: number, length: number): void {
    const end = offset + length
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
      source.copy(block.bytes, at - block.start, index, index + take)
      at += take
      index += take
    }
    if (start === this.#contiguous && this.#received.isEmpty) this.#contiguous = end
    else this.#note(start, end)
  }

  /** The next bytes in order, as far as they lie in one piece, or null. They are the reader's to keep. */
  take(): Buffer | null {
    if (this.#read === this.#contiguous) return null
    const block = this.#blockAt(this.#read)
    const end = Math.min(this.#contiguous, block.start + block.bytes.length)
    const chunk = block.bytes.subarray(this.#read - block.start, end - block.start)
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
      block.bytes.copy(target, at, from, from + take)
      at += take
      this.#advance(block, this.#read + take)
    }
    return at
  }

  clear(): void {
    this.#blocks.clear()
    this.#last = null
    this.#received.clear()
    this.#read = this.#contiguous
  }

  /** All before `end` is read, and `block` done with if it ends there. */
  #advance(block: Block, end: number): void {
    this.#read = end
    if (end < block.start + block.bytes.length) return
    this.#blocks.delete(block.start)
    if (this.#last === block) this.#last = null
    if (!block.lent) this.#pool?.give(block.bytes)
  }

  #note(start: number, end: number): void {
    this.#received.add(start, end)
    if (this.#received.first! <= this.#contiguous) {
      this.#contiguous = this.#received.stop(0)
      this.#received.remove(this.#received.first!, this.#contiguous)
    }
    if (this.#received.count > MAX_RECEIVE_GAPS) {
      throw new TransportViolation(this.#tooManyGaps, `more than ${MAX_RECEIVE_GAPS} gaps in what arrived`)
    }
  }

  #blockAt(offset: number): Block {
    const last = this.#last
    if (last !== null && offset >= last.start && offset < last.start + last.bytes.length) return last
    const start = blockStart(offset)
    let block = this.#blocks.get(start)
    if (block === undefined) {
      const size = blockSize(start)
      block = { start, bytes: this.#pool?.take(size) ?? Buffer.allocUnsafeSlow(size), lent: false }
      this.#blocks.set(start, block)
    }
    this.#last = block
    return block
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

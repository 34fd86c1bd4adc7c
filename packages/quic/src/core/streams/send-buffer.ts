// Bytes that were written and are not yet acknowledged, and which of them have to go out: those never sent, and those lost.
// Nothing is queued for retransmission: what is missing is computed from three sets of ranges. RFC 9000 section 13.3.
import { RangeSet } from '@millrace/bytes'
import { copyBytes } from './copy-bytes.ts'

/** Chunks that were acknowledged stay in the array until this many have gathered; then it is cut in one go. */
const COMPACT_AFTER = 256

/** Places for chunks that a stream keeps when all are acknowledged. */
const KEPT_PLACES = 4

export class SendBuffer {
  /** Those from `head` to `tail` are held. */
  #chunks: Uint8Array[] = NONE
  /** Stream offset at which each chunk begins. */
  #starts: number[] = NONE
  #head = 0
  #tail = 0
  /** The chunk that the last copy ended in; the next copy nearly always begins there. */
  #cursor = 0
  /** Beyond `base`, and what is to go out again; null while nothing came out of order or was lost. */
  #acknowledged: RangeSet | null = null
  #lost: RangeSet | null = null
  /** All below it is acknowledged. */
  #base = 0
  /** Lowest offset never sent. */
  #next = 0
  #end = 0
  /** No byte from here on has to arrive; null where all have to. */
  #wanted: number | null = null

  /** Offset one past the last byte written. */
  get end(): number {
    return this.#end
  }

  /** Offset of the first byte that was never sent. */
  get next(): number {
    return this.#next
  }

  /** Bytes held: written and not yet acknowledged without a gap. */
  get held(): number {
    return Math.max(0, (this.#wanted ?? this.#end) - this.#base)
  }

  /** All that has to arrive has. */
  get allAcknowledged(): boolean {
    return this.#base >= (this.#wanted ?? this.#end)
  }

  get hasLost(): boolean {
    return this.#lost !== null && !this.#lost.isEmpty
  }

  /** Offset of the first lost byte. Only while `hasLost`. */
  get lostAt(): number {
    return this.#lost!.first!
  }

  /** Bytes from `lostAt` on that are lost in one piece. */
  get lostRun(): number {
    return this.#lost!.stop(0) - this.#lost!.first!
  }

  /** Takes a chunk without copying it; the caller must not change it until it is acknowledged. */
  write(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    const place = this.#tail++
    if (place < this.#chunks.length) {
      this.#chunks[place] = chunk
      this.#starts[place] = this.#end
    } else if (place === 0) {
      // No longer than they need be: most streams hold one chunk, and arrays that are pushed to have room for many.
      this.#chunks = [chunk]
      this.#starts = [this.#end]
    } else {
      this.#chunks.push(chunk)
      this.#starts.push(this.#end)
    }
    this.#end += chunk.length
  }

  /** Copies [offset, offset + length) to where it is sent from, and counts it as sent. */
  send(offset: number, length: number, target: Buffer, at: number): void {
    let chunk = this.#find(offset)
    let from = offset - this.#starts[chunk]!
    let left = length
    let to = at
    while (true) {
      const bytes = this.#chunks[chunk]!
      const take = Math.min(bytes.length - from, left)
      copyBytes(bytes, target, to, from, from + take)
      left -= take
      if (left === 0) break
      to += take
      from = 0
      chunk++
    }
    this.#cursor = chunk
    if (offset === this.#next) this.#next = offset + length
    else this.#lost?.remove(offset, offset + length)
  }

  /** The peer has [offset, offset + length). Returns how many bytes were freed. */
  acknowledge(offset: number, length: number): number {
    const end = offset + length
    this.#lost?.remove(offset, end)
    if (offset > this.#base) {
      this.#acknowledged ??= new RangeSet()
      this.#acknowledged.add(offset, end)
      return 0
    }
    if (end <= this.#base) return 0
    const before = this.#base
    this.#base = end
    const beyond = this.#acknowledged
    while (beyond !== null && !beyond.isEmpty && beyond.first! <= this.#base) {
      this.#base = Math.max(this.#base, beyond.stop(0))
      beyond.remove(beyond.first!, this.#base)
    }
    this.#free()
    return this.#base - before
  }

  /** [offset, offset + length) was in a lost packet: what of it is still wanted goes out again. */
  lose(offset: number, length: number): void {
    const start = Math.max(offset, this.#base)
    const end = this.#wanted === null ? offset + length : Math.min(offset + length, this.#wanted)
    if (start >= end) return
    this.#lost ??= new RangeSet()
    this.#lost.add(start, end)
    const beyond = this.#acknowledged
    for (let i = 0; beyond !== null && i < beyond.count && beyond.start(i) < end; i++) this.#lost.remove(beyond.start(i), beyond.stop(i))
  }

  /** What was sent counts as never sent. Only while nothing is acknowledged. */
  rewind(): void {
    if (this.#tail === 0) this.#base = this.#end = 0
    if (this.#wanted !== null) this.#end = this.#wanted
    this.#next = this.#base
    this.#lost?.clear()
  }

  /** Drops everything, what was never sent included: the stream was reset. */
  clear(): void {
    this.#dropChunks()
    this.#acknowledged?.clear()
    this.#lost?.clear()
    this.#base = this.#end = this.#next
  }

  /** No byte from `size` on has to arrive: of those none is sent again, nor for the first time. `size` is no more than before, and than was written. */
  keepUpTo(size: number): void {
    this.#wanted = size
    this.#end = Math.max(this.#next, size)
    this.#lost?.remove(size, Number.MAX_SAFE_INTEGER)
    const chunks = this.#chunks
    const starts = this.#starts
    while (this.#tail > this.#head && starts[this.#tail - 1]! >= size) chunks[--this.#tail] = EMPTY
    if (this.#tail === this.#head) this.#dropChunks()
  }

  #find(offset: number): number {
    const starts = this.#starts
    const guess = this.#cursor
    if (guess < this.#tail && starts[guess]! <= offset) {
      if (offset < starts[guess]! + this.#chunks[guess]!.length) return guess
      if (guess + 1 < this.#tail && offset < starts[guess + 1]! + this.#chunks[guess + 1]!.length) return guess + 1
    }
    let low = this.#head
    let high = this.#tail - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  #free(): void {
    const chunks = this.#chunks
    while (this.#head < this.#tail && this.#starts[this.#head]! + chunks[this.#head]!.length <= this.#base) {
      chunks[this.#head++] = EMPTY
    }
    if (this.#head === this.#tail) {
      this.#dropChunks()
      return
    }
    if (this.#head < COMPACT_AFTER) return
    chunks.splice(0, this.#head)
    this.#starts.splice(0, this.#head)
    this.#tail -= this.#head
    this.#cursor = Math.max(0, this.#cursor - this.#head)
    this.#head = 0
  }

  /** Few places stay for who writes message after message: arrays that are made anew grow at each second one. */
  #dropChunks(): void {
    if (this.#chunks.length > KEPT_PLACES) {
      this.#chunks = NONE
      this.#starts = NONE
    } else for (let place = this.#head; place < this.#tail; place++) this.#chunks[place] = EMPTY
    this.#head = 0
    this.#tail = 0
    this.#cursor = 0
  }
}

/** Of chunks and of numbers: never written to. */
const NONE: never[] = []

const EMPTY: Uint8Array = new Uint8Array(0)

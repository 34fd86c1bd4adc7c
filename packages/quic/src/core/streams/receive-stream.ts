// The receiving half of a stream. RFC 9000 section 3.2.
import { TransportViolation } from '../errors.ts'
import type { BlockPool } from './block-pool.ts'
import type { ReceiveCredit } from './flow-control.ts'
import { ReceiveBuffer } from './receive-buffer.ts'
import { type ReceiveEvent, type ReceiveState, receiveStep } from './states.ts'

/** What RESET_STREAM_AT said: so many bytes are delivered, then the code is told. */
interface Promised {
  readonly code: bigint
  readonly size: number
}

export class ReceiveStream {
  readonly id: number
  readonly credit: ReceiveCredit
  readonly #connection: ReceiveCredit
  readonly #buffer: ReceiveBuffer
  #state: ReceiveState = 'receive'
  #highest = 0
  #taken = 0
  /** Bytes for which the peer has its credit back. */
  #credited = 0
  #finalSize: number | null = null
  #resetCode: bigint | null = null
  #stopCode: bigint | null = null
  #promised: Promised | null = null

  constructor(id: number, credit: ReceiveCredit, connection: ReceiveCredit, pool: BlockPool | null = null) {
    this.id = id
    this.#buffer = new ReceiveBuffer(pool)
    this.credit = credit
    this.#connection = connection
  }

  get state(): ReceiveState {
    return this.#state
  }

  /** Code of the peer's reset, or null; that of a RESET_STREAM_AT once the reader has what was promised. */
  get resetCode(): bigint | null {
    return this.#resetCode
  }

  /** The peer gave up, whether or not the reader is to know it already. */
  get isReset(): boolean {
    return this.#resetCode !== null || this.#promised !== null
  }

  /** Code of our STOP_SENDING, or null. */
  get stopCode(): bigint | null {
    return this.#stopCode
  }

  get received(): number {
    return this.#highest
  }

  /** Bytes that the reader has taken. */
  get taken(): number {
    return this.#taken
  }

  /** Whether the reader would find bytes, the end, or the reset. */
  get readable(): boolean {
    return this.#buffer.contiguous > this.#buffer.read || this.#state === 'dataReceived' || this.#state === 'resetReceived'
  }

  /** All has arrived, or the peer gave up: nothing more of it is awaited. */
  get complete(): boolean {
    return this.#state !== 'receive' && this.#state !== 'sizeKnown'
  }

  /** Nothing more can arrive, and the reader knows all there is to know. */
  get ended(): boolean {
    return this.#state === 'dataRead' || this.#state === 'resetRead'
  }

  /** Whether the peer can still use credit. */
  get wantsCredit(): boolean {
    return this.#state === 'receive' && this.#stopCode === null
  }

  receive(offset: number, source: Buffer, from: number, length: number, fin: boolean): void {
    const end = offset + length
    this.#grow(end, fin)
    if (this.#resetCode !== null || this.#state === 'dataRead') return
    if (this.#stopCode === null) {
      if (fin && offset === 0) this.#buffer.insertAll(source, from, length)
      else this.#buffer.insert(offset, source, from, length)
    }
    if (fin && this.#step('finReceived')) this.#finalSize = end
    if (this.#stopCode !== null) {
      if (this.#finalSize !== null) this.#abandon()
    } else if (this.#finalSize !== null && this.#buffer.contiguous >= this.#due()) this.#step('allReceived')
  }

  /** Data that does not end the stream, of a peer that can still use credit: as `receive`, which asks for more. */
  receiveMore(offset: number, source: Buffer, from: number, length: number): void {
    this.#reach(offset + length)
    this.#buffer.insert(offset, source, from, length)
  }

  /** The peer gave up. What has not been read is dropped, unless all had arrived; a reader that stopped need not see it. RFC 9000 section 3.5. */
  reset(code: bigint, finalSize: number): void {
    this.#grow(finalSize, true)
    if (this.#promised !== null) this.#mustBe(code, this.#promised.code)
    if (!this.#step('resetReceived')) return
    this.#finalSize = finalSize
    this.#resetCode = code
    this.#discard()
    if (this.#stopCode !== null) this.#step('resetRead')
  }

  /**
   * The peer gave up, but delivers the first `size` bytes: the reader gets those, and what it has not read beyond them is dropped. Of several the smallest
   * holds, in whichever order they come. draft-ietf-quic-reliable-stream-reset section 5.
   */
  resetAt(code: bigint, finalSize: number, size: number): void {
    const known = this.#resetCode ?? this.#promised?.code ?? code
    this.#mustBe(code, known)
    if (this.#stopCode !== null) {
      this.reset(code, finalSize)
      return
    }
    this.#grow(finalSize, true)
    if ((this.#promised !== null && size >= this.#promised.size) || !this.#step('resetAtReceived')) return
    this.#finalSize = finalSize
    this.#promised = { code, size }
    this.#buffer.keepUpTo(size)
    const awaited = Math.max(0, size - this.#buffer.read)
    this.#credit(finalSize - awaited - this.#credited)
    if (this.#buffer.contiguous >= size) this.#step('allReceived')
    this.#wasRead(0)
  }

  /** The next bytes, or null when there are none now. They are the reader's to keep, and give the peer new credit. */
  read(): Buffer | null {
    const chunk = this.#buffer.take()
    this.#wasRead(chunk?.length ?? 0)
    return chunk
  }

  /** Copies the next bytes, as many as there are and fit, and gives the peer new credit for them. Returns how many. */
  readInto(target: Uint8Array): number {
    const count = this.#buffer.takeInto(target)
    this.#wasRead(count)
    return count
  }

  /** The reader has seen the reset. */
  resetRead(): void {
    this.#step('resetRead')
  }

  /** The reader wants no more. Returns whether the peer has to be told. RFC 9000 section 3.5. */
  stop(code: bigint): boolean {
    if (this.#stopCode !== null || this.ended) return false
    if (this.#state === 'resetReceived') {
      this.#step('resetRead')
      return false
    }
    const missing = this.#state === 'receive' || this.#state === 'sizeKnown'
    this.#stopCode = code
    this.#discard()
    if (this.#finalSize !== null) this.#abandon()
    return missing
  }

  /** The size is known and nobody reads: as good as read. */
  #abandon(): void {
    this.#state = 'dataRead'
  }

  /** Bytes that nobody will read count as consumed, or the connection's credit would leak. */
  #discard(): void {
    this.#buffer.clear()
    this.#credit(this.#highest - this.#credited)
  }

  #wasRead(count: number): void {
    if (count > 0) {
      this.#taken += count
      this.#credit(count)
    }
    if (this.#state !== 'dataReceived' || this.#buffer.read < this.#due()) return
    if (this.#promised === null) this.#step('allRead')
    else {
      this.#resetCode = this.#promised.code
      this.#step('promiseRead')
    }
    this.#buffer.clear()
  }

  /** Bytes that the reader is to get, once the size is known. */
  #due(): number {
    return this.#promised?.size ?? this.#finalSize!
  }

  /** draft-ietf-quic-reliable-stream-reset section 5.2. */
  #mustBe(code: bigint, known: bigint): void {
    if (code !== known) throw new TransportViolation('STREAM_STATE_ERROR', `stream ${this.id} was reset with ${known} and now with ${code}`)
  }

  #credit(count: number): void {
    this.#credited += count
    this.credit.consume(count)
    this.#connection.consume(count)
  }

  #grow(end: number, final: boolean): void {
    if (final || this.#finalSize !== null) this.#checkSize(end, final)
    const more = this.#reach(end)
    if (more > 0 && (this.#stopCode !== null || this.#resetCode !== null)) this.#credit(more)
  }

  /** RFC 9000 section 4.5. */
  #checkSize(end: number, final: boolean): void {
    if (this.#finalSize !== null && (end > this.#finalSize || (final && end !== this.#finalSize))) {
      throw new TransportViolation('FINAL_SIZE_ERROR', `stream ${this.id} ended at ${this.#finalSize} and now reaches ${end}`)
    }
    if (final && end < this.#highest) {
      throw new TransportViolation('FINAL_SIZE_ERROR', `stream ${this.id} ends at ${end}, but ${this.#highest} bytes of it arrived`)
    }
  }

  /** Counts what lies beyond all that has arrived, up to `end`. Returns how much that is. */
  #reach(end: number): number {
    const more = end - this.#highest
    if (more <= 0) return 0
    this.#highest = end
    this.credit.use(more, this.id)
    this.#connection.use(more, null)
    return more
  }

  #step(event: ReceiveEvent): boolean {
    const next = receiveStep(this.#state, event)
    if (next === null) return false
    this.#state = next
    return true
  }
}

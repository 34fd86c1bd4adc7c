// Flow control of one session: how many streams, and how many bytes on all of them together, in each direction. draft-ietf-webtrans-http3 section 5.
import { ChurnSet } from '@millrace/bytes'
import type { QuicStream } from '@millrace/quic'
import type { FlowTerms } from '../core/webtransport/drafts.ts'
import {
  decodeFlowCapsule,
  encodeFlowCapsule,
  FORBIDDEN_CAPSULES,
  flowError,
  isFlowCapsule,
  LARGEST_FLOW_CAPSULE,
  type Limited,
} from '../core/webtransport/flow-capsules.ts'
import { GivenCredit, TakenCredit } from '../core/webtransport/session-credit.ts'
import type { Http3Error } from '../core/wire/http3-error.ts'
import { invalidState } from './error.ts'
import { type Direction, quotaExceeded } from './opened-stream.ts'
import { ReceivingShare, SendingShare } from './stream-shares.ts'

/** What a session does for its flow control. */
export interface FlowHost {
  /** Sends a capsule. */
  say(capsule: Uint8Array): void
  /** The peer broke a rule that ends the session. */
  violated(error: Http3Error): void
}

/** A stream, or who wants one. */
interface Waiting {
  readonly order: number
  readonly wake: () => void
}

type Credits<T> = Readonly<Record<Limited, T>>

/** Of a session of the newest draft. Without terms nothing is limited, and what the peer says of limits is ignored (section 5.1). */
export class FlowControl {
  readonly #host: FlowHost
  readonly #taken: Credits<TakenCredit> | null
  readonly #given: Credits<GivenCredit> | null
  readonly #receiving = new ChurnSet<ReceivingShare>()
  /** Who waits for credit of the peer's. */
  readonly #waiting = new Set<Waiting>()
  #ended = false

  constructor(terms: FlowTerms | null, host: FlowHost) {
    this.#host = host
    this.#taken = terms === null ? null : credits((of) => new TakenCredit(terms.peer[of]))
    this.#given = terms === null ? null : credits((of) => new GivenCredit(terms.own[of]))
  }

  // ---- capsules

  /** Bytes of the largest payload of a capsule that it wants to hear of; undefined for others. */
  largest(type: number): number | undefined {
    return FORBIDDEN_CAPSULES.has(type) || (this.#taken !== null && isFlowCapsule(type)) ? LARGEST_FLOW_CAPSULE : undefined
  }

  /** Throws Http3Error, for the stream, for what the peer may not say. */
  capsuleReceived(type: number, payload: Uint8Array): void {
    const { says, of, limit } = decodeFlowCapsule(type, payload)
    if (says === 'blocked' || this.#taken === null) return
    if (!this.#taken[of].raise(limit)) throw flowError(`a limit of ${limit} for ${of}, which is no more than before`)
    this.#wake()
  }

  // ---- what we send

  /** Bytes that may be sent now. */
  get room(): number {
    return this.#taken?.data.room ?? Number.POSITIVE_INFINITY
  }

  /** Takes the place of a stream that is to be opened. Rejects with QuotaExceededError where there is none and `wait` is false, InvalidStateError at the end. */
  async takePlace(direction: Direction, wait: boolean): Promise<void> {
    while (!this.#ended && this.#taken !== null && this.#taken[direction].take(1) === 0) {
      this.#sayBlocked(direction)
      if (!wait) throw quotaExceeded('The peer allows no more streams of the session now.')
      await this.moved(0)
    }
    if (this.#ended) throw invalidState()
  }

  /** The stream was not opened. */
  returnPlace(direction: Direction): void {
    this.#taken?.[direction].giveBack(1)
    this.#wake()
  }

  /** Bytes that may be sent, `wanted` at most; the peer hears where there are none. */
  take(wanted: number): number {
    if (this.#taken === null) return wanted
    const taken = this.#taken.data.take(wanted)
    if (taken === 0) this.#sayBlocked('data')
    return taken
  }

  /** Bytes were taken, and never sent. */
  giveBack(count: number): void {
    this.#taken?.data.giveBack(count)
    this.#wake()
  }

  /** Resolves when there may be more credit, for higher orders first, or the session has ended; or when what `given` got is called. */
  moved(order: number, given: (wake: () => void) => void = () => {}): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(waiting)
        resolve()
      }
      const waiting = { order, wake }
      this.#waiting.add(waiting)
      given(wake)
    })
  }

  /** For a stream that we send on; `headerSize`: bytes before the application's. */
  sending(quic: QuicStream, headerSize: number): SendingShare {
    return new SendingShare(this, quic, headerSize)
  }

  // ---- what the peer sends

  /** The peer has opened a stream. False where it may not: the session has ended by that. Section 5.6.2. */
  streamArrived(quic: QuicStream): boolean {
    if (this.#given === null) return true
    for (const share of this.#receiving) share.count()
    const credit = this.#given[quic.direction]
    if (!credit.use(1)) {
      this.#host.violated(flowError(`${credit.used} ${quic.direction} streams, and ${credit.limit} are allowed`))
      return false
    }
    const over = (): void => {
      credit.finish(1)
      this.#raise(quic.direction)
    }
    quic.closed.then(over, over)
    return !this.#ended
  }

  /** For a stream that the peer sends on. */
  receiving(quic: QuicStream, headerSize: number): ReceivingShare | null {
    if (this.#given === null) return null
    const share = new ReceivingShare(this, quic, headerSize)
    this.#receiving.add(share)
    const over = (): void => {
      share.over()
      this.#receiving.delete(share)
    }
    quic.closed.then(over, over)
    share.count()
    return share
  }

  /** So many bytes more have arrived. Section 5.6.4. */
  received(count: number): void {
    const credit = this.#given!.data
    if (!credit.use(count) && !this.#ended) this.#host.violated(flowError(`${credit.used} bytes, and ${credit.limit} are allowed`))
  }

  /** So many of those have been read, or will never be. */
  consumed(count: number): void {
    this.#given!.data.finish(count)
    this.#raise('data')
  }

  /** The session has ended: nobody has to wait any more. */
  end(): void {
    this.#ended = true
    this.#wake()
  }

  #raise(of: Limited): void {
    if (this.#ended) return
    const limit = this.#given![of].takeRaise()
    if (limit !== null) this.#host.say(encodeFlowCapsule({ says: 'limit', of, limit }))
  }

  #sayBlocked(of: Limited): void {
    const limit = this.#ended ? null : this.#taken![of].takeBlocked()
    if (limit !== null) this.#host.say(encodeFlowCapsule({ says: 'blocked', of, limit }))
  }

  #wake(): void {
    for (const { wake } of [...this.#waiting].sort((one, other) => other.order - one.order)) wake()
  }
}

function credits<T>(make: (of: Limited) => T): Credits<T> {
  return { data: make('data'), bidi: make('bidi'), uni: make('uni') }
}

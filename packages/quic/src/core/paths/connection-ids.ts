// Connection ids: those that the peer uses for us, and those that we use for the peer. RFC 9000 section 5.1.
import type { Writer } from '@millrace/bytes'
import { TransportViolation } from '../errors.ts'
import type { EventQueue } from '../events.ts'
import { MAX_LOCAL_CONNECTION_IDS, MAX_RETIREMENTS } from '../limits.ts'
import type { SentPacket } from '../recovery/sent-packet.ts'
import { put } from '../streams/stream-control.ts'
import type { Frame } from '../wire/frames/index.ts'

type NewConnectionId = Extract<Frame, { type: 'newConnectionId' }>

/** Length of the connection ids that we choose: long enough that a guess does not hit. */
export const CONNECTION_ID_LENGTH = 8

/** The ids under which the peer reaches us. */
export class LocalConnectionIds {
  readonly #active = new Map<number, Uint8Array>()
  readonly #unstated: number[] = []
  readonly #tokens = new Map<number, Uint8Array>()
  readonly #random: (length: number) => Uint8Array
  readonly #resetToken: (connectionId: Uint8Array) => Uint8Array
  readonly #events: EventQueue
  /** The peer is asked not to use ids below this number. */
  #retirePriorTo = 0
  #issued = 1

  /** `resetToken` makes the token by which we can end what we have forgotten. RFC 9000 section 10.3.2. */
  constructor(
    first: Uint8Array,
    random: (length: number) => Uint8Array,
    resetToken: (connectionId: Uint8Array) => Uint8Array,
    events: EventQueue,
  ) {
    this.#active.set(0, first)
    this.#random = random
    this.#resetToken = resetToken
    this.#events = events
  }

  /** The second one, which the peer learns with our preferred address. RFC 9000 section 5.1.1. */
  adopt(connectionId: Uint8Array, resetToken: Uint8Array): void {
    const sequence = this.#issued++
    this.#active.set(sequence, connectionId)
    this.#tokens.set(sequence, resetToken)
  }

  /** The number of the id of ours that stands at `offset`; -1 if none does. */
  sequenceAt(bytes: Buffer, offset: number): number {
    for (const [sequence, id] of this.#active) {
      if (bytes.compare(id, 0, id.length, offset, offset + id.length) === 0) return sequence
    }
    return -1
  }

  all(): IterableIterator<Uint8Array> {
    return this.#active.values()
  }

  /** Offers the peer as many ids as it takes, up to our own bound. RFC 9000 section 5.1.1. */
  offer(peerLimit: number): void {
    while (this.#offered < Math.min(peerLimit, MAX_LOCAL_CONNECTION_IDS)) {
      const sequence = this.#issued++
      const connectionId = this.#random(CONNECTION_ID_LENGTH)
      this.#active.set(sequence, connectionId)
      this.#tokens.set(sequence, this.#resetToken(connectionId))
      this.#unstated.push(sequence)
      this.#events.push({ type: 'connectionIdIssued', connectionId })
    }
  }

  /**
   * Replaces all ids at once: the peer is asked to retire those that it has. They hold until it does. False while it has not done so since the last time.
   * RFC 9000 sections 5.1.1 and 5.1.2.
   */
  rotate(peerLimit: number): boolean {
    if (this.#offered < this.#active.size) return false
    this.#retirePriorTo = this.#issued
    this.offer(peerLimit)
    return true
  }

  /** Ids that the peer may go on using. */
  get #offered(): number {
    let count = 0
    for (const sequence of this.#active.keys()) if (sequence >= this.#retirePriorTo) count++
    return count
  }

  /** The peer retires one of ours and gets another. RFC 9000 section 19.16. */
  retire(sequence: number, arrivedUnder: Uint8Array, peerLimit: number): void {
    if (sequence >= this.#issued)
      throw new TransportViolation('PROTOCOL_VIOLATION', `connection id ${sequence} is retired and was never issued`)
    const connectionId = this.#active.get(sequence)
    if (connectionId === undefined) return
    if (same(connectionId, arrivedUnder)) {
      throw new TransportViolation('PROTOCOL_VIOLATION', `connection id ${sequence} is retired by a packet that was sent to it`)
    }
    this.#active.delete(sequence)
    this.#tokens.delete(sequence)
    this.#events.push({ type: 'connectionIdRetired', connectionId })
    this.offer(peerLimit)
  }

  get wantsToSend(): boolean {
    return this.#unstated.length > 0
  }

  fill(packet: SentPacket, writer: Writer): void {
    while (this.#unstated.length > 0) {
      const sequence = this.#unstated[0]!
      const connectionId = this.#active.get(sequence)
      const resetToken = this.#tokens.get(sequence)
      if (connectionId !== undefined && resetToken !== undefined) {
        if (
          !put(
            { type: 'newConnectionId', sequence, retirePriorTo: Math.min(this.#retirePriorTo, sequence), connectionId, resetToken },
            packet,
            writer,
          )
        )
          return
      }
      this.#unstated.shift()
    }
  }

  lost(sequence: number): void {
    if (this.#active.has(sequence) && !this.#unstated.includes(sequence)) this.#unstated.push(sequence)
  }
}

/** One id of the peer's. A path holds the one that it uses. */
export interface RemoteId {
  readonly sequence: number
  connectionId: Uint8Array
  resetToken: Uint8Array | null
  /** A path uses it, or did. */
  used: boolean
  /** The peer does not want it used any more, or we do not. */
  retired: boolean
}

/** The ids under which we reach the peer. */
export class RemoteConnectionIds {
  #ids: RemoteId[]
  /** That of the active path. */
  #current: RemoteId
  #retirePriorTo = 0
  /** Sequence numbers to be retired: waiting to be stated, and stated but not acknowledged. */
  readonly #unstated: number[] = []
  readonly #unacknowledged = new Set<number>()
  readonly #activeLimit: number

  /** `activeLimit`: how many ids we told the peer that we keep. */
  constructor(first: Uint8Array, activeLimit: number) {
    this.#activeLimit = activeLimit
    this.#current = { sequence: 0, connectionId: first, resetToken: null, used: true, retired: false }
    this.#ids = [this.#current]
  }

  /** That of the active path. */
  get inUse(): RemoteId {
    return this.#current
  }

  /** The one in use. */
  get current(): Uint8Array {
    return this.#current.connectionId
  }

  /** The active path goes by this one. */
  use(id: RemoteId): void {
    this.#current = id
  }

  /** One that no path has used yet; null if there is none. A peer without ids has but one, for all paths. RFC 9000 section 9.5. */
  take(): RemoteId | null {
    if (this.#current.connectionId.length === 0) return this.#current
    const id = this.#ids.find(({ used }) => !used)
    if (id === undefined) return null
    id.used = true
    return id
  }

  /** Its path is given up: the peer hears of it, and may give another. RFC 9000 section 5.1.2. */
  release(id: RemoteId): void {
    if (id.retired || id.connectionId.length === 0) return
    id.retired = true
    this.#ids = this.#ids.filter((other) => other !== id)
    this.#retire(id.sequence)
  }

  /** The peer chose another for itself in its first answer. RFC 9000 section 7.2. */
  replaceFirst(connectionId: Uint8Array): void {
    this.#current.connectionId = connectionId
  }

  useResetToken(resetToken: Uint8Array): void {
    if (this.#current.sequence === 0) this.#current.resetToken = resetToken
  }

  /** That of the id in use; others are not to be looked for. Null if the peer gave none. RFC 9000 section 10.3.1. */
  get resetToken(): Uint8Array | null {
    return this.#current.resetToken
  }

  /** RFC 9000 section 19.15. */
  accept(frame: NewConnectionId): void {
    if (this.current.length === 0)
      throw new TransportViolation('PROTOCOL_VIOLATION', 'NEW_CONNECTION_ID from a peer whose connection id is empty')
    const known = this.#ids.find((id) => id.sequence === frame.sequence || same(id.connectionId, frame.connectionId))
    if (known !== undefined) {
      if (!repeats(frame, known)) {
        throw new TransportViolation('PROTOCOL_VIOLATION', `connection id ${frame.sequence} was given before with other content`)
      }
    } else if (frame.sequence < this.#retirePriorTo) this.#retire(frame.sequence)
    else this.#keep(frame)
    if (frame.retirePriorTo > this.#retirePriorTo) {
      this.#retirePriorTo = frame.retirePriorTo
      for (const id of this.#ids) {
        if (id.sequence >= this.#retirePriorTo) continue
        id.retired = true
        this.#retire(id.sequence)
      }
      this.#ids = this.#ids.filter((id) => id.sequence >= this.#retirePriorTo)
      if (this.#current.retired) this.#current = this.take() ?? this.#current
    }
    if (this.#ids.length > this.#activeLimit) {
      throw new TransportViolation('CONNECTION_ID_LIMIT_ERROR', `${this.#ids.length} connection ids where ${this.#activeLimit} are allowed`)
    }
  }

  get wantsToSend(): boolean {
    return this.#unstated.length > 0
  }

  fill(packet: SentPacket, writer: Writer): void {
    while (this.#unstated.length > 0) {
      const sequence = this.#unstated[0]!
      if (!put({ type: 'retireConnectionId', sequence }, packet, writer)) return
      this.#unstated.shift()
      this.#unacknowledged.add(sequence)
    }
  }

  delivered(sequence: number): void {
    this.#unacknowledged.delete(sequence)
  }

  lost(sequence: number): void {
    if (this.#unacknowledged.delete(sequence)) this.#unstated.push(sequence)
  }

  #keep({ sequence, connectionId, resetToken }: NewConnectionId): void {
    this.#ids.push({ sequence, connectionId, resetToken, used: false, retired: false })
  }

  #retire(sequence: number): void {
    if (this.#unacknowledged.has(sequence) || this.#unstated.includes(sequence)) return
    if (this.#unstated.length + this.#unacknowledged.size >= MAX_RETIREMENTS) {
      throw new TransportViolation('CONNECTION_ID_LIMIT_ERROR', `more than ${MAX_RETIREMENTS} connection ids wait to be retired`)
    }
    this.#unstated.push(sequence)
  }
}

function repeats(frame: NewConnectionId, known: RemoteId): boolean {
  if (known.sequence !== frame.sequence || !same(known.connectionId, frame.connectionId)) return false
  return known.resetToken === null || same(known.resetToken, frame.resetToken)
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

// The connection ids by which the peer reaches us: offered, replaced, retired. RFC 9000 sections 5.1.1 and 5.1.2.
import type { Writer } from '@millrace/bytes'
import { TransportViolation } from '../errors.ts'
import type { EventQueue } from '../events.ts'
import { MAX_LOCAL_CONNECTION_IDS } from '../limits.ts'
import type { SentPacket } from '../recovery/sent-packet.ts'
import { put } from '../streams/stream-control.ts'
import { bytesOf, same, textOf } from '../wire/connection-id.ts'

/**
 * Spare ids that the peer gets with the end of the handshake: one, by which it can move at once, or we can answer it where it moved. Others travel with what is
 * sent anyway once it has that one: a connection of one request needs none of them, and they would take a thirtieth of its time at either side.
 */
const FIRST_SPARES = 1

/** The ids under which the peer reaches us. */
export class LocalConnectionIds {
  /** By their numbers; as text, a byte a character, of which V8 needs 24 bytes where an array takes 220. */
  readonly #active = new Map<number, string>()
  readonly #unstated: number[] = []
  readonly #generate: () => Uint8Array | null
  readonly #resetToken: (connectionId: Uint8Array) => Uint8Array
  readonly #events: EventQueue
  /** The peer is asked not to use ids below this number. */
  #retirePriorTo = 0
  #issued = 1
  /** What the peer takes, until it is offered all of them. */
  #owedUpTo = 0
  #isDue = false

  /** Bytes of every id: a short header does not tell. 0 for an endpoint that has one connection alone. RFC 9000 section 5.2. */
  readonly length: number
  /** As text, too: it is needed no longer than the handshake takes. */
  readonly #first: string

  /** `generate` makes another id of the first one's length, null if there is none to be had; `resetToken` makes the token by which we can end what we have forgotten. RFC 9000 section 10.3.2. */
  constructor(
    first: Uint8Array,
    generate: () => Uint8Array | null,
    resetToken: (connectionId: Uint8Array) => Uint8Array,
    events: EventQueue,
  ) {
    this.#first = textOf(first)
    this.#active.set(0, this.#first)
    this.length = first.length
    this.#generate = generate
    this.#resetToken = resetToken
    this.#events = events
  }

  /** The peer has what it was offered, and more is owed. */
  get isDue(): boolean {
    return this.#isDue
  }

  /** The second one, which the peer learns with our preferred address. RFC 9000 section 5.1.1. */
  adopt(connectionId: Uint8Array): void {
    const sequence = this.#issued++
    this.#active.set(sequence, textOf(connectionId))
  }

  /** The first one, which stands in long headers. */
  get first(): Uint8Array {
    return bytesOf(this.#first)
  }

  /** The number of the id of ours that stands at `offset`; -1 if none does. */
  sequenceAt(bytes: Buffer, offset: number): number {
    for (const [sequence, id] of this.#active) {
      if (standsAt(id, bytes, offset)) return sequence
    }
    return -1
  }

  /** Whether one of ours stands at `offset`. */
  stands(bytes: Buffer, offset: number): boolean {
    for (const id of this.#active.values()) if (standsAt(id, bytes, offset)) return true
    return false
  }

  /** The stateless reset token that belongs to an id of ours. RFC 9000 section 10.3. */
  resetTokenOf(connectionId: Uint8Array): Uint8Array {
    return this.#resetToken(connectionId)
  }

  all(): Uint8Array[] {
    const ids: Uint8Array[] = []
    for (const id of this.#active.values()) ids.push(bytesOf(id))
    return ids
  }

  /** The handshake is done: the peer gets its first spare ids, and the others later. RFC 9000 section 5.1.1. */
  begin(peerLimit: number): void {
    const first = this.#active.size + FIRST_SPARES
    this.offer(Math.min(peerLimit, first))
    if (peerLimit > first && this.length > 0) this.#owedUpTo = peerLimit
  }

  /** Offers the peer as many ids as it takes, up to our own bound; none where ids have no length. RFC 9000 section 5.1.1. */
  offer(peerLimit: number): void {
    this.#owedUpTo = 0
    this.#isDue = false
    if (this.length === 0) return
    while (this.#offered() < Math.min(peerLimit, MAX_LOCAL_CONNECTION_IDS)) {
      const connectionId = this.#generate()
      if (connectionId === null) return
      const sequence = this.#issued++
      this.#active.set(sequence, textOf(connectionId))
      this.#unstated.push(sequence)
      this.#events.push({ type: 'connectionIdIssued', connectionId })
    }
  }

  /**
   * Replaces all ids at once: the peer is asked to retire those that it has. They hold until it does. False while it has not done so since the last time,
   * and if there are none to replace them.
   * RFC 9000 sections 5.1.1 and 5.1.2.
   */
  rotate(peerLimit: number): boolean {
    if (this.length === 0 || this.#offered() < this.#active.size) return false
    const former = this.#retirePriorTo
    this.#retirePriorTo = this.#issued
    this.offer(peerLimit)
    if (this.#offered() > 0) return true
    // Without another id the peer could not go on.
    this.#retirePriorTo = former
    return false
  }

  /** Ids that the peer may go on using. */
  #offered(): number {
    let count = 0
    for (const sequence of this.#active.keys()) if (sequence >= this.#retirePriorTo) count++
    return count
  }

  /** The peer retires one of ours and gets another. RFC 9000 section 19.16. */
  retire(sequence: number, arrivedUnder: Uint8Array, peerLimit: number): void {
    if (sequence >= this.#issued)
      throw new TransportViolation('PROTOCOL_VIOLATION', `connection id ${sequence} is retired and was never issued`)
    const active = this.#active.get(sequence)
    if (active === undefined) return
    const connectionId = bytesOf(active)
    if (same(connectionId, arrivedUnder)) {
      throw new TransportViolation('PROTOCOL_VIOLATION', `connection id ${sequence} is retired by a packet that was sent to it`)
    }
    this.#active.delete(sequence)
    this.#events.push({ type: 'connectionIdRetired', connectionId })
    this.offer(peerLimit)
  }

  get wantsToSend(): boolean {
    return this.#unstated.length > 0
  }

  /** Offers what is owed. */
  fillOwed(packet: SentPacket, writer: Writer): void {
    this.offer(this.#owedUpTo)
    this.fill(packet, writer)
  }

  fill(packet: SentPacket, writer: Writer): void {
    while (this.#unstated.length > 0) {
      const sequence = this.#unstated[0]!
      const active = this.#active.get(sequence)
      if (active !== undefined) {
        const connectionId = bytesOf(active)
        const resetToken = this.#resetToken(connectionId)
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

  delivered(): void {
    this.#isDue = this.#owedUpTo > 0
  }

  lost(sequence: number): void {
    if (this.#active.has(sequence) && !this.#unstated.includes(sequence)) this.#unstated.push(sequence)
  }
}

function standsAt(id: string, bytes: Buffer, offset: number): boolean {
  for (let i = 0; i < id.length; i++) if (id.charCodeAt(i) !== bytes[offset + i]) return false
  return true
}

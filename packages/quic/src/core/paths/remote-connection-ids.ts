// The connection ids by which we reach the peer: kept, used by paths, given back. RFC 9000 sections 5.1.1, 5.1.2 and 9.5.
import type { Writer } from '@millrace/bytes'
import { TransportViolation } from '../errors.ts'
import { MAX_RETIREMENTS } from '../limits.ts'
import type { SentPacket } from '../recovery/sent-packet.ts'
import { put } from '../streams/stream-control.ts'
import { bytesOf, same, sameText, textOf } from '../wire/connection-id.ts'
import type { Frame } from '../wire/frames/index.ts'

type NewConnectionId = Extract<Frame, { type: 'newConnectionId' }>

/** One id of the peer's that a path uses, or did. */
export interface RemoteId {
  readonly sequence: number
  connectionId: Uint8Array
  resetToken: Uint8Array | null
  /** The peer does not want it used any more, or we do not. */
  retired: boolean
}

/** One that no path has used yet: as text, a byte a character, of which V8 needs 50 bytes where two arrays take 450. */
interface Spare {
  readonly sequence: number
  readonly connectionId: string
  readonly resetToken: string
  next: Spare | null
}

/** The ids under which we reach the peer. */
export class RemoteConnectionIds {
  #ids: readonly RemoteId[]
  /** The first of them, in the order in which they came. Not an array: to grow one by one takes V8 1 us for each. */
  #spares: Spare | null = null
  #spareCount = 0
  /** That of the active path. */
  #current: RemoteId
  #retirePriorTo = 0
  /** Sequence numbers to be retired: waiting to be stated, and stated but not acknowledged. */
  #unstated: readonly number[] = NO_NUMBERS
  #unacknowledged: readonly number[] = NO_NUMBERS
  readonly #activeLimit: number

  /** `activeLimit`: how many ids we told the peer that we keep. */
  constructor(first: Uint8Array, activeLimit: number) {
    this.#activeLimit = activeLimit
    this.#current = { sequence: 0, connectionId: first, resetToken: null, retired: false }
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
    const spare = this.#spares
    if (spare === null) return null
    this.#spares = spare.next
    this.#spareCount--
    const id = {
      sequence: spare.sequence,
      connectionId: bytesOf(spare.connectionId),
      resetToken: bytesOf(spare.resetToken),
      retired: false,
    }
    this.#ids = [...this.#ids, id]
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
    const isNew = !this.#knows(frame)
    if (isNew && frame.sequence < this.#retirePriorTo) this.#retire(frame.sequence)
    else if (isNew) this.#keep(frame)
    if (frame.retirePriorTo > this.#retirePriorTo) {
      this.#retirePriorTo = frame.retirePriorTo
      for (const id of this.#ids) {
        if (id.sequence >= this.#retirePriorTo) continue
        id.retired = true
        this.#retire(id.sequence)
      }
      this.#ids = this.#ids.filter((id) => id.sequence >= this.#retirePriorTo)
      this.#retireSpares()
      if (this.#current.retired) this.#current = this.take() ?? this.#current
    }
    const count = this.#ids.length + this.#spareCount
    if (count > this.#activeLimit) {
      throw new TransportViolation('CONNECTION_ID_LIMIT_ERROR', `${count} connection ids where ${this.#activeLimit} are allowed`)
    }
  }

  get wantsToSend(): boolean {
    return this.#unstated.length > 0
  }

  fill(packet: SentPacket, writer: Writer): void {
    while (this.#unstated.length > 0) {
      const sequence = this.#unstated[0]!
      if (!put({ type: 'retireConnectionId', sequence }, packet, writer)) return
      this.#unstated = this.#unstated.slice(1)
      if (!this.#unacknowledged.includes(sequence)) this.#unacknowledged = this.#unacknowledged.concat(sequence)
    }
  }

  delivered(sequence: number): void {
    this.#acknowledge(sequence)
  }

  lost(sequence: number): void {
    if (this.#acknowledge(sequence)) this.#unstated = this.#unstated.concat(sequence)
  }

  /** Whether the id was given before. Throws TransportViolation (PROTOCOL_VIOLATION) if it was another, or had another number or token. */
  #knows(frame: NewConnectionId): boolean {
    for (const id of this.#ids) {
      if (id.sequence === frame.sequence || same(id.connectionId, frame.connectionId)) return expectRepeated(frame, repeatsUsed(frame, id))
    }
    for (let spare = this.#spares; spare !== null; spare = spare.next) {
      const isSame = sameText(spare.connectionId, frame.connectionId)
      if (spare.sequence !== frame.sequence && !isSame) continue
      return expectRepeated(frame, spare.sequence === frame.sequence && isSame && sameText(spare.resetToken, frame.resetToken))
    }
    return false
  }

  #keep({ sequence, connectionId, resetToken }: NewConnectionId): void {
    const spare = { sequence, connectionId: textOf(connectionId), resetToken: textOf(resetToken), next: null }
    this.#spareCount++
    let last = this.#spares
    while (last !== null && last.next !== null) last = last.next
    if (last === null) this.#spares = spare
    else last.next = spare
  }

  /** Those that the peer wants back. */
  #retireSpares(): void {
    let kept: Spare | null = null
    for (let spare = this.#spares; spare !== null; spare = spare.next) {
      if (spare.sequence >= this.#retirePriorTo) {
        kept = spare
        continue
      }
      this.#retire(spare.sequence)
      this.#spareCount--
      if (kept === null) this.#spares = spare.next
      else kept.next = spare.next
    }
  }

  #retire(sequence: number): void {
    if (this.#unacknowledged.includes(sequence) || this.#unstated.includes(sequence)) return
    if (this.#unstated.length + this.#unacknowledged.length >= MAX_RETIREMENTS) {
      throw new TransportViolation('CONNECTION_ID_LIMIT_ERROR', `more than ${MAX_RETIREMENTS} connection ids wait to be retired`)
    }
    this.#unstated = this.#unstated.concat(sequence)
  }

  /** Whether it was among those that wait to be acknowledged. */
  #acknowledge(sequence: number): boolean {
    const place = this.#unacknowledged.indexOf(sequence)
    if (place >= 0) this.#unacknowledged = this.#unacknowledged.toSpliced(place, 1)
    return place >= 0
  }
}

function expectRepeated({ sequence }: NewConnectionId, repeats: boolean): true {
  if (repeats) return true
  throw new TransportViolation('PROTOCOL_VIOLATION', `connection id ${sequence} was given before with other content`)
}

function repeatsUsed(frame: NewConnectionId, known: RemoteId): boolean {
  if (known.sequence !== frame.sequence || !same(known.connectionId, frame.connectionId)) return false
  return known.resetToken === null || same(known.resetToken, frame.resetToken)
}

const NO_NUMBERS: readonly number[] = []

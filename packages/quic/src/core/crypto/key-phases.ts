// Key update of 1-RTT packets: which generation of keys seals and opens, and when the next may begin. RFC 9001 section 6.
//
// Three generations exist at most. The next one is made ahead of its use, by a timer and never while a packet is processed, so that the time which a
// packet takes does not tell its Key Phase bit (sections 6.3 and 9.5). Only a peer that updates within the first packets finds it not made yet, as section 6.3
// permits: connections that ask and leave, or are idle, need none. The previous one stays to open what was delayed on the way (section 6.5).
import { TransportViolation } from '../errors.ts'
import type { Instant } from '../instant.ts'
import type { PacketSpace } from '../packet-space.ts'
import type { KeyPair, Opener, PacketMemory } from './protection.ts'

/** Of a short header, once header protection is off. RFC 9000 section 17.3.1. */
export const KEY_PHASE_BIT = 0x04

/** Probe timeouts for which old keys stay, and which pass between a confirmed update and our next one. RFC 9001 section 6.5. */
const PATIENCE = 3

/** Packets left to the confidentiality limit when the connection closes: enough to say so. RFC 9001 section 6.6. */
const CLOSE_RESERVE = 16

/** Packets that are sent before the second generation of keys is made: far fewer than any peer's interval between updates. */
const PREPARED_AFTER = 32

/** Too many packets were sealed, and the peer let no update happen. RFC 9001 section 6.6. */
export function keysExhausted(): TransportViolation {
  return new TransportViolation('AEAD_LIMIT_REACHED', 'these keys may seal no more packets')
}

/** By the next timer. */
const AT_ONCE: Instant = 0

interface Timing {
  /** The probe timeout, milliseconds. */
  ptoDuration(): number
}

export class KeyPhases {
  /** Updates so far, from either side. */
  updates = 0
  /** The Key Phase bit of packets sealed now. */
  bit = false
  readonly #space: PacketSpace
  readonly #updateAfter: number
  readonly #timing: Timing
  #next: KeyPair | null = null
  #previous: Opener | null = null
  #previousUntil: Instant | null = null
  /** When the next generation is to be made; null when it is there, or cannot be made yet. */
  #prepareAt: Instant | null = null
  /** An update was asked for, and waits until it is permitted. */
  #wanted = false
  #handshakeConfirmed = false
  /** Lowest packet number sent in this phase; -1 while there is none. */
  #firstSent = -1
  /** Lowest packet number received in this phase; Infinity while there is none. */
  #firstReceived = Number.POSITIVE_INFINITY
  /** Since when the peer is known to have this phase's keys. */
  #acknowledgedAt: Instant | null = null
  /** We have acknowledged a packet of this phase: the peer may begin the next. */
  #answered = false
  /** The packet at hand was sealed with the previous keys. */
  #openedOld = false
  #failures = 0

  /** `updateAfter` is the number of packets after which the keys that sealed them are updated. */
  constructor(space: PacketSpace, updateAfter: number, timing: Timing) {
    this.#space = space
    this.#updateAfter = updateAfter
    this.#timing = timing
  }

  /** The handshake is confirmed: updates may be initiated. RFC 9001 section 6.1. */
  permit(): void {
    this.#handshakeConfirmed = true
  }

  /** Wants new keys as soon as they are permitted. */
  request(): void {
    this.#wanted = true
  }

  // ---- sending

  /** Before packets are built: begins an update that is wanted, or due for the number of packets sealed. */
  beforeSending(now: Instant): void {
    const { sealer } = this.#space
    if (sealer === null || !(this.#wanted || sealer.sealed >= this.#updateAfter)) return
    if (this.#permittedAt() <= now) this.#initiate(now)
  }

  /** No packet but CONNECTION_CLOSE may be sealed any more. RFC 9001 section 6.6. */
  get exhausted(): boolean {
    const { sealer } = this.#space
    return sealer !== null && sealer.sealed >= sealer.sealLimit - CLOSE_RESERVE
  }

  /** Packets that may be sealed before anything about keys is to be decided. */
  get room(): number {
    const { sealer } = this.#space
    return sealer === null || this.#wanted ? 0 : Math.min(this.#updateAfter, sealer.sealLimit - CLOSE_RESERVE) - sealer.sealed
  }

  /** A 1-RTT packet was sent; `acknowledging` is the largest number that it acknowledges, -1 if none. */
  sent(number: number, acknowledging: number): void {
    if (this.#firstSent < 0) this.#firstSent = number
    if (number >= PREPARED_AFTER && this.updates === 0 && this.#next === null) this.#prepareAt ??= AT_ONCE
    if (acknowledging >= this.#firstReceived) this.#answered = true
  }

  // ---- receiving

  /** Opens a 1-RTT packet, its header unmasked, with the keys of its phase. False if it is none that they sealed. */
  open(memory: PacketMemory, start: number, headerLength: number, length: number, number: number, now: Instant): boolean {
    this.#openedOld = false
    const bit = (memory.bytes[start]! & KEY_PHASE_BIT) !== 0
    if (bit !== this.bit) return this.#openOther(memory, start, headerLength, length, number, now)
    if (!this.#space.opener!.open(memory, start, headerLength, length, number)) return false
    if (number < this.#firstReceived) this.#receivedFirst(number, now)
    return true
  }

  /**
   * What opens 1-RTT packets from `number` on that have the Key Phase bit `bit`, as `open` does with each of them; null if it must be asked about each. Good until
   * a packet is opened otherwise, or time comes.
   */
  openerFrom(number: number): Opener | null {
    this.#openedOld = false
    return number < this.#firstReceived ? null : this.#space.opener
  }

  /** A packet failed to open, of whichever level. Throws TransportViolation (AEAD_LIMIT_REACHED) at the integrity limit. RFC 9001 section 6.6. */
  failed(opener: Opener): void {
    if (++this.#failures > opener.failureLimit) {
      throw new TransportViolation('AEAD_LIMIT_REACHED', `${this.#failures} packets failed authentication`)
    }
  }

  /** The packet at hand acknowledges up to `largest`. Throws TransportViolation (KEY_UPDATE_ERROR) if its sender should have updated. */
  acknowledged(largest: number, now: Instant): void {
    if (this.#firstSent < 0 || largest < this.#firstSent) return
    if (this.#openedOld) throw new TransportViolation('KEY_UPDATE_ERROR', 'packets of the new key phase are acknowledged in the old one')
    this.#acknowledgedAt ??= now
  }

  // ---- time

  wakeAt(): Instant | null {
    let at = Math.min(this.#prepareAt ?? Number.POSITIVE_INFINITY, this.#previousUntil ?? Number.POSITIVE_INFINITY)
    if (this.#wanted) at = Math.min(at, this.#permittedAt())
    return at === Number.POSITIVE_INFINITY ? null : at
  }

  wake(now: Instant): void {
    if (this.#prepareAt !== null && this.#prepareAt <= now) this.#prepare()
    if (this.#previousUntil !== null && this.#previousUntil <= now) this.#dropPrevious()
    if (this.#wanted && this.#permittedAt() <= now) this.#initiate(now)
  }

  release(): void {
    this.#dropPrevious()
    this.#next?.sealer.release()
    this.#next?.opener.release()
    this.#next = null
    this.#prepareAt = null
    this.#wanted = false
  }

  // ---- helpers

  /** When we may initiate an update; Infinity while that depends on the peer. RFC 9001 sections 6.1 and 6.5. */
  #permittedAt(): Instant {
    if (!this.#handshakeConfirmed || this.#isAwaitingNext() || this.#acknowledgedAt === null) return Number.POSITIVE_INFINITY
    return this.updates === 0 ? this.#acknowledgedAt : this.#acknowledgedAt + PATIENCE * this.#timing.ptoDuration()
  }

  /** Between an update and the making of another generation. Before the first update it may be made at any time. */
  #isAwaitingNext(): boolean {
    return this.#next === null && this.updates > 0
  }

  #prepare(): void {
    const { sealer, opener } = this.#space
    this.#prepareAt = null
    if (this.#next === null && sealer !== null && opener !== null) this.#next = { sealer: sealer.next(), opener: opener.next() }
  }

  #initiate(now: Instant): void {
    this.#wanted = false
    this.#prepare()
    this.#advance(now)
    // Said at once: the peer answers in kind, and the old keys can go.
    this.#space.pingWanted = true
  }

  /** The other Key Phase bit: sealed with the previous keys, or with the next. RFC 9001 section 6.5. */
  #openOther(memory: PacketMemory, start: number, headerLength: number, length: number, number: number, now: Instant): boolean {
    if (this.#next === null && !this.#isAwaitingNext()) this.#prepare()
    const late = number < this.#firstReceived || this.#next === null
    const opener = late ? this.#previous : this.#next!.opener
    // Without keys to try, trying takes as long: section 6.3.
    if (opener === null) {
      this.#space.opener!.open(memory, start, headerLength, length, number)
      return false
    }
    if (!opener.open(memory, start, headerLength, length, number)) return false
    if (!late) this.#updatedByPeer(number, now)
    else if (number > this.#firstReceived) {
      throw new TransportViolation('KEY_UPDATE_ERROR', `packet ${number} has older keys than packet ${this.#firstReceived}`)
    } else this.#openedOld = true
    return true
  }

  #updatedByPeer(number: number, now: Instant): void {
    if (this.updates > 0 && !this.#answered)
      throw new TransportViolation('KEY_UPDATE_ERROR', 'keys were updated twice without an acknowledgement')
    this.#advance(now)
    this.#receivedFirst(number, now)
  }

  #receivedFirst(number: number, now: Instant): void {
    this.#firstReceived = number
    if (this.#previous !== null) this.#previousUntil ??= now + PATIENCE * this.#timing.ptoDuration()
  }

  /** Moves both directions to the next generation; header-protection keys stay. */
  #advance(now: Instant): void {
    const space = this.#space
    const { sealer, opener } = this.#next!
    this.#next = null
    this.#dropPrevious()
    this.#previous = space.opener
    space.sealer!.release()
    space.sealer = sealer
    space.opener = opener
    this.bit = !this.bit
    this.updates++
    this.#firstSent = -1
    this.#firstReceived = Number.POSITIVE_INFINITY
    this.#acknowledgedAt = null
    this.#answered = false
    this.#prepareAt = now + this.#timing.ptoDuration()
  }

  #dropPrevious(): void {
    this.#previous?.release()
    this.#previous = null
    this.#previousUntil = null
  }
}

// When silence has lasted too long, and what to probe then. RFC 9002 section 6.2, appendices A.8 and A.9.
import type { Instant } from '../instant.ts'
import type { AckFrequency } from './ack-frequency.ts'
import { MAX_PROBE_TIMEOUT_MILLIS, PROBES_PER_TIMEOUT } from './limits.ts'
import type { PathRecovery } from './path-recovery.ts'
import { DISCARDED, type SpaceState } from './space-state.ts'

export class ProbeTimeout {
  /** Timeouts in a row without an acknowledgement; each doubles the next wait. */
  count = 0
  handshakeConfirmed = false
  /** The client has an acknowledgement of a Handshake packet: the server must have validated its address. */
  handshakeAcknowledged = false
  hasHandshakeKeys = false
  amplificationBlocked = false
  /** The wait before the round trip is measured, in milliseconds; null for what follows from the initial round trip. */
  initialMillis: number | null = null
  /** The one in use: 1-RTT packets are timed by its round trip, in its space. */
  path: PathRecovery

  readonly #isServer: boolean
  #initial: SpaceState
  #handshake: SpaceState
  readonly #ackFrequency: AckFrequency
  /** The anti-deadlock timer runs from here: the latest packet, acknowledgement, timeout or discarded key. */
  #restartedAt: Instant = Number.POSITIVE_INFINITY
  #expiredAt: Instant = Number.NEGATIVE_INFINITY

  constructor(isServer: boolean, initial: SpaceState, handshake: SpaceState, path: PathRecovery, ackFrequency: AckFrequency) {
    this.#isServer = isServer
    this.#initial = initial
    this.#handshake = handshake
    this.path = path
    this.#ackFrequency = ackFrequency
  }

  /** Whether the peer is known to have validated our address. Clients validate a server's implicitly. Appendix A.8. */
  get peerCompletedAddressValidation(): boolean {
    return this.#isServer || this.handshakeAcknowledged || this.handshakeConfirmed
  }

  /** The wait for a space without backoff: the peer delays acknowledgements in the last one only. Section 6.2.1. */
  duration(space: SpaceState): number {
    const { rtt } = this.path
    if (this.initialMillis !== null && rtt.firstSampleAt === null) return this.initialMillis
    return rtt.ptoBase + (space === this.#application() ? this.#ackFrequency.maxAckDelayMillis : 0)
  }

  /** When the timeout expires; Infinity if nothing is awaited, or nothing could be sent. */
  get deadline(): Instant {
    // Nothing could be sent, so nothing is timed: section 6.2.2.1.
    if (this.amplificationBlocked) return Number.POSITIVE_INFINITY
    const space = this.#earliest()
    if (space !== null) return this.#expiry(space)
    if (this.peerCompletedAddressValidation) return Number.POSITIVE_INFINITY
    // The server may be waiting for bytes that allow it to answer; only the client can end that.
    return this.#restartedAt + this.#backedOff(this.#deadlockSpace())
  }

  /** The deadline has passed: probes are wanted. */
  expire(now: Instant): void {
    const timedOut = this.#earliest()
    this.count++
    this.#expiredAt = now
    this.#restartedAt = now
    if (timedOut === null) {
      this.#deadlockSpace().probesWanted = 1
      return
    }
    // The peer may have keys for only one of the spaces, so the others with data in flight get a probe too: section 6.2.4.
    for (const space of [this.#initial, this.#handshake, this.#application()]) {
      if (space.elicitingInFlight > 0) space.probesWanted = space === timedOut ? PROBES_PER_TIMEOUT : 1
    }
  }

  /** The wait begins anew at the present length: a packet was sent, or a key discarded. */
  restart(now: Instant): void {
    this.#restartedAt = now
  }

  /** An acknowledgement or a discarded key shows progress: the backoff ends, and probes not yet sent are not needed. */
  relax(): void {
    this.count = 0
    this.#expiredAt = Number.NEGATIVE_INFINITY
    this.#initial.probesWanted = 0
    this.#handshake.probesWanted = 0
    this.#application().probesWanted = 0
  }

  /** The keys of this space are gone. */
  discarded(space: SpaceState): void {
    if (space === this.#initial) this.#initial = DISCARDED
    else if (space === this.#handshake) this.#handshake = DISCARDED
  }

  #application(): SpaceState {
    return this.path.space
  }

  #deadlockSpace(): SpaceState {
    return this.hasHandshakeKeys ? this.#handshake : this.#initial
  }

  /** The space whose timeout comes first. The last one waits for the handshake to be confirmed: the peer may lack its keys. */
  #earliest(): SpaceState | null {
    let earliest: SpaceState | null = this.#initial.elicitingInFlight > 0 ? this.#initial : null
    if (this.#handshake.elicitingInFlight > 0 && (earliest === null || this.#expiry(this.#handshake) < this.#expiry(earliest))) {
      earliest = this.#handshake
    }
    if (!this.handshakeConfirmed || this.#application().elicitingInFlight === 0) return earliest
    return earliest === null || this.#expiry(this.#application()) < this.#expiry(earliest) ? this.#application() : earliest
  }

  /** Counted from the last timeout if no probe could follow it, so that a sender held up elsewhere is not woken again at once. */
  #expiry(space: SpaceState): Instant {
    return Math.max(space.lastElicitingAt, this.#expiredAt) + this.#backedOff(space)
  }

  #backedOff(space: SpaceState): number {
    const duration = this.duration(space)
    return Math.min(this.count === 0 ? duration : duration * 2 ** this.count, MAX_PROBE_TIMEOUT_MILLIS)
  }
}

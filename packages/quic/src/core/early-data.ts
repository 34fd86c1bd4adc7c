// 0-RTT: what a client may send before the server answers, and what becomes of it. RFC 9001 sections 4.6 and 4.9.3, RFC 9000 section 7.4.1.
import type { Opener, Sealer } from './crypto/protection.ts'
import type { EarlyDataStatus } from './crypto/tls.ts'
import { TransportViolation } from './errors.ts'
import type { Instant } from './instant.ts'
import type { PacketSpace } from './packet-space.ts'
import type { TransportParameters } from './wire/transport-parameters.ts'

/** Probe timeouts for which a server opens 0-RTT packets after the handshake: some are overtaken on the way. RFC 9001 section 4.9.3. */
const PATIENCE = 3

/** Limits that a client remembers, and that a server which accepts 0-RTT never lowers. RFC 9000 section 7.4.1, RFC 9221 section 3. */
export const NEVER_REDUCED = [
  'activeConnectionIdLimit',
  'initialMaxData',
  'initialMaxStreamDataBidiLocal',
  'initialMaxStreamDataBidiRemote',
  'initialMaxStreamDataUni',
  'initialMaxStreamsBidi',
  'initialMaxStreamsUni',
  'maxDatagramFrameSize',
] as const

export class EarlyData {
  readonly #space: PacketSpace
  /** Of the earlier session: what the server allowed then. Null where 0-RTT is not sent. */
  readonly #remembered: TransportParameters | null
  #attempted = false
  #refused = false
  #discardAt: Instant | null = null

  constructor(space: PacketSpace, remembered: TransportParameters | null) {
    this.#space = space
    this.#remembered = remembered
  }

  /** Client: TLS offers early data. Returns the limits that hold for it, or null if it is not wanted. */
  begin(sealer: Sealer): TransportParameters | null {
    if (this.#remembered === null || this.#attempted) {
      sealer.release()
      return null
    }
    this.#attempted = true
    this.#space.earlySealer = sealer
    return this.#remembered
  }

  /** Client: what is sent now goes out in 0-RTT. */
  get isSending(): boolean {
    return this.#space.earlySealer !== null && this.#space.sealer === null
  }

  /** Client: 0-RTT is sent, or was, and the server has not refused it: what was remembered holds. */
  get stands(): boolean {
    return this.#attempted && !this.#refused
  }

  /** Client: the server has answered. Returns whether all that was sent early is to be sent again. Throws where it accepts and takes back limits or RESET_STREAM_AT. */
  answered(status: EarlyDataStatus, parameters: TransportParameters): boolean {
    if (!this.#attempted) return false
    if (status !== 'accepted') {
      this.#refused = true
      this.stop()
      return true
    }
    const remembered = this.#remembered!
    const isWithdrawn = remembered.resetStreamAt && !parameters.resetStreamAt
    const lower = NEVER_REDUCED.find((name) => parameters[name] < remembered[name]) ?? (isWithdrawn ? 'resetStreamAt' : undefined)
    if (lower === undefined) return false
    throw new TransportViolation(
      'PROTOCOL_VIOLATION',
      `0-RTT is accepted, but ${lower} is ${parameters[lower]} and was ${remembered[lower]}`,
    )
  }

  /** Client: nothing more is sent in 0-RTT: 1-RTT keys are there, or the server refused. RFC 9001 section 4.9.3. */
  stop(): void {
    this.#space.earlySealer?.release()
    this.#space.earlySealer = null
  }

  /** Server: early data is accepted. */
  accept(opener: Opener): void {
    this.#space.earlyOpener = opener
  }

  /** Server: the handshake is done, and 0-RTT keys are soon of no use. */
  handshakeCompleted(now: Instant, probeTimeout: number): void {
    if (this.#space.earlyOpener !== null) this.#discardAt = now + PATIENCE * probeTimeout
  }

  wakeAt(): Instant | null {
    return this.#discardAt
  }

  wake(now: Instant): void {
    if (this.#discardAt === null || now < this.#discardAt) return
    this.#discardAt = null
    this.#space.earlyOpener?.release()
    this.#space.earlyOpener = null
  }
}

// Which version a connection speaks, and how both sides make sure that nobody on the way chose it. RFC 9368, RFC 9369 section 4.
import { TransportViolation } from './errors.ts'
import type { Side } from './streams/stream-id.ts'
import { findTransportParameter, type TransportParameters, type VersionInformation } from './wire/transport-parameters.ts'
import { reservedVersion } from './wire/version.ts'

export class Versions {
  readonly #side: Side
  /** Those that we speak, the preferred one first. */
  readonly #ours: readonly number[]
  readonly #reserved: number
  #original: number
  #current: number
  /** This is a second attempt, because of a Version Negotiation packet. */
  #reacted = false
  #agreed = false

  /** `original` is the version of the client's first packet; `random` any 32 bits. */
  constructor(side: Side, ours: readonly number[], original: number, random: number) {
    this.#side = side
    this.#ours = ours
    this.#original = original
    this.#current = original
    this.#reserved = reservedVersion(random)
  }

  /** The version of the client's first flight: that of Retry and 0-RTT packets. */
  get original(): number {
    return this.#original
  }

  /** The version of all other packets that we send now; once the handshake is done, the one that was negotiated. */
  get current(): number {
    return this.#current
  }

  /** What we say in the handshake, with a version that nobody speaks (RFC 9000 section 15) to keep others used to such. */
  get information(): VersionInformation {
    return { chosen: this.#current, available: [...this.#ours, this.#reserved] }
  }

  /** Whether a first flight may turn out to be answered in this version. RFC 9368 section 2.3. */
  mayBecome(version: number): boolean {
    return this.#side === 'client' && !this.#agreed && this.#current === this.#original && this.#ours.includes(version)
  }

  /** The connection goes on in this version. */
  become(version: number): void {
    this.#current = version
  }

  /** Keys of the handshake are there, so its version stays. */
  agree(): void {
    this.#agreed = true
  }

  /**
   * A server's choice, once it can read what the client lists: the first of those that we speak, since it is the client who pays for a wish. What
   * is malformed is refused later, when the parameters are read in earnest.
   */
  choose(clientParameters: Uint8Array): number {
    const listed = listedIn(clientParameters)
    return listed?.available.find((version) => this.#ours.includes(version)) ?? this.#current
  }

  /**
   * A client's answer to a Version Negotiation packet: the version to begin again with, null if there is none, or 'ignore' for a packet that is not
   * to be believed. RFC 9000 section 6.2, RFC 9368 section 4.
   */
  react(offered: readonly number[]): number | null | 'ignore' {
    if (this.#reacted || offered.includes(this.#original)) return 'ignore'
    const version = this.#prefer(offered)
    if (version !== null) {
      this.#reacted = true
      this.#original = version
      this.#current = version
    }
    return version
  }

  /** What the peer says must fit what has happened, or somebody meddled. RFC 9368 section 4. */
  verify(parameters: TransportParameters): void {
    const theirs = parameters.versionInformation
    if (this.#side === 'server') {
      if (theirs !== undefined && theirs.chosen !== this.#original)
        throw mismatch(`the client chose ${hex(theirs.chosen)} in a packet of ${hex(this.#original)}`)
      return
    }
    if (theirs === undefined) {
      if (this.#reacted || this.#current !== this.#original) throw mismatch('the server changed the version and does not say so')
      return
    }
    if (theirs.chosen !== this.#current) throw mismatch(`the server chose ${hex(theirs.chosen)} and speaks ${hex(this.#current)}`)
    if (!this.#reacted) return
    const preferred = theirs.available.length === 0 ? null : this.#prefer([...theirs.available, this.#current])
    if (preferred !== this.#original) throw mismatch('the server speaks a better version than Version Negotiation told')
  }

  #prefer(offered: readonly number[]): number | null {
    return this.#ours.find((version) => offered.includes(version)) ?? null
  }
}

function listedIn(clientParameters: Uint8Array): VersionInformation | null {
  try {
    return findTransportParameter(clientParameters, 'versionInformation', 'client') ?? null
  } catch (error) {
    if (error instanceof TransportViolation) return null
    throw error
  }
}

function mismatch(reason: string): TransportViolation {
  return new TransportViolation('VERSION_NEGOTIATION_ERROR', reason)
}

function hex(version: number): string {
  return `0x${version.toString(16).padStart(8, '0')}`
}

// Whom a server lets in: whether a client's first packet begins a connection, or is answered without one, or is dropped. RFC 9000 sections 5.2.2,
// 6.1, 8.1.2 and 14.1.
import type { Address, Arena } from '@millrace/native'
import { MIN_INITIAL_DATAGRAM } from '../core/limits.ts'
import type { RemoteAddress } from '../core/paths/path-address.ts'
import type { PacketHeader } from '../core/wire/packet-header.ts'
import { type AddressTokenOptions, AddressTokens, type TokenVerdict } from './address-tokens.ts'
import { Hosts } from './hosts.ts'
import { HANDSHAKES_UNDER_LOAD, MAX_HANDSHAKES } from './limits.ts'
import type { StatelessReplies } from './stateless-replies.ts'

/** A client chooses ids for its first packets that nobody guesses. RFC 9000 section 7.2. */
const LEAST_ORIGINAL_ID = 8

export interface AdmissionOptions {
  readonly validateAddress: 'never' | 'always' | 'underLoad'
  /** Connections of the endpoint, and from one host; Infinity for no limit. */
  readonly maxConnectionsTotal: number
  readonly maxConnectionsPerHost: number
  readonly tokens: AddressTokenOptions
}

/** A client's first packet, for the server to make a connection of. */
export interface Incoming {
  readonly remote: Address
  readonly version: number
  /** Destination id of the client's very first packet. */
  readonly originalDestination: Uint8Array
  readonly source: Uint8Array
  /** The source id of the Retry packet that made the client come again; null if it was not asked to. */
  readonly retrySource: Uint8Array | null
  /** A token has shown that the client is where it says. */
  readonly addressValidated: boolean
}

/** A client's packet that belongs to no connection. Its memory is ours to destroy. */
export interface FirstPacket {
  readonly header: PacketHeader
  readonly memory: Arena
  readonly offset: number
  /** Of the datagram. */
  readonly length: number
  readonly remote: Address
  /** Versions that we speak, the preferred one first. */
  readonly versions: readonly number[]
  readonly now: number
}

export interface Admitted {
  readonly incoming: Incoming
  readonly tokenNonce: string | null
}

const NO_TOKEN: TokenVerdict = { type: 'worthless' }

export class Admission {
  readonly tokens: AddressTokens
  readonly #options: AdmissionOptions
  readonly #replies: StatelessReplies
  readonly #newConnectionId: () => Uint8Array | null
  readonly #hosts = new Hosts()
  #connections = 0
  #handshakes = 0

  constructor(options: AdmissionOptions, replies: StatelessReplies, newConnectionId: () => Uint8Array | null) {
    this.#options = options
    this.#replies = replies
    this.#newConnectionId = newConnectionId
    this.tokens = new AddressTokens(options.tokens)
  }

  /** A connection has begun, ours or a client's. */
  began(host: RemoteAddress): void {
    this.#connections++
    this.#handshakes++
    this.#hosts.add(host)
  }

  established(): void {
    this.#handshakes--
  }

  ended(host: RemoteAddress, established: boolean): void {
    this.#connections--
    if (!established) this.#handshakes--
    this.#hosts.remove(host)
  }

  /** 'answered' is not said apart from 'dropped': there is nothing else to do in either case. 'refused': there was no room. */
  judge(first: FirstPacket): Admitted | 'dropped' | 'refused' {
    const { header, length, remote, versions, now } = first
    if (length < MIN_INITIAL_DATAGRAM) return 'dropped'
    if (!versions.includes(header.version)) {
      if (header.type !== 'versionNegotiation') this.#replies.versionNegotiation(header, versions, remote, now)
      return 'dropped'
    }
    if (header.type !== 'initial' || header.dcidLength < LEAST_ORIGINAL_ID || !header.hasSample) return 'dropped'
    // Who shows a token was here before, and may remember that we do not need the bit. RFC 9287 section 3.1.
    if (!header.fixedBit && header.tokenLength === 0) return 'dropped'
    if (this.#handshakes >= MAX_HANDSHAKES) return 'refused'
    const verdict = this.#judgeToken(first)
    if (verdict.type === 'badRetry') {
      this.#close('INVALID_TOKEN', first)
      return 'dropped'
    }
    if (this.#full(remote)) {
      this.#close('CONNECTION_REFUSED', first)
      return 'refused'
    }
    if (verdict.type === 'worthless' && this.#wantsProof()) {
      this.#retry(first)
      return 'dropped'
    }
    return admitted(first, verdict)
  }

  #wantsProof(): boolean {
    const { validateAddress } = this.#options
    return validateAddress === 'always' || (validateAddress === 'underLoad' && this.#handshakes >= HANDSHAKES_UNDER_LOAD)
  }

  #full(remote: Address): boolean {
    const { maxConnectionsTotal, maxConnectionsPerHost } = this.#options
    return this.#connections >= maxConnectionsTotal || this.#hosts.connections(remote) >= maxConnectionsPerHost
  }

  #judgeToken({ header, remote }: FirstPacket): TokenVerdict {
    if (header.tokenLength === 0) return NO_TOKEN
    return this.tokens.judge(header.token, header.version, header.dcid, remote, Date.now())
  }

  #retry({ header, remote, now }: FirstPacket): void {
    const source = this.#newConnectionId()
    if (source === null) return
    const token = (): Uint8Array => this.tokens.forRetry(header.version, header.dcid, source, remote, Date.now())
    this.#replies.retry(header, source, token, remote, now)
  }

  #close(error: 'INVALID_TOKEN' | 'CONNECTION_REFUSED', { header, memory, offset, remote, now }: FirstPacket): void {
    this.#replies.immediateClose(error, header, memory, offset, remote, now)
  }
}

function admitted({ header, remote }: FirstPacket, verdict: TokenVerdict): Admitted {
  const validated = verdict.type === 'valid'
  const original = validated ? verdict.originalDestination : null
  const incoming: Incoming = {
    remote,
    version: header.version,
    originalDestination: original ?? header.dcid,
    source: header.scid,
    retrySource: original === null ? null : header.dcid,
    addressValidated: validated,
  }
  return { incoming, tokenNonce: validated ? verdict.nonce : null }
}

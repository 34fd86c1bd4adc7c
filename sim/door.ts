// The server's door, before there is a connection behind it: whoever has not shown a token is asked to prove its address. RFC 9000 section 8.1.2.
import { Writer } from '@millrace/bytes'
import { retryIntegrityTag } from '@millrace/native'
import { MIN_INITIAL_DATAGRAM } from '../packages/quic/src/core/limits.ts'
import type { RemoteAddress } from '../packages/quic/src/core/paths/path-address.ts'
import { PacketHeader, parseHeader } from '../packages/quic/src/core/wire/packet-header.ts'
import { writeRetry } from '../packages/quic/src/core/wire/retry.ts'
import { AddressTokens } from '../packages/quic/src/endpoint/address-tokens.ts'
import type { Entry } from './entry.ts'

const ID_LENGTH = 8
/** Longer than any handshake may take: a token that times out ends the connection, and rightly. */
const LIFETIME_MILLIS = 600_000
const MOST_REPLY = 300

export interface DoorIds {
  /** Destination of the client's first packets. */
  readonly original: Uint8Array
  /** Source of the Retry packets. */
  readonly retry: Uint8Array
}

export class Door {
  readonly #tokens = newTokens()
  readonly #ids: DoorIds
  readonly #asks: boolean
  readonly #header = new PacketHeader()
  #open = false

  constructor(entry: Entry, ids: DoorIds) {
    this.#asks = entry.retry
    this.#ids = ids
  }

  /** A token of an earlier visit; a foreign one is sealed with another secret. */
  token(kind: 'good' | 'foreign', version: number, client: RemoteAddress): Uint8Array {
    return (kind === 'good' ? this.#tokens : newTokens()).forNextConnection(version, client, 0)
  }

  /** 'in' for what the connection is to have; else what is answered, or null. */
  admit(datagram: Uint8Array, from: RemoteAddress, now: number): 'in' | Uint8Array | null {
    if (!this.#asks) return 'in'
    const header = parseHeader(datagram, 0, datagram.length, ID_LENGTH, this.#header)
    if (header === null) return null
    const isFirst = header.type === 'initial' || header.type === '0rtt'
    // What comes to another id than the client's first is for the connection, once there is one.
    if (this.#open && !(isFirst && same(header.dcid, this.#ids.original))) return 'in'
    if (header.type !== 'initial' || datagram.length < MIN_INITIAL_DATAGRAM) return null
    const { type } = this.#tokens.judge(header.token, header.version, header.dcid, from, now)
    if (type === 'valid') {
      this.#open = true
      return 'in'
    }
    // A Retry token that is none any more was damaged on the way: what it stands in is not authentic. RFC 9000 section 8.1.2.
    return type === 'worthless' ? this.#retry(header, from, now) : null
  }

  #retry({ version, scid, dcid }: PacketHeader, from: RemoteAddress, now: number): Uint8Array {
    const writer = new Writer(new Uint8Array(MOST_REPLY))
    const token = this.#tokens.forRetry(version, dcid, this.#ids.retry, from, now)
    writeRetry(writer, { version, dcid: scid, scid: this.#ids.retry, token }, 0)
    writer.bytes(retryIntegrityTag(version, dcid, writer.target.subarray(0, writer.offset)))
    return writer.target.subarray(0, writer.offset)
  }
}

function newTokens(): AddressTokens {
  const secrets = [crypto.getRandomValues(new Uint8Array(32))]
  return new AddressTokens({ secrets, retryLifetimeMillis: LIFETIME_MILLIS, newTokenLifetimeMillis: LIFETIME_MILLIS })
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}

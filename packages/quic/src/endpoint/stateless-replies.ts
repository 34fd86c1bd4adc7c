// What an endpoint says without keeping anything in mind: Version Negotiation, Retry, immediate close, stateless reset. Each is smaller than what it
// answers, and each has its rate, so that a flood of forged datagrams is not passed on to whoever their source addresses belong to.
// RFC 9000 sections 6.1, 8.1.2, 10.2.3 and 10.3.
import { randomBytes } from 'node:crypto'
import { Writer } from '@millrace/bytes'
import { type Address, type Arena, initialKeys, type Opener, retryIntegrityTag } from '@millrace/native'
import { TAG_LENGTH } from '../core/crypto/protection.ts'
import { TRANSPORT_ERRORS, type TransportErrorName } from '../core/errors.ts'
import { encodeFrame } from '../core/wire/frames/index.ts'
import { type PacketHeader, patchLength, writeLongHeader } from '../core/wire/packet-header.ts'
import { writeRetry } from '../core/wire/retry.ts'
import { statelessResetSize, writeStatelessReset } from '../core/wire/stateless-reset.ts'
import { reservedVersion } from '../core/wire/version.ts'
import { writeVersionNegotiation } from '../core/wire/version-negotiation.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'

export type ReplyKind = 'versionNegotiation' | 'retry' | 'immediateClose' | 'statelessReset'
export type ReplyRates = Readonly<Record<ReplyKind, Rate>>

export interface ReplyStats {
  versionNegotiations: number
  retries: number
  immediateCloses: number
  statelessResets: number
  /** Replies that were not sent because there had been too many of their kind. */
  repliesLimited: number
}

const COUNT = {
  versionNegotiation: 'versionNegotiations',
  retry: 'retries',
  immediateClose: 'immediateCloses',
  statelessReset: 'statelessResets',
} as const satisfies Record<ReplyKind, keyof ReplyStats>

/** @internal */
export class StatelessReplies {
  readonly #outgoing: Arena
  readonly #send: (length: number, to: Address) => void
  readonly #stats: ReplyStats
  readonly #buckets: Readonly<Record<ReplyKind, TokenBucket>>

  /** Replies are built at the beginning of `outgoing`, and `send` sends them from there. */
  constructor(outgoing: Arena, send: (length: number, to: Address) => void, rates: ReplyRates, stats: ReplyStats) {
    this.#outgoing = outgoing
    this.#send = send
    this.#stats = stats
    this.#buckets = {
      versionNegotiation: new TokenBucket(rates.versionNegotiation),
      retry: new TokenBucket(rates.retry),
      immediateClose: new TokenBucket(rates.immediateClose),
      statelessReset: new TokenBucket(rates.statelessReset),
    }
  }

  /** Lists what we speak, and a version that nobody does. */
  versionNegotiation(header: PacketHeader, versions: readonly number[], to: Address, now: number): void {
    this.#reply('versionNegotiation', to, now, (writer) => {
      const random = randomBytes(8)
      const listed = [...versions, reservedVersion(random.readUInt32BE(4))]
      writeVersionNegotiation(writer, header.scid, header.dcid, random[0]!, listed)
    })
  }

  /** `token` is made for the id that it is given. */
  retry(header: PacketHeader, retrySource: Uint8Array, token: () => Uint8Array, to: Address, now: number): void {
    this.#reply('retry', to, now, (writer) => {
      const { version } = header
      writeRetry(writer, { version, dcid: header.scid, scid: retrySource, token: token() }, randomBytes(1)[0]!)
      writer.bytes(retryIntegrityTag(version, header.dcid, writer.target.subarray(0, writer.offset)))
    })
  }

  /**
   * Refuses a connection with an Initial packet of our own, if the client's is authentic; anything else is not worth a word. The client's packet
   * begins at `start` and is destroyed.
   */
  immediateClose(error: TransportErrorName, header: PacketHeader, memory: Arena, start: number, to: Address, now: number): void {
    this.#reply('immediateClose', to, now, (writer) => {
      const keys = initialKeys('server', header.version, header.dcid)
      try {
        if (!isAuthentic(keys.opener, header, memory, start)) return
        const head = { type: 'initial', version: header.version, dcid: header.scid, scid: header.dcid } as const
        const lengthAt = writeLongHeader(writer, head, 0, 1)
        const payload = writer.offset
        encodeFrame(
          { type: 'connectionClose', layer: 'transport', code: BigInt(TRANSPORT_ERRORS[error]), frameType: 0, reason: '' },
          writer,
        )
        const length = writer.offset - payload
        patchLength(this.#outgoing.bytes, lengthAt, 1 + length + TAG_LENGTH)
        keys.sealer.seal(this.#outgoing, 0, payload, 1, length, 0)
        writer.offset += TAG_LENGTH
      } finally {
        keys.sealer.release()
        keys.opener.release()
      }
    })
  }

  /** Tells a peer that we know nothing of the connection it means. `trigger` is the size of its datagram. */
  statelessReset(trigger: number, resetToken: () => Uint8Array, to: Address, now: number): void {
    const size = statelessResetSize(trigger)
    if (size === 0) return
    this.#reply('statelessReset', to, now, (writer) => {
      const reset = randomBytes(size)
      writeStatelessReset(reset, resetToken())
      writer.bytes(reset)
    })
  }

  /** What `write` wrote goes out, if it is not too soon; the socket may lose it, as the network may. */
  #reply(kind: ReplyKind, to: Address, now: number, write: (writer: Writer) => void): void {
    if (!this.#buckets[kind].take(now)) {
      this.#stats.repliesLimited++
      return
    }
    const writer = new Writer(this.#outgoing.bytes)
    write(writer)
    if (writer.offset === 0) return
    this.#stats[COUNT[kind]]++
    this.#send(writer.offset, to)
  }
}

function isAuthentic(opener: Opener, header: PacketHeader, memory: Arena, start: number): boolean {
  const at = header.packetNumberOffset
  const length = opener.unmask(memory, start, at)
  let number = 0
  for (let i = 0; i < length; i++) number = number * 256 + memory.bytes[at + i]!
  // A client's first packets have small numbers: what is on the wire is all of it.
  return opener.open(memory, start, at + length - start, header.end - at - length, number)
}

// HTTP datagrams: those of QUIC, with the number of the request they belong to in front. RFC 9297 section 2.1.
import { BytesError, Reader, varintSize, Writer } from '@millrace/bytes'
import type { QuicSession } from '@millrace/quic'
import type { Http3Connection } from '../core/connection.ts'
import { MAX_EARLY_DATAGRAM_BYTES, MAX_EARLY_DATAGRAMS } from '../core/limits.ts'
import { Http3Error } from '../core/wire/http3-error.ts'
import type { Http3Stream } from './http3-stream.ts'

/** RFC 9297 section 2.1. */
const LAST_QUARTER: bigint = (1n << 60n) - 1n

export class HttpDatagrams {
  readonly #quic: QuicSession
  readonly #connection: Http3Connection
  readonly #find: (streamId: number) => Http3Stream | undefined
  readonly #violated: (error: Http3Error) => void
  /** Those whose request has not come yet, oldest first. */
  #early: { readonly streamId: number; readonly payload: Uint8Array }[] = []
  #earlyBytes = 0
  #nextStream = 0

  constructor(
    quic: QuicSession,
    connection: Http3Connection,
    find: (streamId: number) => Http3Stream | undefined,
    violated: (error: Http3Error) => void,
  ) {
    this.#quic = quic
    this.#connection = connection
    this.#find = find
    this.#violated = violated
    // A client knows all requests there are.
    if (connection.side === 'client') this.#nextStream = Number.POSITIVE_INFINITY
    const received = (datagram: Uint8Array): void => this.#received(datagram)
    if (connection.settings.h3Datagram) quic.ondatagram = received
  }

  /** Bytes of the largest payload that could be sent for this request now; 0 where none may. */
  maxSize(streamId: number): number {
    const { settings, peerSettings } = this.#connection
    if (!settings.h3Datagram || !peerSettings.h3Datagram) return 0
    return Math.max(0, this.#quic.maxDatagramSize - varintSize(streamId / 4))
  }

  /** False if it cannot be sent: not permitted, or too large. */
  send(streamId: number, payload: Uint8Array): boolean {
    const largest = this.maxSize(streamId)
    if (largest === 0 || payload.length > largest) return false
    const quarter = streamId / 4
    const writer = new Writer(new Uint8Array(varintSize(quarter) + payload.length))
    writer.varint(quarter)
    writer.bytes(payload)
    this.#connection.log?.datagramCreated(quarter, writer.target.length)
    void this.#quic.sendDatagram(writer.target)
    return true
  }

  /** Server: a request has come, and its owner knows of it; datagrams may have come before it. */
  requestReceived(streamId: number, stream: Http3Stream): void {
    this.#nextStream = Math.max(this.#nextStream, streamId + 4)
    if (this.#early.length === 0) return
    const early = this.#early
    this.#early = []
    this.#earlyBytes = 0
    for (const each of early) {
      if (each.streamId === streamId) stream.ondatagram?.(each.payload)
      else this.#keep(each.streamId, each.payload)
    }
  }

  #received(datagram: Uint8Array): void {
    const reader = new Reader(datagram)
    let quarter: bigint
    try {
      quarter = reader.varintExact()
    } catch (error) {
      if (!(error instanceof BytesError)) throw error
      this.#violated(new Http3Error('H3_DATAGRAM_ERROR', 'a datagram without the number of its request'))
      return
    }
    if (quarter > LAST_QUARTER) {
      this.#violated(new Http3Error('H3_DATAGRAM_ERROR', `a datagram for request ${quarter}`))
      return
    }
    const streamId = 4 * Number(quarter)
    this.#connection.log?.datagramParsed(Number(quarter), datagram.length)
    const payload = reader.view(reader.remaining)
    const stream = this.#find(streamId)
    if (stream !== undefined && stream.requestFields.length > 0) stream.ondatagram?.(payload)
    else if (stream !== undefined || streamId >= this.#nextStream) this.#keep(streamId, payload)
  }

  /** As many as are likely to be wanted within a round trip; the oldest give way. */
  #keep(streamId: number, payload: Uint8Array): void {
    this.#early.push({ streamId, payload })
    this.#earlyBytes += payload.length
    while (this.#early.length > MAX_EARLY_DATAGRAMS || this.#earlyBytes > MAX_EARLY_DATAGRAM_BYTES) {
      this.#earlyBytes -= this.#early.shift()!.payload.length
    }
  }
}

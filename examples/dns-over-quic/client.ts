// A stub resolver that asks by DNS over QUIC: one connection, a stream for each question. RFC 9250 section 5.
import { connect, type QuicSession, type SessionOptions } from '@millrace/quic'
import { type DecodedPacket, decode, type OptAnswer, type Packet, RECURSION_DESIRED, type RecordType } from 'dns-packet'
import { ALPN, DOQ, DoqError, framed, PADDED_QUERY, readMessage } from './message.ts'

/** That we speak EDNS, without which there is no padding. The size is of UDP, which this is not. RFC 6891 section 6.1.2. */
const NO_FLAGS = { extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false }
const EDNS: OptAnswer = { type: 'OPT', name: '.', udpPayloadSize: 1232, ...NO_FLAGS, options: [] }

export class DoqClient {
  readonly #session: QuicSession

  private constructor(session: QuicSession) {
    this.#session = session
  }

  /** `server` is host:port; the port is 853. RFC 9250 section 4.1. */
  static async connect(server: string, options: Pick<SessionOptions, 'ca' | 'servername'> = {}): Promise<DoqClient> {
    // Servers open no streams. RFC 9250 section 4.2.
    const transportParams = { initialMaxStreamsBidi: 0, initialMaxStreamsUni: 0 }
    const session = await connect(server, { ...options, alpn: ALPN, transportParams })
    await session.opened
    return new DoqClient(session)
  }

  /** Asks; whoever loses interest aborts the signal. */
  async query(name: string, type: RecordType = 'A', signal?: AbortSignal): Promise<DecodedPacket> {
    signal?.throwIfAborted()
    const stream = await this.#session.createBidirectionalStream()
    const cancel = (): void => stream.destroy(undefined, { code: DOQ.REQUEST_CANCELLED })
    signal?.addEventListener('abort', cancel)
    try {
      const query: Packet = { type: 'query', flags: RECURSION_DESIRED, questions: [{ name, type }], additionals: [EDNS] }
      // The end after the query says that there is no more. RFC 9250 section 4.2.
      const sent = stream.end(framed(query, PADDED_QUERY))
      const [answer] = await Promise.all([readMessage(stream), sent])
      return decode(answer)
    } catch (error) {
      if (error instanceof DoqError) this.#session.destroy(error, { code: DOQ.PROTOCOL_ERROR })
      throw signal?.aborted ? signal.reason : error
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  async close(): Promise<void> {
    await this.#session.close({ code: DOQ.NO_ERROR })
  }
}

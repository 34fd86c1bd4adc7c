// The streams of a session that we send on, as its datagrams see them. W3C WebTransport, "send-order rules".
import { ChurnMap } from '@millrace/bytes'
import type { QuicStream } from '@millrace/quic'
import type { WaitingStreams } from './outgoing-datagrams.ts'
import type { SendPlace } from './send-order.ts'
import type { WebTransportSendStream } from './send-stream.ts'

export class SendStreams {
  readonly #quic = new ChurnMap<WebTransportSendStream, QuicStream>()

  /** A stream is open, until it is over. */
  add(stream: WebTransportSendStream, quic: QuicStream): void {
    this.#quic.set(stream, quic)
    const over = (): boolean => this.#quic.delete(stream)
    quic.closed.then(over, over)
  }

  /** Those that have something to send which flow control lets go; null for none. */
  waiting(): WaitingStreams | null {
    const highest = new Map<SendPlace['group'], number>()
    const waiting: QuicStream[] = []
    for (const [{ sendGroup: group, sendOrder: order }, quic] of this.#quic) {
      if (quic.sendable === 0) continue
      highest.set(group, Math.max(order, highest.get(group) ?? order))
      waiting.push(quic)
    }
    if (waiting.length === 0) return null
    return {
      highest: (group) => highest.get(group) ?? Number.NEGATIVE_INFINITY,
      moved: () => Promise.race(waiting.map((quic) => quic.moved())),
    }
  }
}

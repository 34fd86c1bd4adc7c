// Streams and datagrams that are sent as one beside the others of the session. W3C WebTransport, "WebTransportSendGroup Interface".
import type { WebTransportSendStreamStats } from './send-stream-stats.ts'

/** A stream that counts with its group. */
export interface GroupMember {
  /** Of now. */
  counts(): WebTransportSendStreamStats
  /** Settles when its counts change no more. */
  readonly over: Promise<unknown>
}

/** Groups have equal shares of what can be sent, however many streams each has, and each has send orders of its own. Made by `createSendGroup()`. */
export class WebTransportSendGroup {
  readonly #session: object
  readonly #members = new Set<GroupMember>()
  /** Counts of those that are over. */
  readonly #past = { bytesWritten: 0, bytesSent: 0, bytesAcknowledged: 0 }

  /** Made by sessions alone. */
  constructor(session: object) {
    this.#session = session
  }

  /** Counts of now, of all streams in the group together. */
  async getStats(): Promise<WebTransportSendStreamStats> {
    const total = { ...this.#past }
    for (const member of this.#members) add(total, member.counts())
    return total
  }

  /** Whether it is of this session. For sessions alone. */
  isOf(session: object): boolean {
    return this.#session === session
  }

  /** A stream is of it from now on. For streams alone. */
  join(member: GroupMember): void {
    this.#members.add(member)
    const over = (): void => {
      if (this.#members.delete(member)) add(this.#past, member.counts())
    }
    member.over.then(over, over)
  }

  /** A stream is of it no more. For streams alone. */
  leave(member: GroupMember): void {
    this.#members.delete(member)
  }
}

type Counts = { -readonly [Name in keyof WebTransportSendStreamStats]: number }

function add(total: Counts, { bytesWritten, bytesSent, bytesAcknowledged }: WebTransportSendStreamStats): void {
  total.bytesWritten += bytesWritten
  total.bytesSent += bytesSent
  total.bytesAcknowledged += bytesAcknowledged
}

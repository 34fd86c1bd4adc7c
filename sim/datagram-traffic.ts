// Unreliable datagrams of one end: sent at moments of the plan's, each heard at most once and as it was sent, and each with one verdict that is true.
// RFC 9221.
import type { Random } from '@millrace/netsim'
import type { Connection } from '../packages/quic/src/core/connection.ts'
import type { DatagramStatus } from '../packages/quic/src/core/datagrams.ts'
import type { Side } from '../packages/quic/src/core/streams/stream-id.ts'
import { between, magnitude } from './draw.ts'
import { SimulationFailure } from './failure.ts'
import { content } from './pattern.ts'

export interface DatagramPlan {
  readonly count: number
  /** Bytes of each, as far as the path carries them. */
  readonly size: number
  /** Sent together, and then nothing for so long. */
  readonly burst: number
  readonly everyMillis: number
}

export const NO_DATAGRAMS: DatagramPlan = { count: 0, size: 0, burst: 1, everyMillis: 0 }

export function drawDatagrams(random: Random): DatagramPlan {
  const burst = magnitude(random, 1, 200)
  return {
    count: burst * magnitude(random, 1, MOST_BURSTS),
    size: magnitude(random, NUMBER_LENGTH, 1400),
    burst,
    everyMillis: between(random, 1, 500),
  }
}

const MOST_BURSTS = 40

/** Each begins with its number. */
const NUMBER_LENGTH = 4

interface Sent {
  readonly size: number
  heard: boolean
  status: DatagramStatus | null
}

/** What one end sent, and what became of it: both ends write into it. */
export class DatagramLedger {
  readonly #writer: Side
  readonly #sent: Sent[] = []

  constructor(writer: Side) {
    this.#writer = writer
  }

  /** The next datagram, of so many bytes. */
  next(size: number): Buffer {
    const data = Buffer.from(content(this.#sent.length, 0, size))
    data.writeUInt32BE(this.#sent.length)
    this.#sent.push({ size, heard: false, status: null })
    return data
  }

  hear(data: Uint8Array): void {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.length)
    const number = bytes.length < NUMBER_LENGTH ? -1 : bytes.readUInt32BE(0)
    const sent = this.#sent[number]
    if (sent === undefined || sent.size !== data.length) throw this.#failure(number, `of ${data.length} bytes arrived, and was never sent`)
    if (!bytes.subarray(NUMBER_LENGTH).equals(content(number, NUMBER_LENGTH, sent.size - NUMBER_LENGTH)))
      throw this.#failure(number, 'arrived with other bytes than were sent')
    if (sent.heard) throw this.#failure(number, 'arrived twice')
    if (sent.status === 'abandoned') throw this.#failure(number, 'arrived, and was abandoned')
    sent.heard = true
  }

  settle(number: number, status: DatagramStatus): void {
    const sent = this.#sent[number]
    if (sent === undefined) throw this.#failure(number, `is ${status}, and was never sent`)
    if (sent.status !== null) throw this.#failure(number, `is ${status}, and was ${sent.status}`)
    if (status === 'acknowledged' && !sent.heard) throw this.#failure(number, 'is acknowledged, and never arrived')
    if (status === 'abandoned' && sent.heard) throw this.#failure(number, 'is abandoned, and arrived')
    sent.status = status
  }

  /** Nothing is in line or in flight any more: of each it must be known what became of it. */
  judge(): void {
    for (const [number, { status }] of this.#sent.entries())
      if (status === null) throw this.#failure(number, 'was sent, and nothing became of it')
  }

  #failure(number: number, what: string): SimulationFailure {
    return new SimulationFailure(`${this.#writer}'s datagram ${number} ${what}`)
  }
}

/** Both ends' datagrams. */
export type DatagramLedgers = Readonly<Record<Side, DatagramLedger>>

export class DatagramTraffic {
  readonly #plan: DatagramPlan
  readonly #connection: Connection
  readonly #ledgers: DatagramLedgers
  /** Unless the connection has ended by then. */
  readonly #later: (millis: number, act: () => void) => void
  #left: number

  constructor(plan: DatagramPlan, connection: Connection, ledgers: DatagramLedgers, later: (millis: number, act: () => void) => void) {
    this.#plan = plan
    this.#connection = connection
    this.#ledgers = ledgers
    this.#later = later
    this.#left = plan.count
    connection.datagrams.statusWanted = true
  }

  /** The peer's limit is known, perhaps from an earlier session. */
  begin(): void {
    if (this.#left === this.#plan.count && this.#left > 0) this.#send()
  }

  get isDone(): boolean {
    return this.#left === 0 && this.#connection.datagrams.pending === 0
  }

  /** They wait to be taken. */
  hear(): void {
    const ledger = this.#ledgers[this.#connection.side === 'client' ? 'server' : 'client']
    for (let data = this.#connection.datagrams.take(); data !== null; data = this.#connection.datagrams.take()) ledger.hear(data)
  }

  settle(): void {
    this.#connection.datagrams.takeSettled((id, status) => this.#ledgers[this.#connection.side].settle(id - 1, status))
  }

  #send(): void {
    const { datagrams, path, side } = this.#connection
    // The peer takes none of them.
    if (datagrams.maxSize(path) < NUMBER_LENGTH) this.#left = 0
    for (let count = 0; count < this.#plan.burst && this.#left > 0; count++) {
      this.#left--
      const size = Math.min(this.#plan.size, datagrams.maxSize(path))
      datagrams.send(this.#ledgers[side].next(size))
    }
    if (this.#left > 0) this.#later(this.#plan.everyMillis, () => this.#send())
  }
}

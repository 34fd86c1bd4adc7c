// Hands datagrams to the thread at the same port that they belong to, and takes in those that others hand over. Bounded by what the receiver has not read
// yet: who is behind loses datagrams, as at a full socket, and they are counted.
import { BroadcastChannel } from 'node:worker_threads'
import { type Address, Arena, type ReceivedBatch, type UdpSocket } from '@millrace/native'
import { MAX_UDP_PAYLOAD } from '../core/limits.ts'
import { MAX_HANDED_OVER } from './limits.ts'
import type { PortSeat } from './port-seat.ts'

export interface HandOverStats {
  /** Datagrams of other threads' connections, handed to the threads. */
  datagramsHandedOver: number
  /** Datagrams that belonged to a thread which was behind, or closed. */
  datagramsNotHandedOver: number
}

/** A datagram on its way between threads. */
interface Parcel {
  readonly bytes: Uint8Array
  readonly address: string
  readonly port: number
  readonly ecn: number
}

/** @internal */
export class HandOver {
  readonly #seat: PortSeat
  readonly #stats: HandOverStats
  readonly #pending: Int32Array
  /** By index; those of a pair are two, one a direction, so that nobody else hears what is sent. */
  readonly #outgoing: (BroadcastChannel | null)[]
  readonly #incoming: BroadcastChannel[] = []
  /** By index: what this turn hands over. */
  readonly #parcels: Parcel[][]

  /** `take` gets each datagram that is handed to us, as a batch of one. */
  constructor(seat: PortSeat, socket: UdpSocket, stats: HandOverStats, take: (batch: ReceivedBatch) => void) {
    this.#seat = seat
    this.#stats = stats
    this.#pending = new Int32Array(seat.pending)
    this.#parcels = Array.from({ length: seat.count }, () => [])
    const others = this.#parcels.map((_, index) => (index === seat.index ? null : index))
    this.#outgoing = others.map((index) => (index === null ? null : open(seat.group, seat.index, index)))
    const batch = new HandedBatch(socket)
    for (const index of others) {
      if (index === null) continue
      const channel = open(seat.group, index, seat.index)
      const taken = (message: unknown): void => {
        const { data: parcels } = message as { readonly data: readonly Parcel[] }
        Atomics.sub(this.#pending, seat.index, parcels.length)
        for (const parcel of parcels) if (batch.unpack(parcel)) take(batch)
      }
      channel.onmessage = taken
      this.#incoming.push(channel)
    }
    Atomics.store(this.#pending, seat.index, 0)
  }

  /** Hands a datagram over when the turn is done: see `flush`. `ecn` is its ECN codepoint. */
  push(to: number, batch: ReceivedBatch, i: number): void {
    if (Atomics.load(this.#pending, to) >= MAX_HANDED_OVER) {
      this.#stats.datagramsNotHandedOver++
      return
    }
    Atomics.add(this.#pending, to, 1)
    this.#stats.datagramsHandedOver++
    const start = batch.offset(i)
    const { address, port } = batch.from(i)
    // A copy of these bytes alone: a message takes all of the memory behind a view along.
    const bytes = new Uint8Array(batch.memory.bytes.subarray(start, start + batch.length(i)))
    this.#parcels[to]!.push({ bytes, address, port, ecn: batch.ecn(i) })
  }

  /** Sends what was pushed: one message for each thread. */
  flush(): void {
    for (const [to, parcels] of this.#parcels.entries()) {
      if (parcels.length > 0) this.#outgoing[to]!.postMessage(parcels.splice(0))
    }
  }

  /** Nothing is handed over to us from now on. */
  close(): void {
    Atomics.store(this.#pending, this.#seat.index, MAX_HANDED_OVER)
    for (const channel of [...this.#incoming, ...this.#outgoing]) channel?.close()
  }
}

/** The channel between two threads, in one direction. It keeps no process alive. */
function open(group: string, from: number, to: number): BroadcastChannel {
  const channel = new BroadcastChannel(`${group}/${from}/${to}`)
  channel.unref()
  return channel
}

/** One datagram that was handed over, as if it had come by our own socket. */
class HandedBatch implements ReceivedBatch {
  readonly memory: Arena = Arena.allocate(MAX_UDP_PAYLOAD)
  readonly count = 1
  readonly #socket: UdpSocket
  #length = 0
  #ecn = 0
  #from: Address

  constructor(socket: UdpSocket) {
    this.#socket = socket
    this.#from = socket.local
  }

  /** False for what is no datagram of ours. */
  unpack({ bytes, address, port, ecn }: Parcel): boolean {
    if (bytes.length > this.memory.size) return false
    this.memory.bytes.set(bytes)
    this.#length = bytes.length
    this.#ecn = ecn
    this.#from = this.#socket.resolve(address, port)
    return true
  }

  offset(_i: number): number {
    return 0
  }

  length(_i: number): number {
    return this.#length
  }

  from(_i: number): Address {
    return this.#from
  }

  ecn(_i: number): number {
    return this.#ecn
  }

  together(_i: number): number {
    return 1
  }
}

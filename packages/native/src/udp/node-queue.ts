// Node's own queue of datagrams to send: libuv waits until the kernel takes them. The portable socket sends everything here; the batched
// one what the kernel would not take at once, which also tells it when there is room again.
import { Buffer } from 'node:buffer'
import type { Socket } from 'node:dgram'
import { type Address, type AddressBook, KnownAddress } from './address.ts'
import type { RefusalListener, UdpSocketStats } from './socket.ts'

export class NodeQueue {
  readonly #socket: Socket
  readonly #book: AddressBook
  readonly #stats: UdpSocketStats
  /** Called when the last datagram has left. */
  readonly #drained: () => void
  #pending = 0
  #pendingBytes = 0

  constructor(socket: Socket, book: AddressBook, stats: UdpSocketStats, drained: () => void) {
    this.#socket = socket
    this.#book = book
    this.#stats = stats
    this.#drained = drained
  }

  get isEmpty(): boolean {
    return this.#pending === 0
  }

  get bytes(): number {
    return this.#pendingBytes
  }

  /** Takes a copy of the train [offset, offset + length) of `bytes`. */
  push(bytes: Buffer, offset: number, length: number, segmentSize: number, to: Address, refusals: RefusalListener | null): void {
    const address = this.#book.own(to)
    const host = KnownAddress.host(address)
    const copy = Buffer.from(bytes.subarray(offset, offset + length))
    for (let at = 0; at < length; at += segmentSize) {
      const datagram = copy.subarray(at, Math.min(at + segmentSize, length))
      this.#pending++
      this.#pendingBytes += datagram.length
      this.#socket.send(datagram, address.port, host, (error) => this.#left(datagram.length, error, refusals))
    }
  }

  #left(length: number, error: NodeJS.ErrnoException | null, refusals: RefusalListener | null): void {
    if (error) {
      this.#stats.sendErrors++
      refusals?.refused(1, error.code ?? error.message)
    } else {
      this.#stats.datagramsSent++
      this.#stats.bytesSent += length
    }
    this.#pending--
    this.#pendingBytes -= length
    if (this.#pending === 0) this.#drained()
  }
}

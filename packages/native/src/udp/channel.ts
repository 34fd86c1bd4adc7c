// A UDP socket over something else that carries datagrams to one peer: a tunnel through a proxy, for instance (RFC 9298).
import { Arena } from '../arena.ts'
import { NativeError } from '../error.ts'
import { type Address, AddressBook } from './address.ts'
import { checkTrain } from './checks.ts'
import { SingleDatagram } from './single-datagram.ts'
import {
  newStats,
  OUTGOING_SIZE,
  type ReceivedBatch,
  type RefusalListener,
  SLOT_SIZE,
  type UdpSocket,
  type UdpSocketStats,
} from './socket.ts'

/** Carries datagrams of 1200 bytes at least to one peer and back, each at most once, as UDP does. */
export interface DatagramChannel {
  /** Hears each datagram that arrives, which is only lent. Set by who uses the channel. */
  onmessage: ((datagram: Uint8Array) => void) | undefined
  /** Settles when nothing goes through any more. */
  readonly closed: Promise<unknown>
  /** Takes a datagram, which is only lent, and must not throw: what cannot be carried is lost. */
  send(datagram: Uint8Array): unknown
  /** Whoever uses the channel has done with it. */
  close(): unknown
}

/** A socket that reaches the peer of its channel alone: the address that was resolved first stands for it, whatever it is. */
export class ChannelSocket implements UdpSocket {
  readonly kind = 'portable'
  readonly ecn = false
  // Behind the channel there is a network, about which nothing is known.
  readonly whole = false
  readonly outgoing: Arena = Arena.allocate(OUTGOING_SIZE)
  readonly stats: UdpSocketStats = newStats()
  readonly local: Address
  onwritable: (() => void) | null = null
  onreceive: ((batch: ReceivedBatch) => void) | null = null
  onerror: ((error: Error) => void) | null = null
  readonly #channel: DatagramChannel
  readonly #book = new AddressBook(6)
  readonly #single: SingleDatagram
  #peer: Address | null = null
  #closing: Promise<void> | null = null

  constructor(channel: DatagramChannel) {
    this.#channel = channel
    this.local = this.#book.resolve('::', 0)
    this.#single = new SingleDatagram(this.local)
    const receive = (datagram: Uint8Array): void => this.#receive(datagram)
    channel.onmessage = receive
    const ended = (): void => {
      if (this.#closing === null)
        this.onerror?.(new NativeError('ERR_NATIVE_RELEASED', 'The channel that datagrams went through has closed.'))
    }
    channel.closed.then(ended, ended)
  }

  resolve(address: string, port: number): Address {
    const known = this.#book.resolve(address, port)
    this.#peer ??= known
    return known
  }

  send(offset: number, length: number, segmentSize: number, to: Address, _ecn = 0, refusals: RefusalListener | null = null): boolean {
    checkTrain(this.outgoing, offset, length, segmentSize)
    if (this.#closing !== null) return false
    const end = offset + length
    for (let at = offset; at < end; at += segmentSize) {
      // Elsewhere leads no way, as to a preferred address of the peer's.
      if (this.#book.own(to) !== this.#peer) {
        this.stats.sendErrors++
        refusals?.refused(1, 'EHOSTUNREACH')
      } else this.#sendOne(this.outgoing.bytes.subarray(at, Math.min(at + segmentSize, end)))
    }
    return true
  }

  // What keeps the process alive is what carries the channel.
  ref(): void {}

  unref(): void {}

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #sendOne(datagram: Uint8Array): void {
    this.stats.datagramsSent++
    this.stats.bytesSent += datagram.length
    this.#channel.send(datagram)
  }

  #receive(datagram: Uint8Array): void {
    if (this.#closing !== null || this.#peer === null) return
    if (datagram.length > SLOT_SIZE) {
      this.stats.truncated++
      return
    }
    this.stats.datagramsReceived++
    this.stats.bytesReceived += datagram.length
    this.#single.set(datagram, this.#peer)
    this.onreceive?.(this.#single)
  }

  async #close(): Promise<void> {
    this.#channel.onmessage = undefined
    await this.#channel.close()
  }
}

// A UDP socket on node:dgram alone: for platforms that the batched one does not know. About 3 us a datagram each way, and no ECN.
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { Arena } from '../arena.ts'
import { type Address, AddressBook } from './address.ts'
import { checkTrain, systemError } from './checks.ts'
import { parseIp } from './ip.ts'
import { isLost, lostSocket } from './lost-socket.ts'
import { NodeQueue } from './node-queue.ts'
import { SingleDatagram } from './single-datagram.ts'
import {
  DEFAULT_RECEIVE_BUFFER,
  DEFAULT_SEND_BUFFER,
  newStats,
  OUTGOING_SIZE,
  type ReceivedBatch,
  type RefusalListener,
  SLOT_SIZE,
  type UdpSocket,
  type UdpSocketOptions,
  type UdpSocketStats,
} from './socket.ts'

/** Bytes in Node's queue at which `send` says false. */
const MAX_QUEUED = 1 << 20

export async function openPortableSocket(options: UdpSocketOptions): Promise<UdpSocket> {
  const { family } = parseIp(options.address)
  const socket = createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    reusePort: options.reusePort ?? false,
    reuseAddr: options.reuseAddress ?? false,
    // Addresses are literals: nothing is to be looked up, nor to wait for.
    lookup: (host, _options, done) => done(null, host, isIPv6(host) ? 6 : 4),
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      reject(systemError(error.code ?? 'ERR_NATIVE_OPTION', 'bind', options))
    })
    socket.bind({ address: options.address, port: options.port, exclusive: true }, () => {
      socket.removeAllListeners('error')
      resolve()
    })
  })
  setBufferSize(options.receiveBufferSize ?? DEFAULT_RECEIVE_BUFFER, (size) => socket.setRecvBufferSize(size))
  setBufferSize(options.sendBufferSize ?? DEFAULT_SEND_BUFFER, (size) => socket.setSendBufferSize(size))
  return new PortableSocket(socket, new AddressBook(family))
}

class PortableSocket implements UdpSocket {
  readonly kind = 'portable'
  readonly ecn = false
  readonly whole = false
  readonly local: Address
  readonly outgoing: Arena = Arena.allocate(OUTGOING_SIZE)
  readonly stats: UdpSocketStats = newStats()
  onwritable: (() => void) | null = null
  onreceive: ((batch: ReceivedBatch) => void) | null = null
  onerror: ((error: Error) => void) | null = null
  readonly #socket: Socket
  readonly #book: AddressBook
  readonly #queue: NodeQueue
  readonly #single: SingleDatagram
  #refused = false
  #closing: Promise<void> | null = null

  constructor(socket: Socket, book: AddressBook) {
    this.#socket = socket
    this.#book = book
    this.#queue = new NodeQueue(socket, book, this.stats, () => this.#drained())
    const { address, port } = socket.address()
    this.local = book.resolve(address, port)
    this.#single = new SingleDatagram(this.local)
    socket.on('message', (bytes, from) => this.#receive(bytes, from.address, from.port))
    socket.on('error', (error: NodeJS.ErrnoException) => this.#failed(error))
  }

  resolve(address: string, port: number): Address {
    return this.#book.resolve(address, port)
  }

  send(offset: number, length: number, segmentSize: number, to: Address, _ecn = 0, refusals: RefusalListener | null = null): boolean {
    checkTrain(this.outgoing, offset, length, segmentSize)
    if (this.#closing !== null) return false
    if (!this.#refused) {
      this.#queue.push(this.outgoing.bytes, offset, length, segmentSize, to, refusals)
      if (this.#queue.bytes < MAX_QUEUED) return true
    }
    this.#refused = true
    this.stats.blocked++
    return false
  }

  ref(): void {
    this.#socket.ref()
  }

  unref(): void {
    this.#socket.unref()
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => this.#socket.close(resolve))
    return this.#closing
  }

  #failed(error: NodeJS.ErrnoException): void {
    const errno = -(error.errno ?? 0)
    if (isLost(errno)) this.onerror?.(lostSocket(errno))
    else this.stats.receiveErrors++
  }

  #receive(bytes: Buffer, host: string, port: number): void {
    if (this.#closing !== null) return
    if (bytes.length > SLOT_SIZE) {
      this.stats.truncated++
      return
    }
    this.stats.datagramsReceived++
    this.stats.bytesReceived += bytes.length
    this.#single.set(bytes, this.#book.fromHost(host, port))
    this.onreceive?.(this.#single)
  }

  #drained(): void {
    if (!this.#refused || this.#closing !== null) return
    this.#refused = false
    this.onwritable?.()
  }
}

/** Some systems refuse what others cut down: asks for less until it is granted. */
function setBufferSize(wanted: number, set: (size: number) => void): void {
  for (let size = wanted; size >= 65_536; size = Math.floor(size / 2)) {
    try {
      set(size)
      return
    } catch {
      // Less may do; if nothing does, the default stays.
    }
  }
}

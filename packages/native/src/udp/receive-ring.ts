// Receives up to 64 datagrams a call into slots of an arena. recvmmsg(2).
import { Arena, addressOf } from '../arena.ts'
import { sockets } from '../binding/libc.ts'
import { type Address, type AddressBook, SOCKADDR_LENGTH, SOCKADDR_STRIDE } from './address.ts'
import { IOVEC, MMSGHDR, MSG_DONTWAIT, MSG_TRUNC, MSGHDR, writeWord } from './linux.ts'
import { type ReceivedBatch, SLOT_SIZE, type UdpSocketStats } from './socket.ts'

/** Datagrams that one system call may fill. */
export const BATCH = 64
/** The slot of the datagram that Node read, after those of the batch. */
const NODE_SLOT = BATCH

/**
 * A batch whose memory is used again and again. UDP_GRO, which would glue datagrams of one sender together (0.3 against 0.9 us each), is
 * left off: the datagram that Node itself reads could then be several, and Node does not pass on where to cut.
 */
export class ReceiveRing implements ReceivedBatch {
  readonly memory: Arena = Arena.allocate((BATCH + 1) * SLOT_SIZE)
  count = 0
  readonly #recvmmsg = sockets().recvmmsg
  readonly #headers = Arena.allocate(BATCH * MMSGHDR.size)
  readonly #names = Arena.allocate(BATCH * SOCKADDR_STRIDE)
  readonly #vectors = Arena.allocate(BATCH * IOVEC.size)
  readonly #address = addressOf(this.#headers)
  /** The headers as 32-bit words. */
  readonly #words = new Uint32Array(this.#headers.bytes.buffer)
  readonly #slots = new Uint8Array(BATCH + 1)
  readonly #lengths = new Uint16Array(BATCH + 1)
  readonly #book: AddressBook
  readonly #stats: UdpSocketStats
  readonly #nameLength: number
  #nodeFrom: Address

  constructor(family: 4 | 6, book: AddressBook, stats: UdpSocketStats, local: Address) {
    this.#book = book
    this.#stats = stats
    this.#nameLength = SOCKADDR_LENGTH[family]
    this.#nodeFrom = local
    for (let i = 0; i < BATCH; i++) {
      writeWord(this.#vectors.view, i * IOVEC.size + IOVEC.base, addressOf(this.memory) + i * SLOT_SIZE)
      writeWord(this.#vectors.view, i * IOVEC.size + IOVEC.length, SLOT_SIZE)
      const at = i * MMSGHDR.size
      writeWord(this.#headers.view, at + MSGHDR.name, addressOf(this.#names) + i * SOCKADDR_STRIDE)
      writeWord(this.#headers.view, at + MSGHDR.vectors, addressOf(this.#vectors) + i * IOVEC.size)
      writeWord(this.#headers.view, at + MSGHDR.vectorCount, 1)
    }
  }

  offset(i: number): number {
    return this.#slots[i]! * SLOT_SIZE
  }

  length(i: number): number {
    return this.#lengths[i]!
  }

  from(i: number): Address {
    const slot = this.#slots[i]!
    return slot === NODE_SLOT ? this.#nodeFrom : this.#book.at(this.#names.bytes, slot * SOCKADDR_STRIDE)
  }

  ecn(_i: number): number {
    return 0
  }

  clear(): void {
    this.count = 0
  }

  /** Takes in the datagram that Node read. */
  add(bytes: Buffer, host: string, port: number): void {
    if (bytes.length > SLOT_SIZE) {
      this.#stats.truncated++
      return
    }
    bytes.copy(this.memory.bytes, NODE_SLOT * SLOT_SIZE)
    this.#nodeFrom = this.#book.fromHost(host, port)
    this.#append(NODE_SLOT, bytes.length)
  }

  /** Takes in what waits at the socket. True if there may be more. */
  fill(fd: number): boolean {
    const words = this.#words
    for (let i = 0; i < BATCH; i++) words[(i * MMSGHDR.size + MSGHDR.nameLength) >> 2] = this.#nameLength
    const received = this.#recvmmsg(fd, this.#address, BATCH, MSG_DONTWAIT, 0)
    for (let i = 0; i < received; i++) {
      const at = (i * MMSGHDR.size) >> 2
      if ((words[at + (MSGHDR.flags >> 2)]! & MSG_TRUNC) === 0) this.#append(i, words[at + (MMSGHDR.length >> 2)]!)
      else this.#stats.truncated++
    }
    return received === BATCH
  }

  #append(slot: number, length: number): void {
    this.#slots[this.count] = slot
    this.#lengths[this.count] = length
    this.count++
    this.#stats.datagramsReceived++
    this.#stats.bytesReceived += length
  }
}

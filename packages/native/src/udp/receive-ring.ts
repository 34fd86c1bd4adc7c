// Receives many datagrams a call into slots of an arena. recvmmsg(2); UDP_GRO in udp(7).
import { constants } from 'node:os'
import { Arena, addressOf } from '../arena.ts'
import type { SocketFunctions } from '../binding/libc.ts'
import { type Address, type AddressBook, SOCKADDR_LENGTH, SOCKADDR_STRIDE } from './address.ts'
import { Ancillary, CONTROL_STRIDE } from './ancillary.ts'
import { IOVEC, MMSGHDR, MSG_DONTWAIT, MSG_TRUNC, MSGHDR, writeWord } from './linux.ts'
import { isLost } from './lost-socket.ts'
import { type ReceivedBatch, SLOT_SIZE, type UdpSocketStats } from './socket.ts'

/** What one call may fill. */
interface Layout {
  readonly slots: number
  readonly slotSize: number
  /** Datagrams in all slots together. */
  readonly datagrams: number
}

/** A datagram a slot. */
const SINGLE: Layout = { slots: 64, slotSize: SLOT_SIZE, datagrams: 64 }

/**
 * A train a slot, in which the kernel has glued together what one sender sent: it is cut again here, for a third of the cost of receiving each. The
 * slots are a little more than the longest UDP payload apart, lest all their beginnings share the same few lines of the cache.
 */
const GLUED: Layout = { slots: 16, slotSize: 65_536 + 1024, datagrams: 1024 }

const { EAGAIN } = constants.errno

/** A batch whose memory is used again and again. */
export class ReceiveRing implements ReceivedBatch {
  readonly memory: Arena
  count = 0
  /** Of the call that filled it. */
  errno = 0
  readonly #calls: SocketFunctions
  readonly #layout: Layout
  readonly #headers: Arena
  readonly #names: Arena
  readonly #vectors: Arena
  readonly #ancillary: Ancillary
  readonly #address: number
  /** The headers as 32-bit words. */
  readonly #words: Uint32Array
  readonly #slots: Uint8Array
  readonly #offsets: Uint32Array
  readonly #lengths: Uint16Array
  readonly #ecn: Uint8Array
  /** Of each datagram: the first behind it that is not glued to it. */
  readonly #ends: Uint16Array
  readonly #book: AddressBook
  /** Whose address was asked for last: all datagrams of a slot are from one sender. Null after each call. */
  #from: Address | null = null
  #fromSlot = 0
  readonly #stats: UdpSocketStats
  readonly #nameLength: number
  /** Headers in which the kernel has put lengths over ours. */
  #used: number

  /** @param glued whether the socket has UDP_GRO. */
  constructor(family: 4 | 6, glued: boolean, book: AddressBook, stats: UdpSocketStats, calls: SocketFunctions) {
    const layout = glued ? GLUED : SINGLE
    const { slots, slotSize, datagrams } = layout
    this.#layout = layout
    this.#calls = calls
    this.#book = book
    this.#stats = stats
    this.#nameLength = SOCKADDR_LENGTH[family]
    this.memory = Arena.allocate(slots * slotSize)
    this.#headers = Arena.allocate(slots * MMSGHDR.size)
    this.#names = Arena.allocate(slots * SOCKADDR_STRIDE)
    this.#vectors = Arena.allocate(slots * IOVEC.size)
    const controls = Arena.allocate(slots * CONTROL_STRIDE)
    this.#ancillary = new Ancillary(controls)
    this.#address = addressOf(this.#headers)
    this.#words = new Uint32Array(this.#headers.bytes.buffer)
    this.#slots = new Uint8Array(datagrams)
    this.#offsets = new Uint32Array(datagrams)
    this.#lengths = new Uint16Array(datagrams)
    this.#ecn = new Uint8Array(datagrams)
    this.#ends = new Uint16Array(datagrams)
    this.#used = slots
    for (let i = 0; i < slots; i++) {
      writeWord(this.#vectors.view, i * IOVEC.size + IOVEC.base, addressOf(this.memory) + i * slotSize)
      writeWord(this.#vectors.view, i * IOVEC.size + IOVEC.length, slotSize)
      const at = i * MMSGHDR.size
      writeWord(this.#headers.view, at + MSGHDR.name, addressOf(this.#names) + i * SOCKADDR_STRIDE)
      writeWord(this.#headers.view, at + MSGHDR.vectors, addressOf(this.#vectors) + i * IOVEC.size)
      writeWord(this.#headers.view, at + MSGHDR.vectorCount, 1)
      writeWord(this.#headers.view, at + MSGHDR.control, addressOf(controls) + i * CONTROL_STRIDE)
    }
  }

  offset(i: number): number {
    return this.#offsets[i]!
  }

  length(i: number): number {
    return this.#lengths[i]!
  }

  from(i: number): Address {
    const slot = this.#slots[i]!
    if (slot !== this.#fromSlot || this.#from === null) {
      this.#from = this.#book.at(this.#names.bytes, slot * SOCKADDR_STRIDE)
      this.#fromSlot = slot
    }
    return this.#from
  }

  ecn(i: number): number {
    return this.#ecn[i]!
  }

  together(i: number): number {
    return this.#ends[i]! - i
  }

  /** Takes in what waits at the socket. True if there may be more. `errno` then says what went wrong, 0 for nothing. */
  fill(fd: number): boolean {
    const words = this.#words
    this.count = 0
    this.errno = 0
    this.#from = null
    for (let i = 0; i < this.#used; i++) {
      const at = (i * MMSGHDR.size) >> 2
      words[at + (MSGHDR.nameLength >> 2)] = this.#nameLength
      words[at + (MSGHDR.controlLength >> 2)] = CONTROL_STRIDE
    }
    const { slots } = this.#layout
    const received = this.#calls.recvmmsg(fd, this.#address, slots, MSG_DONTWAIT, 0)
    this.#used = Math.max(0, received)
    if (received < 0) return this.#failed(this.#calls.errno())
    for (let i = 0; i < received; i++) {
      const at = (i * MMSGHDR.size) >> 2
      this.#ancillary.read(i * CONTROL_STRIDE, words[at + (MSGHDR.controlLength >> 2)]!)
      if ((words[at + (MSGHDR.flags >> 2)]! & MSG_TRUNC) === 0) this.#take(i, words[at + (MMSGHDR.length >> 2)]!)
      else this.#stats.truncated++
    }
    this.#stats.receiveOverflows = this.#ancillary.dropped
    return received === slots
  }

  /** An error that waited at the socket is taken away by asking; datagrams may wait behind it. */
  #failed(errno: number): boolean {
    if (errno === EAGAIN) return false
    this.errno = errno
    this.#stats.receiveErrors++
    return !isLost(errno)
  }

  /** What lies in a slot: datagrams of one size, of which the last may be shorter. */
  #take(slot: number, length: number): void {
    const start = slot * this.#layout.slotSize
    const size = this.#ancillary.segmentSize
    // Alone. It may be empty.
    if (size === 0 || size >= length) {
      this.#append(slot, start, length, 1)
      return
    }
    const whole = Math.floor(length / size)
    this.#append(slot, start, size, whole)
    const rest = length - whole * size
    if (rest > 0) this.#append(slot, start + whole * size, rest, 1)
  }

  /** So many datagrams of this length, end to end. */
  #append(slot: number, offset: number, length: number, count: number): void {
    const first = this.count
    const end = length > SLOT_SIZE ? first : Math.min(first + count, this.#layout.datagrams)
    for (let i = first; i < end; i++) {
      this.#slots[i] = slot
      this.#offsets[i] = offset + (i - first) * length
      this.#lengths[i] = length
      this.#ecn[i] = this.#ancillary.ecn
      this.#ends[i] = end
    }
    const taken = end - first
    this.count = end
    this.#stats.truncated += count - taken
    this.#stats.datagramsReceived += taken
    this.#stats.bytesReceived += taken * length
  }
}

// Receives up to 64 datagrams a call into slots of an arena. recvmmsg(2).
import { constants } from 'node:os'
import { Arena, addressOf } from '../arena.ts'
import type { SocketFunctions } from '../binding/libc.ts'
import { type Address, type AddressBook, SOCKADDR_LENGTH, SOCKADDR_STRIDE } from './address.ts'
import { Ancillary, CONTROL_STRIDE } from './ancillary.ts'
import { IOVEC, MMSGHDR, MSG_DONTWAIT, MSG_TRUNC, MSGHDR, writeWord } from './linux.ts'
import { type ReceivedBatch, SLOT_SIZE, type UdpSocketStats } from './socket.ts'

/** Datagrams that one system call may fill. */
export const BATCH = 64

const { EAGAIN, EINTR } = constants.errno

/** A batch whose memory is used again and again. */
export class ReceiveRing implements ReceivedBatch {
  readonly memory: Arena = Arena.allocate(BATCH * SLOT_SIZE)
  count = 0
  /** Of the call that filled it. */
  errno = 0
  readonly #calls: SocketFunctions
  readonly #headers = Arena.allocate(BATCH * MMSGHDR.size)
  readonly #names = Arena.allocate(BATCH * SOCKADDR_STRIDE)
  readonly #vectors = Arena.allocate(BATCH * IOVEC.size)
  readonly #controls = Arena.allocate(BATCH * CONTROL_STRIDE)
  readonly #ancillary = new Ancillary(this.#controls.bytes.buffer as ArrayBuffer)
  readonly #address = addressOf(this.#headers)
  /** The headers as 32-bit words. */
  readonly #words = new Uint32Array(this.#headers.bytes.buffer)
  readonly #slots = new Uint8Array(BATCH)
  readonly #lengths = new Uint16Array(BATCH)
  readonly #ecn = new Uint8Array(BATCH)
  readonly #book: AddressBook
  readonly #stats: UdpSocketStats
  readonly #nameLength: number
  /** Headers in which the kernel has put lengths over ours. */
  #used = BATCH

  constructor(family: 4 | 6, book: AddressBook, stats: UdpSocketStats, calls: SocketFunctions) {
    this.#calls = calls
    this.#book = book
    this.#stats = stats
    this.#nameLength = SOCKADDR_LENGTH[family]
    for (let i = 0; i < BATCH; i++) {
      writeWord(this.#vectors.view, i * IOVEC.size + IOVEC.base, addressOf(this.memory) + i * SLOT_SIZE)
      writeWord(this.#vectors.view, i * IOVEC.size + IOVEC.length, SLOT_SIZE)
      const at = i * MMSGHDR.size
      writeWord(this.#headers.view, at + MSGHDR.name, addressOf(this.#names) + i * SOCKADDR_STRIDE)
      writeWord(this.#headers.view, at + MSGHDR.vectors, addressOf(this.#vectors) + i * IOVEC.size)
      writeWord(this.#headers.view, at + MSGHDR.vectorCount, 1)
      writeWord(this.#headers.view, at + MSGHDR.control, addressOf(this.#controls) + i * CONTROL_STRIDE)
    }
  }

  offset(i: number): number {
    return this.#slots[i]! * SLOT_SIZE
  }

  length(i: number): number {
    return this.#lengths[i]!
  }

  from(i: number): Address {
    return this.#book.at(this.#names.bytes, this.#slots[i]! * SOCKADDR_STRIDE)
  }

  ecn(i: number): number {
    return this.#ecn[i]!
  }

  /** Takes in what waits at the socket. True if there may be more. `errno` then says what went wrong, 0 for nothing. */
  fill(fd: number): boolean {
    const words = this.#words
    this.count = 0
    this.errno = 0
    for (let i = 0; i < this.#used; i++) {
      const at = (i * MMSGHDR.size) >> 2
      words[at + (MSGHDR.nameLength >> 2)] = this.#nameLength
      words[at + (MSGHDR.controlLength >> 2)] = CONTROL_STRIDE
    }
    const received = this.#calls.recvmmsg(fd, this.#address, BATCH, MSG_DONTWAIT, 0)
    if (received < 0) {
      const errno = this.#calls.errno()
      if (errno !== EAGAIN && errno !== EINTR) this.errno = errno
    }
    for (let i = 0; i < received; i++) {
      const at = (i * MMSGHDR.size) >> 2
      this.#ancillary.read(i * CONTROL_STRIDE, words[at + (MSGHDR.controlLength >> 2)]!)
      if ((words[at + (MSGHDR.flags >> 2)]! & MSG_TRUNC) === 0) this.#append(i, words[at + (MMSGHDR.length >> 2)]!)
      else this.#stats.truncated++
    }
    this.#used = Math.max(0, received)
    this.#stats.receiveOverflows = this.#ancillary.dropped
    return received === BATCH
  }

  #append(slot: number, length: number): void {
    this.#slots[this.count] = slot
    this.#lengths[this.count] = length
    this.#ecn[this.count] = this.#ancillary.ecn
    this.count++
    this.#stats.datagramsReceived++
    this.#stats.bytesReceived += length
  }
}

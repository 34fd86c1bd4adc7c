// Sends trains of datagrams: one call for many by segmentation offload, else by sendmmsg(2). udp(7), UDP_SEGMENT.
import { constants } from 'node:os'
import { Arena, addressOf } from '../arena.ts'
import type { SocketFunctions } from '../binding/libc.ts'
import { KnownAddress, SOCKADDR_LENGTH, SOCKADDR_STRIDE } from './address.ts'
import { CMSG, IOVEC, MAX_SEGMENTS, MAX_TRAIN_BYTES, MMSGHDR, MSGHDR, SOL_UDP, UDP_SEGMENT, writeWord } from './linux.ts'
import type { UdpSocketStats } from './socket.ts'

const { EAGAIN, EINVAL, EIO, EOPNOTSUPP, EMSGSIZE, ENOBUFS } = constants.errno
/** What a kernel or device says that cannot segment this train, while it may well send the datagrams one by one. */
const CANNOT_SEGMENT: ReadonlySet<number> = new Set([EINVAL, EIO, EOPNOTSUPP, EMSGSIZE, ENOBUFS])

export class Transmitter {
  readonly #calls: SocketFunctions
  readonly #memory: Arena
  readonly #stats: UdpSocketStats
  readonly #name = Arena.allocate(SOCKADDR_STRIDE)
  readonly #control = Arena.allocate(CMSG.size)
  readonly #vectors = Arena.allocate(MAX_SEGMENTS * IOVEC.size)
  /** mmsghdrs; the msghdr at the beginning of the first one serves segmented sends as well. */
  readonly #headers = Arena.allocate(MAX_SEGMENTS * MMSGHDR.size)
  readonly #address = addressOf(this.#headers)
  #segmentation: boolean
  #to: KnownAddress | null = null

  /** @param segmentation whether the kernel knows UDP_SEGMENT. */
  constructor(memory: Arena, family: 4 | 6, stats: UdpSocketStats, segmentation: boolean, calls: SocketFunctions) {
    this.#calls = calls
    this.#memory = memory
    this.#stats = stats
    this.#segmentation = segmentation
    const control = this.#control.view
    writeWord(control, 0, CMSG.length)
    control.setInt32(CMSG.level, SOL_UDP, true)
    control.setInt32(CMSG.type, UDP_SEGMENT, true)
    for (let i = 0; i < MAX_SEGMENTS; i++) {
      const at = i * MMSGHDR.size
      writeWord(this.#headers.view, at + MSGHDR.name, addressOf(this.#name))
      writeWord(this.#headers.view, at + MSGHDR.nameLength, SOCKADDR_LENGTH[family])
      writeWord(this.#headers.view, at + MSGHDR.vectors, addressOf(this.#vectors) + i * IOVEC.size)
      writeWord(this.#headers.view, at + MSGHDR.vectorCount, 1)
    }
  }

  /**
   * Sends a train, which the caller has bounds-checked, and returns how many of its bytes the kernel took or refused for good; fewer than
   * `length` if it is full.
   */
  send(fd: number, offset: number, length: number, segmentSize: number, to: KnownAddress): number {
    if (to !== this.#to) {
      KnownAddress.sockaddr(to).copy(this.#name.bytes)
      this.#to = to
    }
    const most = Math.max(1, Math.min(MAX_SEGMENTS, Math.floor(MAX_TRAIN_BYTES / segmentSize))) * segmentSize
    let sent = 0
    while (sent < length) {
      const part = Math.min(most, length - sent)
      const taken =
        part > segmentSize && this.#segmentation
          ? this.#segmented(fd, offset + sent, part, segmentSize)
          : this.#separate(fd, offset + sent, part, segmentSize)
      sent += taken
      if (taken < part) break
    }
    return sent
  }

  #segmented(fd: number, offset: number, length: number, segmentSize: number): number {
    const header = this.#headers.view
    this.#point(0, offset, length)
    this.#control.view.setUint16(CMSG.value, segmentSize, true)
    writeWord(header, MSGHDR.control, addressOf(this.#control))
    writeWord(header, MSGHDR.controlLength, CMSG.size)
    const result = this.#calls.sendmsg(fd, this.#address, 0)
    const errno = result < 0 ? this.#calls.errno() : 0
    writeWord(header, MSGHDR.control, 0)
    writeWord(header, MSGHDR.controlLength, 0)
    if (result >= 0) return this.#took(length, Math.ceil(length / segmentSize))
    if (errno === EAGAIN) return 0
    // No checksum offload on the way out: no later train will fare better.
    if (errno === EIO || errno === EOPNOTSUPP) this.#segmentation = false
    if (CANNOT_SEGMENT.has(errno)) return this.#separate(fd, offset, length, segmentSize)
    this.#stats.sendErrors += Math.ceil(length / segmentSize)
    return length
  }

  #separate(fd: number, offset: number, length: number, segmentSize: number): number {
    const count = Math.ceil(length / segmentSize)
    for (let i = 0; i < count; i++) this.#point(i, offset + i * segmentSize, Math.min(segmentSize, length - i * segmentSize))
    let done = 0
    while (done < count) {
      const sent = this.#calls.sendmmsg(fd, this.#address + done * MMSGHDR.size, count - done, 0)
      if (sent > 0) {
        const end = Math.min((done + sent) * segmentSize, length)
        this.#took(end - done * segmentSize, sent)
        done += sent
        continue
      }
      if (this.#calls.errno() === EAGAIN) return done * segmentSize
      this.#stats.sendErrors++
      done++ // this datagram is lost; those after it may not be
    }
    return length
  }

  #point(i: number, offset: number, length: number): void {
    const { view } = this.#vectors
    writeWord(view, i * IOVEC.size + IOVEC.base, addressOf(this.#memory) + offset)
    writeWord(view, i * IOVEC.size + IOVEC.length, length)
  }

  #took(bytes: number, datagrams: number): number {
    this.#stats.datagramsSent += datagrams
    this.#stats.bytesSent += bytes
    return bytes
  }
}

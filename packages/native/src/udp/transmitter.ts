// Sends trains of datagrams: one call for many by segmentation offload, else by sendmmsg(2). udp(7), UDP_SEGMENT.
import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { Arena, addressOf } from '../arena.ts'
import type { SocketFunctions } from '../binding/libc.ts'
import { KnownAddress, SOCKADDR_LENGTH, SOCKADDR_STRIDE } from './address.ts'
import {
  CMSG,
  CMSG_SPACE,
  IOVEC,
  IP_TOS,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_TCLASS,
  MAX_SEGMENTS,
  MAX_TRAIN_BYTES,
  MMSGHDR,
  MSGHDR,
  SOL_UDP,
  UDP_SEGMENT,
  writeWord,
} from './linux.ts'
import { isLost } from './lost-socket.ts'
import type { RefusalListener, UdpSocketStats } from './socket.ts'

const { EAGAIN, EINTR, EINVAL, EIO, EOPNOTSUPP, EMSGSIZE, ENOBUFS } = constants.errno
/** What a kernel or device says that cannot segment this train, while it may well send the datagrams one by one. */
const CANNOT_SEGMENT: ReadonlySet<number> = new Set([EINVAL, EIO, EOPNOTSUPP, EMSGSIZE, ENOBUFS])

/** Where the control messages lie: first the segment size, then the ECN field, so that one, the other, or both can be given. */
const SEGMENT_AT = 0
const MARK_AT = CMSG_SPACE

export class Transmitter {
  readonly #calls: SocketFunctions
  readonly #stats: UdpSocketStats
  readonly #isDualStack: boolean
  readonly #name = Arena.allocate(SOCKADDR_STRIDE)
  readonly #control = Arena.allocate(2 * CMSG_SPACE)
  readonly #vectors = Arena.allocate(MAX_SEGMENTS * IOVEC.size)
  /** mmsghdrs; the msghdr at the beginning of the first one serves segmented sends as well. */
  readonly #headers = Arena.allocate(MAX_SEGMENTS * MMSGHDR.size)
  readonly #address = addressOf(this.#headers)
  #segmentation: boolean
  #to: KnownAddress | null = null
  #ecn = 0
  /** Hears of those of the train at hand that are refused. */
  #refusals: RefusalListener | null = null
  /** The error after which nothing can be sent any more; 0 while there is none. */
  lost = 0

  /** @param segmentation whether the kernel knows UDP_SEGMENT. */
  constructor(family: 4 | 6, stats: UdpSocketStats, segmentation: boolean, calls: SocketFunctions) {
    this.#calls = calls
    this.#stats = stats
    this.#segmentation = segmentation
    this.#isDualStack = family === 6
    writeMessage(this.#control.view, SEGMENT_AT, 2, SOL_UDP, UDP_SEGMENT)
    writeMessage(this.#control.view, MARK_AT, 4, IPPROTO_IP, IP_TOS)
    for (let i = 0; i < MAX_SEGMENTS; i++) {
      const at = i * MMSGHDR.size
      writeWord(this.#headers.view, at + MSGHDR.name, addressOf(this.#name))
      writeWord(this.#headers.view, at + MSGHDR.nameLength, SOCKADDR_LENGTH[family])
      writeWord(this.#headers.view, at + MSGHDR.vectors, addressOf(this.#vectors) + i * IOVEC.size)
      writeWord(this.#headers.view, at + MSGHDR.vectorCount, 1)
    }
  }

  /**
   * Sends a train out of `memory`, which the caller has bounds-checked, all of it with one ECN codepoint, and returns how many of its bytes the kernel
   * took or refused for good; fewer than `length` if it is full.
   */
  send(
    fd: number,
    memory: Arena,
    offset: number,
    length: number,
    segmentSize: number,
    to: KnownAddress,
    ecn: number,
    refusals: RefusalListener | null,
  ): number {
    this.#refusals = refusals
    if (to !== this.#to) this.#direct(to)
    if (ecn !== this.#ecn) this.#mark(ecn)
    const from = addressOf(memory) + offset
    if (length <= segmentSize) return this.#separate(fd, from, length, segmentSize)
    const most = Math.max(1, Math.min(MAX_SEGMENTS, Math.floor(MAX_TRAIN_BYTES / segmentSize))) * segmentSize
    let sent = 0
    while (sent < length) {
      const part = Math.min(most, length - sent)
      const taken =
        part > segmentSize && this.#segmentation
          ? this.#segmented(fd, from + sent, part, segmentSize)
          : this.#separate(fd, from + sent, part, segmentSize)
      sent += taken
      if (taken < part) break
    }
    return sent
  }

  #direct(to: KnownAddress): void {
    KnownAddress.sockaddr(to).copy(this.#name.bytes)
    this.#to = to
    // A socket of both families speaks IPv4 to IPv4 addresses, and has IPv4's control messages for them.
    if (!this.#isDualStack) return
    const isFour = to.family === 4
    writeMessage(this.#control.view, MARK_AT, 4, isFour ? IPPROTO_IP : IPPROTO_IPV6, isFour ? IP_TOS : IPV6_TCLASS)
  }

  /** The mark is written into all headers once, and stays until another is wanted: trains with another are rare. */
  #mark(ecn: number): void {
    this.#ecn = ecn
    this.#control.view.setInt32(MARK_AT + CMSG.value, ecn, true)
    for (let i = 0; i < MAX_SEGMENTS; i++) this.#controlOf(i, MARK_AT, ecn === 0 ? 0 : CMSG_SPACE)
  }

  /** Gives a header `length` bytes of control messages from `start` on. */
  #controlOf(i: number, start: number, length: number): void {
    const at = i * MMSGHDR.size
    writeWord(this.#headers.view, at + MSGHDR.control, length === 0 ? 0 : addressOf(this.#control) + start)
    writeWord(this.#headers.view, at + MSGHDR.controlLength, length)
  }

  #segmented(fd: number, from: number, length: number, segmentSize: number): number {
    const markLength = this.#ecn === 0 ? 0 : CMSG_SPACE
    this.#point(0, from, length)
    this.#control.view.setUint16(SEGMENT_AT + CMSG.value, segmentSize, true)
    this.#controlOf(0, SEGMENT_AT, CMSG_SPACE + markLength)
    const result = this.#calls.sendmsg(fd, this.#address, 0)
    const errno = result < 0 ? this.#calls.errno() : 0
    this.#controlOf(0, MARK_AT, markLength)
    if (result >= 0) return this.#took(length, Math.ceil(length / segmentSize))
    if (errno === EAGAIN) return 0
    if (isLost(errno)) this.lost = errno
    // No checksum offload on the way out: no later train will fare better.
    if (errno === EIO || errno === EOPNOTSUPP) this.#segmentation = false
    if (CANNOT_SEGMENT.has(errno)) return this.#separate(fd, from, length, segmentSize)
    this.#refused(Math.ceil(length / segmentSize), errno)
    return length
  }

  #separate(fd: number, from: number, length: number, segmentSize: number): number {
    const count = Math.ceil(length / segmentSize)
    for (let i = 0; i < count; i++) this.#point(i, from + i * segmentSize, Math.min(segmentSize, length - i * segmentSize))
    let done = 0
    while (done < count) {
      const sent = this.#calls.sendmmsg(fd, this.#address + done * MMSGHDR.size, count - done, 0)
      if (sent > 0) {
        const end = Math.min((done + sent) * segmentSize, length)
        this.#took(end - done * segmentSize, sent)
        done += sent
        continue
      }
      const errno = this.#calls.errno()
      if (errno === EAGAIN) return done * segmentSize
      if (errno === EINTR) continue
      if (isLost(errno)) this.lost = errno
      this.#refused(1, errno)
      done++ // this datagram is lost; those after it may not be
    }
    return length
  }

  #point(i: number, from: number, length: number): void {
    const { view } = this.#vectors
    writeWord(view, i * IOVEC.size + IOVEC.base, from)
    writeWord(view, i * IOVEC.size + IOVEC.length, length)
  }

  #refused(datagrams: number, errno: number): void {
    this.#stats.sendErrors += datagrams
    this.#refusals?.refused(datagrams, getSystemErrorName(-errno))
  }

  #took(bytes: number, datagrams: number): number {
    this.#stats.datagramsSent += datagrams
    this.#stats.bytesSent += bytes
    return bytes
  }
}

/** Writes the head of a control message whose value has `length` bytes. */
function writeMessage(view: DataView, at: number, length: number, level: number, type: number): void {
  writeWord(view, at + CMSG.length, CMSG.head + length)
  view.setInt32(at + CMSG.level, level, true)
  view.setInt32(at + CMSG.type, type, true)
}

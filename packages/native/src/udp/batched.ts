// A UDP socket that sends and receives many datagrams a call, with their ECN fields. Linux on x64 and arm64.
//
// libc makes, binds, reads and writes the socket; bells say when: see doorbell.ts.
import { closeSync } from 'node:fs'
import { getSystemErrorName } from 'node:util'
import { Arena, addressOf } from '../arena.ts'
import { type SocketFunctions, sockets } from '../binding/libc.ts'
import { type Address, AddressBook, encodeSockaddr, SOCKADDR_STRIDE } from './address.ts'
import { Backlog } from './backlog.ts'
import { checkCall, checkEcn, checkTrain, systemError } from './checks.ts'
import { Doorbell } from './doorbell.ts'
import { parseIp } from './ip.ts'
import * as linux from './linux.ts'
import { isLost, lostSocket } from './lost-socket.ts'
import { OverflowWarning } from './overflow.ts'
import { ownDescriptor } from './own-descriptor.ts'
import { ReceiveRing } from './receive-ring.ts'
import { RoomBell } from './room-bell.ts'
import {
  DEFAULT_RECEIVE_BUFFER,
  DEFAULT_SEND_BUFFER,
  newStats,
  OUTGOING_SIZE,
  type ReceivedBatch,
  type RefusalListener,
  type UdpSocket,
  type UdpSocketOptions,
  type UdpSocketStats,
} from './socket.ts'
import { Transmitter } from './transmitter.ts'

/** Datagrams after which timers and other sockets have their turn: about a millisecond's work. */
const DATAGRAMS_PER_TURN = 512

/** @param calls libc's, which a test may put a full kernel before. */
export async function openBatchedSocket(options: UdpSocketOptions, calls: SocketFunctions = sockets()): Promise<UdpSocket> {
  const { family } = parseIp(options.address)
  const fd = calls.socket(family === 4 ? linux.AF_INET : linux.AF_INET6, linux.SOCKET_TYPE, 0)
  if (fd < 0) throw failure('socket', options, calls)
  let granted: Granted
  try {
    granted = configure(fd, family, options, calls)
    const sockaddr = Arena.from(encodeSockaddr(family, options.address, options.port))
    if (calls.bind(fd, addressOf(sockaddr), sockaddr.size) !== 0) throw failure('bind', options, calls)
  } catch (error) {
    calls.close(fd)
    throw error
  }
  const own = ownDescriptor(fd, calls)
  try {
    return new BatchedSocket(own, family, granted, calls)
  } catch (error) {
    closeSync(own)
    throw error
  }
}

class BatchedSocket implements UdpSocket {
  readonly kind = 'batched'
  readonly local: Address
  readonly ecn: boolean
  readonly whole: boolean
  readonly outgoing: Arena = Arena.allocate(OUTGOING_SIZE)
  readonly stats: UdpSocketStats = newStats()
  onwritable: (() => void) | null = null
  onreceive: ((batch: ReceivedBatch) => void) | null = null
  onerror: ((error: Error) => void) | null = null
  readonly #fd: number
  readonly #bell: Doorbell
  readonly #roomBell: RoomBell
  readonly #book: AddressBook
  readonly #ring: ReceiveRing
  readonly #transmitter: Transmitter
  readonly #backlog: Backlog
  readonly #overflow: OverflowWarning
  /** Not null once the socket is lost: resolves when the bells are closed. */
  #gone: Promise<void> | null = null
  #closing: Promise<void> | null = null

  /** `fd`, which is bound, is its own from now on, unless this throws. */
  constructor(fd: number, family: 4 | 6, { segmentation, glued, ecn, whole, overflow }: Granted, calls: SocketFunctions) {
    this.#fd = fd
    this.#book = new AddressBook(family)
    this.local = boundAddress(fd, this.#book, calls)
    this.ecn = ecn
    this.whole = whole
    this.#overflow = overflow
    this.#ring = new ReceiveRing(family, glued, this.#book, this.stats, calls)
    this.#transmitter = new Transmitter(family, this.stats, segmentation, calls)
    this.#backlog = new Backlog(fd, this.#transmitter)
    this.#bell = new Doorbell(fd, calls)
    try {
      this.#roomBell = new RoomBell(fd, () => this.#flush(), calls)
    } catch (error) {
      this.#bell.close()
      throw error
    }
    const read = (): void => this.#read()
    this.#bell.onring = read
  }

  resolve(address: string, port: number): Address {
    return this.#book.resolve(address, port)
  }

  send(offset: number, length: number, segmentSize: number, to: Address, ecn = 0, refusals: RefusalListener | null = null): boolean {
    checkTrain(this.outgoing, offset, length, segmentSize)
    checkEcn(ecn)
    if (this.#closing !== null || this.#gone !== null) return false
    if (this.#backlog.isEmpty) {
      const address = this.#book.own(to)
      const mark = this.ecn ? ecn : 0
      const taken = this.#transmitter.send(this.#fd, this.outgoing, offset, length, segmentSize, address, mark, refusals)
      if (this.#transmitter.lost !== 0) {
        this.#lose(this.#transmitter.lost)
        return false
      }
      if (taken === length) return true
      this.#backlog.keep(this.outgoing.bytes, offset + taken, length - taken, segmentSize, address, mark, refusals)
      this.#roomBell.watches = true
    }
    this.stats.blocked++
    return false
  }

  ref(): void {
    this.#bell.ref()
  }

  unref(): void {
    this.#bell.unref()
  }

  close(): Promise<void> {
    this.#closing ??= this.#gone ?? this.#release(false)
    return this.#closing
  }

  #read(): void {
    const ring = this.#ring
    for (let left = DATAGRAMS_PER_TURN; left > 0 && this.#closing === null && this.#gone === null; left -= Math.max(1, ring.count)) {
      const more = ring.fill(this.#fd)
      this.#overflow.check(this.stats.receiveOverflows)
      if (isLost(ring.errno)) this.#lose(ring.errno)
      if (ring.count > 0) this.onreceive?.(ring)
      if (!more) return
    }
  }

  /** There is room again. */
  #flush(): void {
    if (this.#backlog.isEmpty || !this.#backlog.flush()) return
    if (this.#transmitter.lost !== 0) {
      this.#lose(this.#transmitter.lost)
      return
    }
    this.#roomBell.watches = false
    this.onwritable?.()
  }

  /** Told later, since it may be found out in the midst of sending. */
  #lose(errno: number): void {
    this.#gone ??= this.#release(true)
    process.nextTick(() => {
      if (this.#closing === null) this.onerror?.(lostSocket(errno))
    })
  }

  /** The descriptor, unless it is `lost`: its number may be another's then. Resolves when the bells, which have descriptors of their own, are closed too. */
  async #release(lost: boolean): Promise<void> {
    if (!lost) closeSync(this.#fd)
    await Promise.all([this.#bell.close(), this.#roomBell.close()])
  }
}

/** Where a socket is bound. */
function boundAddress(fd: number, book: AddressBook, calls: SocketFunctions): Address {
  const name = Arena.allocate(SOCKADDR_STRIDE)
  const length = Arena.allocate(4)
  length.view.setUint32(0, name.size, true)
  checkCall('getsockname', calls.getsockname(fd, addressOf(name), addressOf(length)), calls)
  return book.at(name.bytes, 0)
}

/** What the kernel can do. */
interface Granted {
  /** It cuts trains for us, and glues those that arrive. */
  readonly segmentation: boolean
  readonly glued: boolean
  readonly ecn: boolean
  readonly whole: boolean
  readonly overflow: OverflowWarning
}

/** Sets what the socket needs. */
function configure(fd: number, family: 4 | 6, options: UdpSocketOptions, calls: SocketFunctions): Granted {
  const {
    receiveBufferSize = DEFAULT_RECEIVE_BUFFER,
    sendBufferSize = DEFAULT_SEND_BUFFER,
    reusePort = false,
    reuseAddress = false,
  } = options
  const value = Arena.allocate(4)
  const set = (level: number, option: number, to: number): boolean => {
    value.view.setInt32(0, to, true)
    return calls.setsockopt(fd, level, option, addressOf(value), value.size) === 0
  }
  if (!set(linux.SOL_SOCKET, linux.SO_RCVBUFFORCE, receiveBufferSize)) set(linux.SOL_SOCKET, linux.SO_RCVBUF, receiveBufferSize)
  if (!set(linux.SOL_SOCKET, linux.SO_SNDBUFFORCE, sendBufferSize)) set(linux.SOL_SOCKET, linux.SO_SNDBUF, sendBufferSize)
  if (reuseAddress && !set(linux.SOL_SOCKET, linux.SO_REUSEADDR, 1)) throw failure('setsockopt(SO_REUSEADDR)', options, calls)
  if (reusePort && !set(linux.SOL_SOCKET, linux.SO_REUSEPORT, 1)) throw failure('setsockopt(SO_REUSEPORT)', options, calls)
  if (family === 6) set(linux.IPPROTO_IPV6, linux.IPV6_V6ONLY, 0)
  const sixWhole = family === 4 || set(linux.IPPROTO_IPV6, linux.IPV6_MTU_DISCOVER, linux.PMTUDISC_PROBE)
  const whole = set(linux.IPPROTO_IP, linux.IP_MTU_DISCOVER, linux.PMTUDISC_PROBE) && sixWhole
  set(linux.SOL_SOCKET, linux.SO_RXQ_OVFL, 1)
  // A socket of both families is told of IPv4's field too, in IPv4's messages.
  const readsFour = set(linux.IPPROTO_IP, linux.IP_RECVTOS, 1)
  const readsSix = family === 4 || set(linux.IPPROTO_IPV6, linux.IPV6_RECVTCLASS, 1)
  return {
    segmentation: set(linux.SOL_UDP, linux.UDP_SEGMENT, 0),
    glued: set(linux.SOL_UDP, linux.UDP_GRO, 1),
    ecn: readsFour && readsSix,
    whole,
    overflow: new OverflowWarning(receiveBufferSize, grantedReceiveBuffer(fd, calls)),
  }
}

/** Bytes. The kernel doubles what it is asked for, to have room for its own books, and tells the double. */
function grantedReceiveBuffer(fd: number, calls: SocketFunctions): number {
  const value = Arena.allocate(4)
  const length = Arena.allocate(4)
  length.view.setUint32(0, value.size, true)
  calls.getsockopt(fd, linux.SOL_SOCKET, linux.SO_RCVBUF, addressOf(value), addressOf(length))
  return value.view.getInt32(0, true) / 2
}

function failure(call: string, options: UdpSocketOptions, calls: SocketFunctions): Error {
  return systemError(getSystemErrorName(-calls.errno()), call, options)
}

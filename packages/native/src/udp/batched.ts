// A UDP socket that sends and receives many datagrams a call. Linux on x64 and arm64.
//
// The socket is made and bound by libc, then handed to node:dgram, which owns the descriptor from then on and closes it once, on close() or
// when its Worker ends. Node is the doorbell: it reads one datagram and calls us, and we read the rest in one call. (Were libuv to call us
// through a foreign function, promises would wait for the next event, a throw would end the process, and so would an open handle in a
// Worker that is terminated.)
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { getSystemErrorName } from 'node:util'
import { Arena, addressOf } from '../arena.ts'
import { type SocketFunctions, sockets } from '../binding/libc.ts'
import { type Address, AddressBook, encodeSockaddr } from './address.ts'
import { checkTrain, systemError } from './checks.ts'
import { parseIp } from './ip.ts'
import * as linux from './linux.ts'
import { NodeQueue } from './node-queue.ts'
import { ReceiveRing } from './receive-ring.ts'
import {
  DEFAULT_RECEIVE_BUFFER,
  DEFAULT_SEND_BUFFER,
  newStats,
  OUTGOING_SIZE,
  type ReceivedBatch,
  type UdpSocket,
  type UdpSocketOptions,
  type UdpSocketStats,
} from './socket.ts'
import { Transmitter } from './transmitter.ts'

/**
 * Full batches a turn of the event loop, so that timers and other sockets get their share: 8 x 64 datagrams are about a millisecond's work.
 */
const BATCHES_PER_TURN = 8

/** @param calls libc's, which a test may put a full kernel before. */
export async function openBatchedSocket(options: UdpSocketOptions, calls: SocketFunctions = sockets()): Promise<UdpSocket> {
  const { family } = parseIp(options.address)
  const fd = calls.socket(family === 4 ? linux.AF_INET : linux.AF_INET6, linux.SOCKET_TYPE, 0)
  if (fd < 0) throw failure('socket', options, calls)
  let bell: Socket
  let segmentation: boolean
  try {
    segmentation = configure(fd, family, options, calls)
    const sockaddr = Arena.from(encodeSockaddr(family, options.address, options.port))
    if (calls.bind(fd, addressOf(sockaddr), sockaddr.size) !== 0) throw failure('bind', options, calls)
    bell = createSocket({
      type: family === 4 ? 'udp4' : 'udp6',
      lookup: (host, _options, done) => done(null, host, isIPv6(host) ? 6 : 4),
    })
    // Throws if libuv does not take the descriptor; once it has, the descriptor is Node's.
    bell.bind({ fd, exclusive: true })
  } catch (error) {
    calls.close(fd)
    throw error
  }
  return new BatchedSocket(fd, bell, family, segmentation, calls)
}

class BatchedSocket implements UdpSocket {
  readonly kind = 'batched'
  readonly local: Address
  readonly outgoing: Arena = Arena.allocate(OUTGOING_SIZE)
  readonly stats: UdpSocketStats = newStats()
  onwritable: (() => void) | null = null
  onreceive: ((batch: ReceivedBatch) => void) | null = null
  onerror: ((error: Error) => void) | null = null
  /** -1 once closed: the number may then be another's. */
  #fd: number
  readonly #bell: Socket
  readonly #book: AddressBook
  readonly #ring: ReceiveRing
  readonly #transmitter: Transmitter
  readonly #overflow: NodeQueue
  #batchesLeft = BATCHES_PER_TURN
  #closing: Promise<void> | null = null

  constructor(fd: number, bell: Socket, family: 4 | 6, segmentation: boolean, calls: SocketFunctions) {
    this.#fd = fd
    this.#bell = bell
    this.#book = new AddressBook(family)
    const { address, port } = bell.address()
    this.local = this.#book.resolve(address, port)
    this.#ring = new ReceiveRing(family, this.#book, this.stats, this.local)
    this.#transmitter = new Transmitter(this.outgoing, family, this.stats, segmentation, calls)
    this.#overflow = new NodeQueue(bell, this.#book, this.stats, () => this.#drained())
    bell.on('message', (bytes, from) => this.#receive(bytes, from.address, from.port))
    bell.on('error', (error) => this.onerror?.(error))
  }

  resolve(address: string, port: number): Address {
    return this.#book.resolve(address, port)
  }

  send(offset: number, length: number, segmentSize: number, to: Address): boolean {
    checkTrain(this.outgoing, offset, length, segmentSize)
    if (this.#fd < 0) return false
    if (this.#overflow.isEmpty) {
      const taken = this.#transmitter.send(this.#fd, offset, length, segmentSize, this.#book.own(to))
      if (taken === length) return true
      this.#overflow.push(this.outgoing.bytes, offset + taken, length - taken, segmentSize, to)
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
    this.#fd = -1
    this.#closing ??= new Promise((resolve) => this.#bell.close(resolve))
    return this.#closing
  }

  #receive(bytes: Buffer, host: string, port: number): void {
    if (this.#fd < 0) return
    const ring = this.#ring
    ring.clear()
    ring.add(bytes, host, port)
    let more = this.#batchesLeft > 0 && ring.fill(this.#fd)
    if (ring.count > 0) this.onreceive?.(ring)
    if (more) this.#spend()
    while (more && this.#batchesLeft > 0 && this.#fd >= 0) {
      ring.clear()
      more = ring.fill(this.#fd)
      if (ring.count > 0) this.onreceive?.(ring)
      if (more) this.#spend()
    }
  }

  /** Counts a full batch against this turn. libuv may ring up to 32 times a turn, so the count must outlive one ringing. */
  #spend(): void {
    if (this.#batchesLeft-- === BATCHES_PER_TURN) {
      setImmediate(() => {
        this.#batchesLeft = BATCHES_PER_TURN
      })
    }
  }

  #drained(): void {
    if (this.#fd >= 0) this.onwritable?.()
  }
}

/** Sets what the socket needs, and returns whether the kernel can segment. */
function configure(fd: number, family: 4 | 6, options: UdpSocketOptions, calls: SocketFunctions): boolean {
  const { receiveBufferSize = DEFAULT_RECEIVE_BUFFER, sendBufferSize = DEFAULT_SEND_BUFFER, reusePort = false } = options
  const value = Arena.allocate(4)
  const set = (level: number, option: number, to: number): boolean => {
    value.view.setInt32(0, to, true)
    return calls.setsockopt(fd, level, option, addressOf(value), value.size) === 0
  }
  if (!set(linux.SOL_SOCKET, linux.SO_RCVBUFFORCE, receiveBufferSize)) set(linux.SOL_SOCKET, linux.SO_RCVBUF, receiveBufferSize)
  if (!set(linux.SOL_SOCKET, linux.SO_SNDBUFFORCE, sendBufferSize)) set(linux.SOL_SOCKET, linux.SO_SNDBUF, sendBufferSize)
  if (reusePort && !set(linux.SOL_SOCKET, linux.SO_REUSEPORT, 1)) throw failure('setsockopt(SO_REUSEPORT)', options, calls)
  if (family === 6) {
    set(linux.IPPROTO_IPV6, linux.IPV6_V6ONLY, 0)
    set(linux.IPPROTO_IPV6, linux.IPV6_MTU_DISCOVER, linux.PMTUDISC_PROBE)
  }
  set(linux.IPPROTO_IP, linux.IP_MTU_DISCOVER, linux.PMTUDISC_PROBE)
  return set(linux.SOL_UDP, linux.UDP_SEGMENT, 0)
}

function failure(call: string, options: UdpSocketOptions, calls: SocketFunctions): Error {
  return systemError(getSystemErrorName(-calls.errno()), call, options)
}

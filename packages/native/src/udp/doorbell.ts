// Wakes us when a socket can be read, without reading from it.
//
// node:dgram, given the socket itself, would read the first datagram of each batch, and does not tell its ECN field, without which counts have gaps
// that fail the peer's validation (RFC 9000 section 13.4.2.1). So Node is given an epoll descriptor that watches the socket, under the number
// of a UDP descriptor that it has taken. libuv polls that as any other; its recvmsg then fails with ENOTSOCK and takes nothing, and that
// failure is the ring. It comes through Node's own event loop, so that promises run, a throw is an uncaught exception as ever, and a Worker may
// be terminated. One ring a turn: timers and other sockets get their share whatever is left to read.
//
// Measured, from send to handler and back, on the 2-core reference machine: 19 us when Node reads the first datagram, 19 us by this bell,
// and 25 us where each ring becomes an Error with a stack: see `#shorten`.
import { createSocket, type Socket } from 'node:dgram'
import { closeSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { Arena, addressOf } from '../arena.ts'
import type { SocketFunctions } from '../binding/libc.ts'
import { NativeError } from '../error.ts'
import { EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_EVENT, EPOLLIN, EPOLLOUT, O_CLOEXEC } from './linux.ts'

/** A ring, as libuv has it. */
const RING = -constants.errno.ENOTSOCK

export class Doorbell {
  /** The socket, under the number by which it is ours. */
  readonly fd: number
  /** Where the socket is bound. */
  readonly address: string
  readonly port: number
  onring: () => void = () => {}
  /** The number by which Node has the epoll descriptor. */
  readonly #bell: number
  readonly #socket: Socket
  readonly #calls: SocketFunctions
  readonly #event = Arena.allocate(EPOLL_EVENT.size)

  /**
   * Takes over a socket that is bound, `fd`: from now on it is closed by `close`, or with the Worker that made it. Throws if it cannot; the socket is
   * then closed.
   */
  constructor(fd: number, family: 4 | 6, calls: SocketFunctions, { shortened = true }: { readonly shortened?: boolean } = {}) {
    this.#calls = calls
    this.#bell = fd
    this.#socket = createSocket(family === 4 ? 'udp4' : 'udp6')
    let own = -1
    let isNodes = false
    try {
      // A descriptor that Node has opened, and so knows to close when a Worker is terminated: it becomes the socket's.
      own = openSync('/', 'r')
      this.fd = own
      this.#socket.bind({ fd, exclusive: true })
      isNodes = true
      ;({ address: this.address, port: this.port } = this.#socket.address())
      this.#swap()
    } catch (error) {
      if (isNodes) this.#socket.close()
      else calls.close(fd)
      if (own >= 0) closeSync(own)
      throw error
    }
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.errno !== RING) throw error
      this.onring()
    })
    if (shortened) this.#shorten()
  }

  /** Whether to ring as well when the socket has room for what is sent. */
  set watchesRoom(watches: boolean) {
    this.#event.view.setUint32(EPOLL_EVENT.events, watches ? EPOLLIN | EPOLLOUT : EPOLLIN, true)
    // It fails for a socket that is lost, which whoever sends or receives there finds out.
    this.#calls.epoll_ctl(this.#bell, EPOLL_CTL_MOD, this.fd, addressOf(this.#event))
  }

  /** Whether the bell keeps the process alive. */
  ref(): void {
    this.#socket.ref()
  }

  unref(): void {
    this.#socket.unref()
  }

  /** Closes the bell, and the socket unless that is `lost`: its number may be another's then. Resolves when both are closed. */
  close(lost = false): Promise<void> {
    this.onring = () => {}
    if (!lost) closeSync(this.fd)
    return new Promise((resolve) => this.#socket.close(resolve))
  }

  /** Before libuv has looked at its descriptor for the first time, which it does in the next turn. */
  #swap(): void {
    const calls = this.#calls
    this.#check('dup3', calls.dup3(this.#bell, this.fd, O_CLOEXEC))
    const watcher = calls.epoll_create1(O_CLOEXEC)
    this.#check('epoll_create1', watcher)
    this.#event.view.setUint32(EPOLL_EVENT.events, EPOLLIN, true)
    try {
      this.#check('epoll_ctl', calls.epoll_ctl(watcher, EPOLL_CTL_ADD, this.fd, addressOf(this.#event)))
      this.#check('dup3', calls.dup3(watcher, this.#bell, O_CLOEXEC))
    } finally {
      calls.close(watcher)
    }
  }

  #check(call: string, result: number): void {
    if (result >= 0) return
    const code = getSystemErrorName(-this.#calls.errno())
    throw new NativeError(code, `UDP ${call}: ${code}.`)
  }

  /**
   * Takes the ring where libuv hands it to JavaScript, before Node makes an Error of it, which costs 6 us. Where Node's inside is another than it was
   * from 22 to 26, the rings come as errors.
   */
  #shorten(): void {
    const inside = Object.getOwnPropertySymbols(this.#socket).find(({ description }) => description === 'state symbol')
    const handle = inside === undefined ? undefined : (this.#socket as unknown as Record<symbol, { handle?: Handle }>)[inside]?.handle
    const told = handle?.onmessage
    if (handle === undefined || typeof told !== 'function') return
    const ring = (): void => this.onring()
    handle.onmessage = function (this: unknown, length, ...rest) {
      if (length === RING) ring()
      else told.call(this, length, ...rest)
    }
  }
}

/** What we use of Node's own UDP handle: the function that it calls with each datagram, or with the error instead of a length. */
interface Handle {
  onmessage?: (this: unknown, length: number, ...rest: unknown[]) => void
}

// Wakes us when a descriptor can be read, without reading from it.
//
// node:dgram, given a UDP socket, would read the first datagram of each batch, and does not tell its ECN field, without which counts have gaps
// that fail the peer's validation (RFC 9000 section 13.4.2.1). So the socket stands under the number of a stream of Node's that has a buffer of no bytes to
// read into: libuv polls that as any other, has nowhere to read to, and says so, for which it makes no system call and takes no memory. That word is the
// ring. It comes through Node's own event loop, so that promises run, a throw is an uncaught exception as ever, and a Worker may be terminated. One
// ring a turn: timers and other sockets get their share whatever is left to read.
import { Buffer } from 'node:buffer'
import { Socket } from 'node:net'
import type { SocketFunctions } from '../binding/libc.ts'
import { NativeError } from '../error.ts'
import { checkCall } from './checks.ts'
import { AF_UNIX, O_CLOEXEC, STREAM_SOCKET_TYPE } from './linux.ts'

/** Bytes where there is room for none. */
const NO_ROOM = Buffer.allocUnsafeSlow(1).subarray(0, 0)

export class Doorbell {
  /** The number that Node has for what is watched. */
  readonly fd: number
  readonly #socket: Socket
  readonly #handle: Handle

  /**
   * Watches what `fd` stands for, which stays the caller's, and may be closed before the bell. Throws `NativeError`: the operating system's code, or
   * `ERR_NATIVE_UNSUPPORTED` where Node's inside is another than it was from 22 to 26.
   */
  constructor(fd: number, calls: SocketFunctions) {
    this.fd = checkCall('socket', calls.socket(AF_UNIX, STREAM_SOCKET_TYPE, 0), calls)
    try {
      this.#socket = new Socket({ fd: this.fd, onread: { buffer: NO_ROOM, callback: () => true } })
    } catch (error) {
      calls.close(this.fd)
      throw error
    }
    try {
      this.#handle = handleOf(this.#socket)
      this.onring = nothing
      // Before libuv has looked at its descriptor for the first time, which it does in the next turn.
      checkCall('dup3', calls.dup3(fd, this.fd, O_CLOEXEC), calls)
    } catch (error) {
      this.#socket.destroy()
      throw error
    }
  }

  /** What is called at each ring. */
  set onring(ring: () => void) {
    // Node would take what it returns for another buffer.
    const read = (): void => {
      ring()
    }
    this.#handle.onread = read
  }

  /** The bell keeps the process alive; it does at first. */
  ref(): void {
    this.#socket.ref()
  }

  unref(): void {
    this.#socket.unref()
  }

  /** Resolves when it is closed; it does not ring any more. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once('close', () => resolve())
      this.#socket.destroy()
    })
  }
}

function nothing(): void {}

/** What we use of Node's own stream handle: the function that it calls with what it has read, or could not read. */
interface Handle {
  onread: () => void
}

function handleOf(socket: Socket): Handle {
  const handle = (socket as unknown as { _handle?: Partial<Handle> | null })._handle
  if (handle != null && typeof handle.onread === 'function') return handle as Handle
  throw new NativeError('ERR_NATIVE_UNSUPPORTED', `The batched UDP socket does not know the inside of Node.js ${process.version}.`)
}

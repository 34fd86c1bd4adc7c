// Memory that C owns and lends us for the length of a callback: bytes out of it, bytes and pointers into it.
import { Buffer } from 'node:buffer'
import { Arena, addressOf, outOfRange, wipe } from '../arena.ts'
import { lent } from '../scratch.ts'
import { memory } from './libc.ts'
import { once } from './load.ts'

/** TLS messages are rarely longer; for those that are, the room grows. */
const USUAL_LENGTH = 16384
/** No hash of TLS 1.3 is longer. */
const SECRET_LENGTH = 64

class ForeignMemory {
  readonly #memcpy = memory().memcpy
  readonly #cell = Arena.allocate(8)
  readonly #secret = Arena.allocate(SECRET_LENGTH)
  /** Of the length that secrets had last. */
  #secretView: Uint8Array = this.#secret.bytes
  #room = Arena.allocate(USUAL_LENGTH)

  /** A copy of the bytes at an address. */
  read(address: number, length: number): Buffer {
    if (length === 0) return Buffer.alloc(0)
    if (length > this.#room.size) this.#room = Arena.allocate(length)
    this.#memcpy(addressOf(this.#room), address, length)
    const copy = Buffer.allocUnsafe(length)
    this.#room.bytes.copy(copy, 0, 0, length)
    return copy
  }

  /** Calls `use` with a secret at an address, of at most 64 bytes, and wipes the copy that it had. Throws `NativeError` (`ERR_NATIVE_RANGE`) for a longer one. */
  withSecret<T>(address: number, length: number, use: (secret: Uint8Array) => T): T {
    if (!(length >= 0 && length <= this.#secret.size)) outOfRange(0, length, this.#secret.size)
    if (this.#secretView.length !== length) this.#secretView = this.#secret.bytes.subarray(0, length)
    this.#memcpy(addressOf(this.#secret), address, length)
    try {
      return use(this.#secretView)
    } finally {
      wipe(this.#secret.bytes, 0, length)
    }
  }

  /** Writes bytes. */
  write(address: number, bytes: Uint8Array): void {
    this.#memcpy(address, lent(bytes), bytes.length)
  }

  /** Writes a pointer or a size_t: 64 bits, as on every platform that Node still has OpenSSL for. */
  writePointer(address: number, value: number): void {
    const { view } = this.#cell
    view.setUint32(0, value >>> 0, true)
    view.setUint32(4, value / 0x1_0000_0000, true)
    this.#memcpy(address, addressOf(this.#cell), 8)
  }

  /** Writes an int. */
  writeInt(address: number, value: number): void {
    this.#cell.view.setInt32(0, value, true)
    this.#memcpy(address, addressOf(this.#cell), 4)
  }

  writeByte(address: number, value: number): void {
    this.#cell.bytes[0] = value
    this.#memcpy(address, addressOf(this.#cell), 1)
  }
}

/** One a thread: it holds nothing between calls but the room to work in. */
export const foreignMemory: () => ForeignMemory = once(() => new ForeignMemory())

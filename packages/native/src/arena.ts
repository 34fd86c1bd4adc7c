// Memory that C may see: it has one address for as long as it lives.
import { Buffer } from 'node:buffer'
import { markAsUntransferable } from 'node:worker_threads'
import { addressOfBytes } from './binding/load.ts'
import { NativeError } from './error.ts'

let readAddress: (arena: Arena) => number

/**
 * A piece of memory that does not move while it is referenced, and the only kind whose address this package gives to C.
 *
 * It is an `ArrayBuffer` rather than `mmap` or `malloc`: V8 keeps the bytes of an ArrayBuffer that was made explicitly outside its heap and
 * never moves them (small typed arrays made by length do move), and the garbage collector frees them with the last reference. So there is
 * nothing to release, nothing to leak when a Worker is terminated, and no finalizer. Every foreign call is synchronous, and structures that
 * hold an arena's address are fields of objects that hold the arena.
 */
export class Arena {
  /** All of the memory. */
  readonly bytes: Buffer
  /** All of the memory, for reading and writing integers. */
  readonly view: DataView
  /** Bytes that it holds. */
  readonly size: number
  // Looked up when first needed: the portable socket needs arenas, but no foreign functions.
  #address = 0

  static {
    readAddress = (arena) => {
      if (arena.#address === 0) arena.#address = addressOfBytes(arena.bytes)
      return arena.#address
    }
  }

  private constructor(memory: ArrayBuffer) {
    this.bytes = Buffer.from(memory)
    this.view = new DataView(memory)
    this.size = memory.byteLength
  }

  /** Allocates `size` zeroed bytes, 1 to 2^31 - 1. Throws `NativeError` (`ERR_NATIVE_RANGE`) otherwise. */
  static allocate(size: number): Arena {
    if (!Number.isInteger(size) || size < 1 || size > 0x7fffffff) {
      throw new NativeError('ERR_NATIVE_RANGE', `An arena holds 1 to 2147483647 bytes, not ${size}.`)
    }
    const memory = new ArrayBuffer(size)
    // A transferred buffer would be freed by another thread while C still has its address.
    markAsUntransferable(memory)
    return new Arena(memory)
  }

  /** A new arena that holds a copy of `bytes`. */
  static from(bytes: Uint8Array): Arena {
    const arena = Arena.allocate(Math.max(1, bytes.length))
    arena.bytes.set(bytes)
    return arena
  }
}

/** Where an arena lies. For this package alone: no other sees a pointer. */
export function addressOf(arena: Arena): number {
  return readAddress(arena)
}

/** Throws `ERR_NATIVE_RANGE`, for bounds checks on hot paths to call when they fail. */
export function outOfRange(offset: number, length: number, size: number): never {
  throw new NativeError('ERR_NATIVE_RANGE', `Bytes ${offset} to ${offset + length} are not inside an arena of ${size}.`)
}

/** Zeroes bytes `start` to `end`. Buffer's own `fill` takes 0.3 us to find out what it is to fill with. */
export function wipe(bytes: Buffer, start: number, end: number): void {
  Uint8Array.prototype.fill.call(bytes, 0, start, end)
}

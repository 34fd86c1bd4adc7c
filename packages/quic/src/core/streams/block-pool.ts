// Blocks that a connection's streams have read, to be written again. New memory costs more than the copy into it: the kernel has to clear it, and V8
// runs a whole collection for every few tens of megabytes, a third of the time of a receiver at full speed.
import { MAX_POOLED_BLOCKS, MAX_POOLED_FIRST_BLOCKS } from '../limits.ts'

/** Bytes of a stream's first block: small, since most streams are. Each next one is four times the last, up to the largest. */
export const FIRST_BLOCK = 4096
export const LARGEST_BLOCK = 65_536

/** Of connections that have read none: nothing is put there. */
const NONE: Buffer[] = []

/** Keeps the largest blocks, of which a long stream has many, and the first ones, of which many streams have one each. */
export class BlockPool {
  #largest = NONE
  #first = NONE

  /** A block of `size` bytes, with anything in it, if there is one. */
  take(size: number): Buffer | undefined {
    return size === FIRST_BLOCK ? this.#first.pop() : size === LARGEST_BLOCK ? this.#largest.pop() : undefined
  }

  /** Nobody has a view of it any more. */
  give(block: Buffer): void {
    if (block.length === FIRST_BLOCK) {
      if (this.#first === NONE) this.#first = []
      if (this.#first.length < MAX_POOLED_FIRST_BLOCKS) this.#first.push(block)
    } else if (block.length === LARGEST_BLOCK) {
      if (this.#largest === NONE) this.#largest = []
      if (this.#largest.length < MAX_POOLED_BLOCKS) this.#largest.push(block)
    }
  }

  /** No stream is left: a connection that rests holds little. */
  rest(): void {
    this.#first = NONE
  }
}

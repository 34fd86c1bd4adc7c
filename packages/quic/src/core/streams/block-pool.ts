// Blocks that a connection's streams have read, to be written again. New memory costs more than the copy into it: the kernel has to clear it, and V8
// runs a whole collection for every few tens of megabytes, a third of the time of a receiver at full speed.
import { MAX_POOLED_BLOCKS } from '../limits.ts'

/** Bytes of a block that is worth keeping: the largest of a stream, of which there are many. */
export const POOLED_BLOCK = 65_536

export class BlockPool {
  readonly #free: Buffer[] = []

  /** A block of `size` bytes, with anything in it, if there is one. */
  take(size: number): Buffer | undefined {
    return size === POOLED_BLOCK ? this.#free.pop() : undefined
  }

  /** Nobody has a view of it any more. */
  give(block: Buffer): void {
    if (block.length === POOLED_BLOCK && this.#free.length < MAX_POOLED_BLOCKS) this.#free.push(block)
  }
}

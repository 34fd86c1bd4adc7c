// Bytes of one owner that an ACK frame delivers packet after packet: of a long stream they follow each other, and its owner hears of all of them at once.
import type { ChunkOwner } from './sent-packet.ts'

export class DeliveredRun {
  #owner: ChunkOwner | null = null
  #offset = 0
  #end = 0

  /** More bytes of `owner`, without a FIN. */
  add(owner: ChunkOwner, offset: number, length: number): void {
    if (owner !== this.#owner || offset !== this.#end) {
      this.flush()
      this.#owner = owner
      this.#offset = offset
    }
    this.#end = offset + length
  }

  /** Tells the owner. Whatever else is delivered is told after that. */
  flush(): void {
    const owner = this.#owner
    if (owner === null) return
    this.#owner = null
    owner.chunkDelivered(this.#offset, this.#end - this.#offset, false)
  }
}

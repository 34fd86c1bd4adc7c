// A datagram that came alone, as sockets hand over batches.
import { Arena } from '../arena.ts'
import type { Address } from './address.ts'
import { type ReceivedBatch, SLOT_SIZE } from './socket.ts'

/** A batch of one, at the beginning of its memory. */
export class SingleDatagram implements ReceivedBatch {
  readonly memory: Arena = Arena.allocate(SLOT_SIZE)
  readonly count = 1
  #length = 0
  #from: Address

  constructor(from: Address) {
    this.#from = from
  }

  /** At most SLOT_SIZE bytes. */
  set(bytes: Uint8Array, from: Address): void {
    this.memory.bytes.set(bytes)
    this.#length = bytes.length
    this.#from = from
  }

  offset(_i: number): number {
    return 0
  }

  length(_i: number): number {
    return this.#length
  }

  from(_i: number): Address {
    return this.#from
  }

  ecn(_i: number): number {
    return 0
  }

  together(_i: number): number {
    return 1
  }
}

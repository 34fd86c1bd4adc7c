// What a full kernel left of a train: kept until the socket has room again, then sent before anything else.
import { Arena } from '../arena.ts'
import type { KnownAddress } from './address.ts'
import { OUTGOING_SIZE, type RefusalListener } from './socket.ts'
import type { Transmitter } from './transmitter.ts'

export class Backlog {
  readonly #fd: number
  readonly #transmitter: Transmitter
  /** Made when first needed: most sockets never are. */
  #memory: Arena | null = null
  #offset = 0
  #length = 0
  #segmentSize = 0
  #to: KnownAddress | null = null
  #ecn = 0
  #refusals: RefusalListener | null = null

  constructor(fd: number, transmitter: Transmitter) {
    this.#fd = fd
    this.#transmitter = transmitter
  }

  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** Takes a copy of [offset, offset + length) of `bytes`, at most one train. */
  keep(
    bytes: Buffer,
    offset: number,
    length: number,
    segmentSize: number,
    to: KnownAddress,
    ecn: number,
    refusals: RefusalListener | null,
  ): void {
    this.#memory ??= Arena.allocate(OUTGOING_SIZE)
    bytes.copy(this.#memory.bytes, 0, offset, offset + length)
    this.#offset = 0
    this.#length = length
    this.#segmentSize = segmentSize
    this.#to = to
    this.#ecn = ecn
    this.#refusals = refusals
  }

  /** Sends as much as the kernel takes now. True if nothing is left. */
  flush(): boolean {
    const sent = this.#transmitter.send(
      this.#fd,
      this.#memory!,
      this.#offset,
      this.#length,
      this.#segmentSize,
      this.#to!,
      this.#ecn,
      this.#refusals,
    )
    this.#offset += sent
    this.#length -= sent
    return this.isEmpty
  }
}

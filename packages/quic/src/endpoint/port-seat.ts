// A port that several threads share: the kernel spreads clients over their sockets (SO_REUSEPORT), and each thread names itself in the connection ids that
// it gives out, so that a datagram which comes to the wrong one, as after its client has moved, is known there for whose it is. RFC 9000 section 5.1.
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { MAX_HANDED_OVER } from './limits.ts'

/** What one thread has to know of the others at its port. Plain data, which goes to a worker as `workerData`. Made by `portSeats`. */
export interface PortSeat {
  /** From 0 to `count` - 1. */
  readonly index: number
  readonly count: number
  /** Names the channels by which the threads reach each other. */
  readonly group: string
  /** By index: how many datagrams are on their way to that thread, as an Int32Array. */
  readonly pending: SharedArrayBuffer
  /** Hides the index in connection ids. */
  readonly idSecret: Uint8Array
  /** As the options of those names: what one thread gave out, the others take. */
  readonly tokenSecret: Uint8Array
  readonly resetTokenSecret: Uint8Array
  readonly ticketKey: Uint8Array
}

/** Bytes of an id that carry the index. Two of them are hit by a made-up id once in 65,536 tries. */
const NAME_LENGTH = 2

/** Bytes of a secret: as many as HMAC-SHA256 makes. */
const SECRET_LENGTH = 32

/** So many seats at one port, in the order of their indexes. Nobody sits there yet, so nothing can be handed over. @internal */
export function makeSeats(count: number): PortSeat[] {
  const pending = new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT)
  new Int32Array(pending).fill(MAX_HANDED_OVER)
  const common = {
    count,
    group: `millrace-port-${randomUUID()}`,
    pending,
    idSecret: randomBytes(SECRET_LENGTH),
    tokenSecret: randomBytes(SECRET_LENGTH),
    resetTokenSecret: randomBytes(SECRET_LENGTH),
    ticketKey: randomBytes(SECRET_LENGTH),
  }
  return Array.from({ length: count }, (_, index) => ({ index, ...common }))
}

/**
 * Connection ids that say whose they are, to those alone who have the secret: the first two bytes are the index, added to a keyed hash of the others. In
 * clear, they would tell observers which ids cannot belong to one connection.
 * @internal
 */
export class SeatIds {
  readonly #seat: PortSeat

  constructor(seat: PortSeat) {
    this.#seat = seat
  }

  /** An id of `length` bytes that names this seat. */
  make(length: number): Uint8Array {
    const id = randomBytes(length)
    id.writeUInt16BE((this.#mask(id) + this.#seat.index) & 0xffff, 0)
    return id
  }

  /** The index of the other seat that gave this id out; null if it is ours, or nobody's. */
  otherOf(id: Buffer): number | null {
    const index = (id.readUInt16BE(0) - this.#mask(id)) & 0xffff
    return index < this.#seat.count && index !== this.#seat.index ? index : null
  }

  #mask(id: Buffer): number {
    return createHmac('sha256', this.#seat.idSecret).update(id.subarray(NAME_LENGTH)).digest().readUInt16BE(0)
  }
}

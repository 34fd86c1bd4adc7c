// The smallest protocol that survives a bad network: one datagram at a time, sent again until it is acknowledged. What the network is tried with.
import type { Peer } from '@millrace/netsim'

const RETRY_MILLIS = 100

/** Sends `count` datagrams: sequence number, checksum. */
export class Sender implements Peer {
  readonly #count: number
  #next = 0
  #sendAt: number | null = 0

  constructor(count: number) {
    this.#count = count
  }

  get isDone(): boolean {
    return this.#next === this.#count
  }

  receive(datagram: Uint8Array): void {
    if (readNumber(datagram) !== this.#next) return
    this.#next++
    this.#sendAt = this.isDone ? null : 0
  }

  transmit(now: number): Uint8Array | null {
    if (this.#sendAt === null || now < this.#sendAt) return null
    this.#sendAt = now + RETRY_MILLIS
    return writeNumber(this.#next)
  }

  wakeAt(): number | null {
    return this.#sendAt
  }

  wake(): void {}
}

/** Acknowledges each number, and keeps those that are new. */
export class Receiver implements Peer {
  readonly received: number[] = []
  readonly #answers: Uint8Array[] = []

  receive(datagram: Uint8Array): void {
    const number = readNumber(datagram)
    if (number === null || number > this.received.length) return
    if (number === this.received.length) this.received.push(number)
    this.#answers.push(writeNumber(number))
  }

  transmit(): Uint8Array | null {
    return this.#answers.shift() ?? null
  }

  wakeAt(): number | null {
    return null
  }

  wake(): void {}
}

function writeNumber(number: number): Uint8Array {
  return Uint8Array.of(number >> 8, number, (number >> 8) ^ 0xff, (number ^ 0xff) & 0xff)
}

/** Null when the number and its complement differ. */
function readNumber(datagram: Uint8Array): number | null {
  const [high, low, notHigh, notLow] = datagram
  return (high! ^ notHigh!) === 0xff && (low! ^ notLow!) === 0xff ? (high! << 8) | low! : null
}

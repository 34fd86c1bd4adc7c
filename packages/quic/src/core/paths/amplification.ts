// What a server may send before it knows that the client's address is real. RFC 9000 section 8.1.
import { AMPLIFICATION_FACTOR } from '../limits.ts'

export class AmplificationLimit {
  #received = 0
  #sent = 0
  #validated: boolean

  constructor(validated: boolean) {
    this.#validated = validated
  }

  get validated(): boolean {
    return this.#validated
  }

  validate(): void {
    this.#validated = true
  }

  /** Bytes that came by this path, and that left by it: datagrams, without the headers of UDP. */
  get bytesReceived(): number {
    return this.#received
  }

  get bytesSent(): number {
    return this.#sent
  }

  received(bytes: number): void {
    this.#received += bytes
  }

  sent(bytes: number): void {
    this.#sent += bytes
  }

  /** Bytes that may go out now. */
  get room(): number {
    return this.#validated ? Number.POSITIVE_INFINITY : Math.max(0, this.#received * AMPLIFICATION_FACTOR - this.#sent)
  }
}

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

  received(bytes: number): void {
    if (!this.#validated) this.#received += bytes
  }

  sent(bytes: number): void {
    if (!this.#validated) this.#sent += bytes
  }

  /** Bytes that may go out now. */
  get room(): number {
    return this.#validated ? Number.POSITIVE_INFINITY : Math.max(0, this.#received * AMPLIFICATION_FACTOR - this.#sent)
  }
}

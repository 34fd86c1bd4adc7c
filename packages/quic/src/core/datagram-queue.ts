// Datagrams in line, oldest first, each with its number. Two arrays side by side, so that none needs an object of its own.

export class DatagramQueue {
  #data: (Uint8Array | null)[] = []
  #ids: number[] = []
  #head = 0

  get length(): number {
    return this.#ids.length - this.#head
  }

  /** The oldest one's bytes, if there is one. */
  get firstData(): Uint8Array {
    return this.#data[this.#head]!
  }

  get firstId(): number {
    return this.#ids[this.#head]!
  }

  push(id: number, data: Uint8Array): void {
    this.#data.push(data)
    this.#ids.push(id)
  }

  /** Forgets the oldest. */
  shift(): void {
    this.#data[this.#head++] = null
    if (this.#head === this.#ids.length) this.#keepFrom(this.#head)
    else if (this.#head >= 64 && this.#head * 2 >= this.#ids.length) this.#keepFrom(this.#head)
  }

  /** The places before are free: in the mean each datagram is moved once at most. */
  #keepFrom(head: number): void {
    this.#data.copyWithin(0, head)
    this.#ids.copyWithin(0, head)
    this.#data.length -= head
    this.#ids.length -= head
    this.#head = 0
  }
}

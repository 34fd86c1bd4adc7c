// Reads fields off bytes, front to back. Throws RangeError when they end too early.

export class Reader {
  readonly #bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  uint(length: number): number {
    const value = this.#bytes.readUIntBE(this.at, length)
    this.at += length
    return value
  }

  /** RFC 9000 section 16. Above 2^53 the value is not exact. */
  varint(): number {
    const length = 1 << (this.#bytes.readUInt8(this.at) >> 6)
    if (length < 8) return this.uint(length) & (2 ** (8 * length - 2) - 1)
    const value = Number(this.#bytes.readBigUInt64BE(this.at) & 0x3fff_ffff_ffff_ffffn)
    this.at += 8
    return value
  }

  bytes(length: number): Buffer {
    if (length > this.left) throw new RangeError(`${length} bytes wanted, ${this.left} left`)
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  rest(): Buffer {
    return this.bytes(this.left)
  }
}

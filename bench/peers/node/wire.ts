// What clients ask for on a stream: 8 bytes, big-endian, that say how many bytes shall be answered once the client has ended its side; what
// follows them is filler. All ones ask for an echo instead.

export const HEADER_BYTES = 8

const ALL_ONES = 2 ** 32 - 1

/** As large as what a file or a socket is usually read in, bytes. */
const CHUNK_BYTES = 64 * 1024

export const FILLER: Buffer = Buffer.alloc(CHUNK_BYTES, 'millrace')

export const ECHO_REQUEST: Buffer = header(ALL_ONES, ALL_ONES)

export function request(wanted: number): Buffer {
  return header(Math.floor(wanted / 2 ** 32), wanted >>> 0)
}

/** Two words of 32 bits. */
function header(high: number, low: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES)
  bytes.writeUInt32BE(high, 0)
  bytes.writeUInt32BE(low, 4)
  return bytes
}

/** Filler in chunks: `bytes` in all. */
export function* filler(bytes: number): Generator<Buffer, void, void> {
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) yield left < CHUNK_BYTES ? FILLER.subarray(0, left) : FILLER
}

/** Reads a request from chunks, however they were cut. */
export class RequestReader {
  #high = 0
  #low = 0
  #filled = 0

  /** Takes a chunk, and returns what of it comes after the header. */
  take(chunk: Uint8Array): Uint8Array {
    if (this.#filled === HEADER_BYTES) return chunk
    let at = 0
    for (; this.#filled < HEADER_BYTES && at < chunk.length; this.#filled++, at++) {
      if (this.#filled < HEADER_BYTES / 2) this.#high = this.#high * 256 + chunk[at]!
      else this.#low = this.#low * 256 + chunk[at]!
    }
    return chunk.subarray(at)
  }

  get complete(): boolean {
    return this.#filled === HEADER_BYTES
  }

  /** Bytes of the header that have not come. */
  get lacking(): number {
    return HEADER_BYTES - this.#filled
  }

  get isEcho(): boolean {
    return this.complete && this.#high === ALL_ONES && this.#low === ALL_ONES
  }

  /** Bytes. */
  get wanted(): number {
    return this.#high * 2 ** 32 + this.#low
  }
}

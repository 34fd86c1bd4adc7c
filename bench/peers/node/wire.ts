// What clients ask for on a stream: 8 bytes, big-endian, that say how many bytes shall be answered once the client has ended its side; what
// follows them is filler. All ones ask for an echo instead.

export const HEADER_BYTES = 8

const ECHO = 2n ** 64n - 1n

/** As large as what a file or a socket is usually read in, bytes. */
const CHUNK_BYTES = 64 * 1024

export const FILLER: Buffer = Buffer.alloc(CHUNK_BYTES, 'millrace')

export const ECHO_REQUEST: Buffer = header(ECHO)

export function request(wanted: number): Buffer {
  return header(BigInt(wanted))
}

function header(value: bigint): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.writeBigUInt64BE(value)
  return bytes
}

/** Filler in chunks: `bytes` in all. */
export function* filler(bytes: number): Generator<Buffer, void, void> {
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) yield left < CHUNK_BYTES ? FILLER.subarray(0, left) : FILLER
}

/** Reads a request from chunks, however they were cut. */
export class RequestReader {
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #filled = 0

  /** Takes a chunk, and returns what of it comes after the header. */
  take(chunk: Uint8Array): Uint8Array {
    if (this.#filled === HEADER_BYTES) return chunk
    const part = chunk.subarray(0, HEADER_BYTES - this.#filled)
    this.#header.set(part, this.#filled)
    this.#filled += part.length
    return chunk.subarray(part.length)
  }

  get complete(): boolean {
    return this.#filled === HEADER_BYTES
  }

  /** Bytes of the header that have not come. */
  get lacking(): number {
    return HEADER_BYTES - this.#filled
  }

  get isEcho(): boolean {
    return this.complete && this.#header.readBigUInt64BE() === ECHO
  }

  /** Bytes. */
  get wanted(): number {
    return Number(this.#header.readBigUInt64BE())
  }
}

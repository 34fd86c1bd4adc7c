// CRYPTO bytes that arrived and that OpenSSL has not read yet. RFC 9001 section 4.1.3.
import { HeldBytes } from '../held-bytes.ts'

/**
 * How many bytes may wait. OpenSSL reads all that it can decrypt at once, so only bytes of a level whose read key is yet to come stay here;
 * RFC 9000 section 7.5 asks for room for 4096.
 */
export const MAX_WAITING = 65536

interface Piece {
  readonly level: number
  readonly bytes: HeldBytes
  offset: number
}

export class Inbox {
  readonly #pieces: Piece[] = []
  #waiting = 0

  get waiting(): number {
    return this.#waiting
  }

  /** Copies bytes in, or refuses them: false when too many wait. */
  put(level: number, bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true
    if (this.#waiting + bytes.length > MAX_WAITING) return false
    this.#pieces.push({ level, bytes: new HeldBytes(bytes), offset: 0 })
    this.#waiting += bytes.length
    return true
  }

  /** The oldest bytes, if they are of this level. They stay where they are until `consume`. */
  head(level: number): { readonly address: number; readonly length: number } | null {
    const piece = this.#pieces[0]
    if (piece === undefined || piece.level !== level) return null
    return { address: piece.bytes.address + piece.offset, length: piece.bytes.length - piece.offset }
  }

  /** Drops `length` bytes of what `head` showed. */
  consume(length: number): void {
    const piece = this.#pieces[0]
    if (piece === undefined || length > piece.bytes.length - piece.offset) throw new Error('OpenSSL consumed more than it was lent')
    piece.offset += length
    this.#waiting -= length
    if (piece.offset < piece.bytes.length) return
    // For the only one V8 has a short way.
    if (this.#pieces.length === 1) this.#pieces.pop()
    else this.#pieces.shift()
    piece.bytes.release()
  }

  /** Whether the oldest bytes are of a level below this one: they can never be read any more. */
  isStale(level: number): boolean {
    const piece = this.#pieces[0]
    return piece !== undefined && piece.level < level
  }
  /** Nobody will read any more. */
  release(): void {
    for (const { bytes } of this.#pieces.splice(0)) bytes.release()
    this.#waiting = 0
  }
}

// String literals, plain or Huffman-encoded. RFC 9204 section 4.1.2, RFC 7541 section 5.2.
import { Buffer } from 'node:buffer'
import type { Reader } from '@millrace/bytes'
import type { GrowingBytes } from './growing-bytes.ts'
import { huffmanDecode, huffmanEncode, huffmanSize } from './huffman.ts'
import { readPrefixedInteger, writePrefixedInteger } from './prefixed-integer.ts'

/** Octets up to which a string is put together faster here than by a call into the runtime: 65 ns for 10 in place of 200. */
const SHORT = 48

/** Octets of memory that a reader keeps between strings. */
const KEPT = 512

/** A string literal is longer, once decoded, than there is room for. */
export class StringTooLong extends Error {
  override readonly name = 'StringTooLong'
}

/** Where a string literal lies in what is being read; not decoded yet. */
export interface StringSpan {
  start: number
  end: number
  huffman: boolean
}

/** Reads string literals as Latin-1. */
export class StringReader {
  #decoded = Buffer.alloc(0)

  /** Finds the literal whose length begins in the low `bits` bits of `first`, the bit above them being H; the reader then stands behind it. */
  locate(reader: Reader, first: number, bits: number, span: StringSpan): void {
    const length = readPrefixedInteger(reader, first, bits)
    span.huffman = (first & (1 << bits)) !== 0
    span.start = reader.offset
    reader.skip(length)
    span.end = reader.offset
  }

  /** The string, of `limit` octets at most: throws `StringTooLong` beyond, before it has made more of it, and `BytesError` when its encoding is bad. */
  decode(source: Uint8Array, span: StringSpan, limit: number): string {
    const { start, end } = span
    if (!span.huffman) {
      if (end - start > limit) throw new StringTooLong()
      return latin1(source, start, end)
    }
    // Five bits are the shortest code.
    const room = Math.min(limit, Math.floor(((end - start) * 8) / 5))
    const decoded = room <= this.#decoded.length ? this.#decoded : Buffer.allocUnsafeSlow(Math.max(room, KEPT))
    if (decoded.length === KEPT) this.#decoded = decoded
    const length = huffmanDecode(source, start, end, decoded, room)
    if (length < 0) throw new StringTooLong()
    return latin1(decoded, 0, length)
  }
}

/** Writes the text, which holds Latin-1 alone: the length in the low `bits` bits of a byte whose upper bits are `pattern`, H among them if it pays. */
export function writeString(out: GrowingBytes, pattern: number, bits: number, text: string): void {
  const encoded = huffmanSize(text)
  if (encoded < text.length) {
    writePrefixedInteger(out, pattern | (1 << bits), bits, encoded)
    out.advance(huffmanEncode(text, out.room(encoded), out.length))
    return
  }
  writePrefixedInteger(out, pattern, bits, text.length)
  const bytes = out.room(text.length)
  const start = out.length
  for (let at = 0; at < text.length; at++) bytes[start + at] = text.charCodeAt(at)
  out.advance(start + text.length)
}

function latin1(source: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT) return Buffer.prototype.latin1Slice.call(source, start, end)
  let text = ''
  let at = start
  for (; end - at >= 4; at += 4) text += String.fromCharCode(source[at]!, source[at + 1]!, source[at + 2]!, source[at + 3]!)
  for (; at < end; at++) text += String.fromCharCode(source[at]!)
  return text
}

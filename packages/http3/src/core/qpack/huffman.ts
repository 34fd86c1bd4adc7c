// Huffman encoding and decoding of strings. RFC 7541 section 5.2, RFC 9204 section 4.1.2.
import { BytesError } from '@millrace/bytes'
import { CODE_LENGTHS, CODES, EOS, LONGEST_CODE } from './huffman-code.ts'

/** Bytes that the text takes when encoded. Throws `TypeError` when a character is not Latin-1. */
export function huffmanSize(text: string): number {
  let bits = 0
  for (let at = 0; at < text.length; at++) bits += OCTET_LENGTHS[text.charCodeAt(at)]!
  if (Number.isNaN(bits)) throw new TypeError('a field line holds a character that is not Latin-1')
  return (bits + 7) >> 3
}

/** Encodes the text from `at` on, and returns where it ended. The target has `huffmanSize` bytes of room. */
export function huffmanEncode(text: string, target: Uint8Array, at: number): number {
  let window = 0
  let count = 0
  for (let index = 0; index < text.length; index++) {
    const symbol = text.charCodeAt(index)
    let code = CODES[symbol]!
    let length = CODE_LENGTHS[symbol]!
    if (length > 24) {
      // Beside the bits that wait, the window has room for 24: the upper part goes ahead.
      const upper = length - 15
      window = (window << upper) | (code >>> 15)
      count += upper
      for (; count >= 8; count -= 8) target[at++] = window >>> (count - 8)
      code &= 0x7fff
      length = 15
    }
    window = (window << length) | code
    count += length
    for (; count >= 8; count -= 8) target[at++] = window >>> (count - 8)
  }
  // Padding is the beginning of EOS: ones.
  if (count > 0) target[at++] = (window << (8 - count)) | (0xff >> count)
  return at
}

/**
 * Decodes `source` from `start` to `end` into `target`, and returns how many octets that gave; -1 when they are more than `limit`, as soon as they
 * are. Throws `BytesError` on EOS, and on padding that is longer than 7 bits or not EOS's. The target has `limit` octets of room.
 */
export function huffmanDecode(source: Uint8Array, start: number, end: number, target: Uint8Array, limit: number): number {
  let at = start
  let written = 0
  let window = 0
  let count = 0
  for (;;) {
    while (count < INDEX_BITS && at < end) {
      window = (window << 8) | source[at++]!
      count += 8
    }
    // Past the end the index is filled up with ones, so that what is left of EOS is met as a code longer than what is there.
    const index = count >= INDEX_BITS ? window >>> (count - INDEX_BITS) : (window << (INDEX_BITS - count)) | (INDEX_MASK >> count)
    const found = SHORT_CODES[index & INDEX_MASK]!
    let length = found & 0x0f
    let symbol = found >> 4
    if (length === 0) {
      // A code longer than the index, so of a rare symbol: bit by bit.
      let code = index & INDEX_MASK
      if (count < INDEX_BITS) break
      count -= INDEX_BITS
      for (length = INDEX_BITS; code - FIRST_CODES[length]! >= SYMBOLS_OF_LENGTH[length]!; length++) {
        if (count === 0) {
          if (at === end) break
          window = source[at++]!
          count = 8
        }
        code = (code * 2) | ((window >>> --count) & 1)
      }
      if (code - FIRST_CODES[length]! >= SYMBOLS_OF_LENGTH[length]!) throw badPadding()
      symbol = SYMBOLS[FIRST_SYMBOLS[length]! + code - FIRST_CODES[length]!]!
      if (symbol === EOS) throw new BytesError('OUT_OF_RANGE', 'EOS in a Huffman-encoded string')
    } else if (length > count) break
    else count -= length
    if (written === limit) return -1
    target[written++] = symbol
  }
  const ones = (1 << count) - 1
  if (count > 7 || (window & ones) !== ones) throw badPadding()
  return written
}

/** Bits looked up at once: all symbols of text are that short, and the table stays in the cache. */
const INDEX_BITS = 9
const INDEX_MASK = (1 << INDEX_BITS) - 1

/** Without EOS, which would pass for U+0100. */
const OCTET_LENGTHS: Uint8Array = CODE_LENGTHS.subarray(0, EOS)

/** Symbol and length (in the low 4 bits) by the next 9 bits; 0 where the code is longer. */
const SHORT_CODES: Uint16Array = shortCodes()

/** Symbols in the order of their codes. */
const SYMBOLS: Uint16Array = Uint16Array.from([...CODES.keys()].sort((a, b) => CODE_LENGTHS[a]! - CODE_LENGTHS[b]! || a - b))

/** By length: how many symbols have it, where they begin in `SYMBOLS`, and the first of their codes. */
const LENGTHS: readonly number[] = Array.from({ length: LONGEST_CODE + 1 }, (_, length) => length)
const SYMBOLS_OF_LENGTH: Uint16Array = Uint16Array.from(LENGTHS, (length) => CODE_LENGTHS.filter((bits) => bits === length).length)
const FIRST_SYMBOLS: Uint16Array = Uint16Array.from(LENGTHS, (length) => CODE_LENGTHS.filter((bits) => bits < length).length)
const FIRST_CODES: Uint32Array = firstCodes()

function firstCodes(): Uint32Array {
  const first = new Uint32Array(LENGTHS.length)
  for (let length = 1; length < first.length; length++) first[length] = (first[length - 1]! + SYMBOLS_OF_LENGTH[length - 1]!) * 2
  return first
}

function shortCodes(): Uint16Array {
  const table = new Uint16Array(1 << INDEX_BITS)
  for (const [symbol, length] of CODE_LENGTHS.entries()) {
    if (length > INDEX_BITS) continue
    const spare = INDEX_BITS - length
    table.fill((symbol << 4) | length, CODES[symbol]! << spare, (CODES[symbol]! + 1) << spare)
  }
  return table
}

function badPadding(): BytesError {
  return new BytesError('OUT_OF_RANGE', 'a Huffman-encoded string ends in other padding than the first 7 bits of EOS at most')
}

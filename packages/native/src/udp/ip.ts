// IP addresses between text and bytes. RFC 5952 for IPv6 text, RFC 4007 section 11 for zones (`fe80::1%2`).
import { isIP } from 'node:net'
import { NativeError } from '../error.ts'

/** An IP address, read from text. */
export interface IpAddress {
  readonly family: 4 | 6
  /** 4 or 16 bytes. */
  readonly bytes: Uint8Array
  /** Index of the interface that a link-local address is on, 0 for none. */
  readonly zone: number
}

/** Reads a literal address. Throws `ERR_NATIVE_OPTION` for anything else, names and unmapped zone names included. */
export function parseIp(text: string): IpAddress {
  // Of text without a zone the pattern would have nothing to say, and clients read an address for each connection.
  const [, literal = '', zone] = text.includes('%') ? (ZONED.exec(text) ?? []) : [text, text]
  const family = isIP(literal)
  if ((family !== 4 && family !== 6) || (family === 4 && zone !== undefined)) {
    throw new NativeError('ERR_NATIVE_OPTION', `'${text}' is not an IP address (names are to be looked up before).`)
  }
  return { family, bytes: family === 4 ? parseIpv4(literal) : parseIpv6(literal), zone: Number(zone ?? 0) }
}

const ZONED = /^([^%]*)%(\d{1,9})$/

export function formatIpv4(bytes: Uint8Array, at = 0): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero words as `::`. */
export function formatIpv6(bytes: Uint8Array, at = 0, zone = 0): string {
  const words: number[] = []
  for (let i = 0; i < 16; i += 2) words.push((bytes[at + i]! << 8) | bytes[at + i + 1]!)
  const [start, end] = longestZeros(words)
  const hex = (part: number[]): string => part.map((word) => word.toString(16)).join(':')
  const text = end - start < 2 ? hex(words) : `${hex(words.slice(0, start))}::${hex(words.slice(end))}`
  return zone === 0 ? text : `${text}%${zone}`
}

/** Whether the 16 bytes are an IPv4 address mapped into IPv6, `::ffff:a.b.c.d`. RFC 4291 section 2.5.5.2. */
export function isMapped(bytes: Uint8Array, at = 0): boolean {
  for (let i = 0; i < 10; i++) if (bytes[at + i] !== 0) return false
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff
}

export function mapIpv4(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes)
}

function parseIpv4(text: string): Uint8Array {
  const bytes = new Uint8Array(4)
  let at = 0
  for (const part of text.split('.')) bytes[at++] = Number(part)
  return bytes
}

function parseIpv6(text: string): Uint8Array {
  const bytes = new Uint8Array(16)
  const [head = '', tail] = text.split('::')
  bytes.set(parseWords(head), 0)
  const last = parseWords(tail ?? '')
  bytes.set(last, 16 - last.length)
  return bytes
}

/** Words joined by colons, the last two perhaps as an IPv4 address. */
function parseWords(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((word) => {
    if (word.includes('.')) return [...parseIpv4(word)]
    const value = Number.parseInt(word, 16)
    return [value >> 8, value & 0xff]
  })
}

function longestZeros(words: readonly number[]): [start: number, end: number] {
  let best: [number, number] = [0, 0]
  for (let start = 0; start < words.length; start++) {
    let end = start
    while (end < words.length && words[end] === 0) end++
    if (end - start > best[1] - best[0]) best = [start, end]
  }
  return best
}

// Heads of HTTP/1.1 messages, in which libraries for WebSocket put their handshake (RFC 6455 section 4); over HTTP/3 and HTTP/2 it is an extended
// CONNECT (RFC 9220, RFC 8441). These libraries are part of our own program: what is read here comes from no peer.
import { Buffer } from 'node:buffer'
import type { FieldSection } from '../core/fields/field-section.ts'

/** The first line, and the field lines, their names in lower case. */
export interface Http1Head {
  readonly start: string
  readonly fields: FieldSection
}

const END = '\r\n\r\n'

/** Bytes of a head: those of one that a library writes are a few hundred. */
const LONGEST_HEAD = 64 * 1024

/** About the connection and its change of protocol, for which extended CONNECT has other words. RFC 8441 section 5. */
const HANDSHAKE_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'upgrade',
  'host',
  'sec-websocket-key',
  'sec-websocket-accept',
  'keep-alive',
  'transfer-encoding',
])

/** Gathers a head as it is written, piece by piece. */
export class HeadReader {
  #text = ''

  /** The head, and the bytes behind it, once it is whole; null before. Throws a RangeError for one that does not end. */
  add(chunk: Buffer): { readonly head: Http1Head; readonly rest: Buffer } | null {
    this.#text += chunk.toString('latin1')
    const end = this.#text.indexOf(END)
    if (end === -1 && this.#text.length > LONGEST_HEAD) throw new RangeError(`a head of more than ${LONGEST_HEAD} bytes`)
    if (end === -1) return null
    const [start, ...lines] = this.#text.slice(0, end).split('\r\n')
    const fields = lines.flatMap((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    })
    return { head: { start: start!, fields }, rest: Buffer.from(this.#text.slice(end + END.length), 'latin1') }
  }
}

/** A head as text. */
export function writeHead({ start, fields }: Http1Head): Buffer {
  let text = `${start}\r\n`
  for (let at = 0; at < fields.length; at += 2) text += `${fields[at]}: ${fields[at + 1]}\r\n`
  return Buffer.from(`${text}\r\n`, 'latin1')
}

/** Without what is about the handshake of HTTP/1.1. */
export function withoutHandshake(fields: FieldSection): string[] {
  return fields.filter((_, index) => !HANDSHAKE_FIELDS.has(fields[index - (index % 2)]!))
}

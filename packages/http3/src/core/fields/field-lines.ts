// What holds of the field lines of every section, whoever sends it. RFC 9114 section 4.2.
import { MAX_FIELD_LINES } from '../limits.ts'
import { Http3Error } from '../wire/http3-error.ts'
import { checkFieldName, checkFieldValue } from './characters.ts'
import type { FieldSection } from './field-section.ts'
import { malformed } from './malformed.ts'

/** Fields about a connection of HTTP/1.1's, which have no meaning here. RFC 9114 section 4.2, RFC 9110 section 7.6.1. */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

/** No content-length was given. */
export const UNKNOWN_LENGTH = -1

/** Whether a name is that of a pseudo-header field. RFC 9114 section 4.3. */
export function isPseudo(name: string): boolean {
  return name.charCodeAt(0) === COLON
}

/**
 * Checks all from `from` on, which is behind the pseudo-header fields. Returns the value of content-length, `UNKNOWN_LENGTH` without one.
 * Throws H3_MESSAGE_ERROR.
 */
export function checkFieldLines(fields: FieldSection, from: number, teAllowed: boolean): number {
  let length = UNKNOWN_LENGTH
  for (let at = from; at < fields.length; at += 2) {
    const name = fields[at]!
    const value = fields[at + 1]!
    if (isPseudo(name)) throw malformed(`${named(name)} where no pseudo-header field may be`)
    checkFieldName(name)
    checkFieldValue(value)
    if (CONNECTION_FIELDS.has(name)) throw malformed(`${name} is about a connection of HTTP/1.1's`)
    if (name === 'te' && !(teAllowed && value.toLowerCase() === 'trailers')) throw malformed('te may only be "trailers", in a request')
    if (name === 'content-length') {
      if (length !== UNKNOWN_LENGTH) throw malformed('content-length comes twice')
      length = contentLength(value)
    }
  }
  return length
}

/** Throws H3_EXCESSIVE_LOAD, for the message alone, where there are more lines than anyone needs. */
export function checkLineCount(fields: FieldSection): void {
  if (fields.length > 2 * MAX_FIELD_LINES) throw new Http3Error('H3_EXCESSIVE_LOAD', `more than ${MAX_FIELD_LINES} field lines`, 'stream')
}

/** A pseudo-header field's name, as it may stand in a reason. */
export function named(name: string): string {
  return KNOWN_PSEUDO.has(name) ? name : 'an unknown pseudo-header field'
}

const COLON = 0x3a
const KNOWN_PSEUDO: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path', ':protocol', ':status'])
const MOST_DIGITS = 15

/** RFC 9110 section 8.6. Lists of equal values are refused: two readers might choose different ones. */
function contentLength(value: string): number {
  if (value.length === 0 || value.length > MOST_DIGITS) throw malformed('content-length is no length')
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code < 0x30 || code > 0x39) throw malformed('content-length is no length')
  }
  return Number(value)
}

// Which characters names and values of fields may have: what would end a line elsewhere is how requests are smuggled. RFC 9110 section 5, RFC 9114 section 10.3.
import { malformed } from './malformed.ts'

/** Throws H3_MESSAGE_ERROR unless `name` is a token in lower case. RFC 9110 section 5.1, RFC 9114 section 4.2. */
export function checkFieldName(name: string): void {
  if (name.length === 0) throw malformed('a field has no name')
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at)
    if (code < 128 && TOKEN[code] === LOWER) continue
    throw malformed(code < 128 && TOKEN[code] === UPPER ? 'a field name is in upper case' : 'a character that no field name may have')
  }
}

/** Throws H3_MESSAGE_ERROR for control characters, NUL, CR and LF before all, and for white space around the value. RFC 9110 section 5.5. */
export function checkFieldValue(value: string): void {
  const last = value.length - 1
  if (last < 0) return
  for (let at = 0; at <= last; at++) {
    const code = value.charCodeAt(at)
    if ((code < 0x20 && code !== TAB) || code === DELETE || code > 0xff) throw malformed('a character that no field value may have')
  }
  if (isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(last))) throw malformed('white space around a field value')
}

/** Whether it is a token of RFC 9110 section 5.6.2: what a method is. */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!TOKEN[text.charCodeAt(at)]) return false
  return text.length > 0
}

const TAB = 0x09
const DELETE = 0x7f
const LOWER = 1
const UPPER = 2
const TOKEN = tokenTable()

function isBlank(code: number): boolean {
  return code === 0x20 || code === TAB
}

function tokenTable(): Uint8Array {
  const table = new Uint8Array(256)
  for (const symbol of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") table[symbol.charCodeAt(0)] = LOWER
  for (const symbol of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') table[symbol.charCodeAt(0)] = UPPER
  return table
}

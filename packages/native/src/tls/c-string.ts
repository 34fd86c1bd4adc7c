// Text for the C functions that take it as a plain pointer (SSL_ctrl and its kin).
import { Buffer } from 'node:buffer'
import { NativeError } from '../error.ts'
import { lent } from '../scratch.ts'

/** The address of the text with a zero byte after it, good for one call. */
export function cString(text: string): number {
  return lent(Buffer.from(`${text}\0`))
}

/** Text that is handed to C as it is: anything else would be taken for an address, and a zero byte would end it early. Throws `ERR_NATIVE_OPTION`. */
export function plainText(option: string, text: string): string {
  if (typeof text === 'string' && !text.includes('\0')) return text
  throw new NativeError(
    'ERR_NATIVE_OPTION',
    `${option} is ${typeof text === 'string' ? 'text with a zero byte' : typeof text}; plain text is expected.`,
  )
}

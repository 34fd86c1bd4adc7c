// Text for the C functions that take it as a plain pointer (SSL_ctrl and its kin).
import { lent } from '../scratch.ts'

/** The address of the text with a zero byte after it, good for one call. */
export function cString(text: string): number {
  return lent(Buffer.from(`${text}\0`))
}

// Text for the C functions that take it as a plain pointer (SSL_ctrl and its kin).
import { Arena } from '../arena.ts'

/** The text with a zero byte after it. Keep the arena until the call has returned. */
export function cString(text: string): Arena {
  return Arena.from(Buffer.from(`${text}\0`))
}

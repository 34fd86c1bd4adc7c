// OpenSSL's error queue: it belongs to the thread, so Node's own crypto shares it with us. Cleared before our calls, emptied after
// failures.

import { NativeError } from '../error.ts'
import { openSsl } from './openssl.ts'

/** Errors are few; a queue that does not end is a broken OpenSSL. */
const MAX_ERRORS = 32

/** Takes all errors from the queue and joins their reasons, oldest first; empty if there are none. */
export function takeErrors(): string {
  const ssl = openSsl()
  const reasons: string[] = []
  for (let i = 0; i < MAX_ERRORS; i++) {
    const code = ssl.ERR_get_error()
    if (code === 0) break
    reasons.push(ssl.ERR_reason_error_string(code) ?? `error ${code.toString(16)}`)
  }
  ssl.ERR_clear_error()
  return [...new Set(reasons)].join(', ')
}

/** The error for a call that should have worked, with OpenSSL's reasons. */
export function opensslFailure(sentence: string, code = 'ERR_NATIVE_OPENSSL'): NativeError {
  const reasons = takeErrors()
  return new NativeError(code, reasons === '' ? sentence : `${sentence} OpenSSL says: ${reasons}.`)
}

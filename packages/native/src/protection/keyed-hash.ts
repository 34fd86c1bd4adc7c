// A keyed hash for callers who need many short ones: tokens that are derived and not remembered. RFC 2104.
import { hmacOf } from './hmac.ts'

/** HMAC-SHA-256 of at most 255 bytes, with a key of at most 255. Throws `NativeError` (`ERR_NATIVE_RANGE`) for longer ones. */
export function keyedHash(key: Uint8Array, message: Uint8Array): Buffer {
  const hmac = hmacOf('sha256')
  hmac.use(key)
  hmac.put(message)
  hmac.digest(message.length)
  const hash = Buffer.from(hmac.result.subarray(0, 32))
  hmac.forget()
  return hash
}

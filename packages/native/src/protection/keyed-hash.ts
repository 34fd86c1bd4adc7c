// A keyed hash for callers who need many short ones: tokens that are derived and not remembered. RFC 2104.
import { Buffer } from 'node:buffer'
import { once } from '../binding/load.ts'
import { Hmac } from './hmac.ts'

/** Its key stays until another comes: callers keep theirs as well, and ask for several hashes one after another. */
const keyed = once(() => new Hmac('SHA256'))

/** Bytes of a SHA-256. */
const LENGTH = 32

/** HMAC-SHA-256 of at most 255 bytes, with a key of at most 255. Throws `NativeError` (`ERR_NATIVE_RANGE`) for longer ones. */
export function keyedHash(key: Uint8Array, message: Uint8Array): Buffer {
  const hmac = keyed()
  if (!hmac.uses(key)) hmac.use(key)
  hmac.digest(message)
  const hash = Buffer.allocUnsafe(LENGTH)
  for (let at = 0; at < LENGTH; at++) hash[at] = hmac.result[at]!
  return hash
}

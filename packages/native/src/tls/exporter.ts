// Secrets for applications out of a TLS session, which its two ends alone can know. RFC 8446 section 7.5; SSL_export_keying_material(3).
import { Buffer } from 'node:buffer'
import { addressOf } from '../arena.ts'
import { opensslFailure } from '../binding/error-queue.ts'
import { openSsl } from '../binding/openssl.ts'
import { scratch } from '../scratch.ts'

/** Exports `length` bytes from the SSL at this address. Throws `NativeError` (`ERR_NATIVE_OPENSSL`) where OpenSSL has none. */
export function exportedKeyingMaterial(ssl: number, length: number, label: string, context: Uint8Array): Buffer {
  const memory = scratch(length + context.length)
  const at = addressOf(memory)
  memory.bytes.set(context, length)
  // Without a context is in TLS 1.3 as with an empty one.
  const made = openSsl().SSL_export_keying_material(ssl, at, length, label, Buffer.byteLength(label), at + length, context.length, 1)
  if (made !== 1) throw opensslFailure('OpenSSL exports no keying material.')
  const material = Buffer.from(memory.bytes.subarray(0, length))
  memory.bytes.fill(0, 0, length)
  return material
}

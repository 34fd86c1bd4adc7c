// The Retry Integrity Tag: only who saw the client's Initial packet can make it, and what the network corrupted does not pass. RFC 9001 section 5.8.
import { Buffer } from 'node:buffer'
import { createCipheriv } from 'node:crypto'
import { TAG_LENGTH } from './tag.ts'
import { versionConstants } from './versions.ts'

/**
 * The 16 bytes that end a Retry packet. `packet` is the packet without them, `originalDestination` the destination id of the Initial packet that it
 * answers, at most 255 bytes. Throws `NativeError` (`ERR_NATIVE_OPTION`) for a version that is neither 1 nor 2.
 */
export function retryIntegrityTag(version: number, originalDestination: Uint8Array, packet: Uint8Array): Buffer {
  const { retryKey, retryNonce } = versionConstants(version)
  const cipher = createCipheriv('aes-128-gcm', retryKey, retryNonce, { authTagLength: TAG_LENGTH })
  cipher.setAAD(Buffer.concat([Uint8Array.of(originalDestination.length), originalDestination, packet]))
  cipher.final()
  return cipher.getAuthTag()
}

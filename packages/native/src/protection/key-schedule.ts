// From a traffic secret to a packet key, an IV and a header-protection key. RFC 9001 sections 5.1 and 6.1, RFC 5869, RFC 8446 section 7.1.
import { createHmac } from 'node:crypto'
import type { CipherSuite } from './suites.ts'
import { type KeyLabels, LABELS_1 } from './versions.ts'

/** Every AEAD of QUIC takes nonces of this length. */
export const IV_LENGTH = 12

export interface PacketKeys {
  readonly key: Buffer
  readonly iv: Buffer
}

/** HKDF-Extract. RFC 5869 section 2.2. */
export function hkdfExtract(hash: string, salt: Uint8Array, keyMaterial: Uint8Array): Buffer {
  return createHmac(hash, salt).update(keyMaterial).digest()
}

/** HKDF-Expand-Label with an empty context. RFC 8446 section 7.1. All that QUIC derives fits one block of the hash, so one HMAC does. */
export function hkdfExpandLabel(hash: string, secret: Uint8Array, label: string, length: number): Buffer {
  const name = `tls13 ${label}`
  const info = Buffer.alloc(2 + 1 + name.length + 1 + 1)
  info.writeUInt16BE(length, 0)
  info.writeUInt8(name.length, 2)
  info.write(name, 3, 'latin1')
  info.writeUInt8(1, info.length - 1) // HKDF-Expand counts its blocks from 1
  return createHmac(hash, secret).update(info).digest().subarray(0, length)
}

/** What a traffic secret gives for sealing or opening. RFC 9001 section 5.1. */
export function packetKeys(suite: CipherSuite, secret: Uint8Array, labels: KeyLabels = LABELS_1): PacketKeys {
  return {
    key: hkdfExpandLabel(suite.hash, secret, labels.key, suite.keyLength),
    iv: hkdfExpandLabel(suite.hash, secret, labels.iv, IV_LENGTH),
  }
}

/** The header-protection key, which key updates leave as it is. RFC 9001 sections 5.4 and 6.1. */
export function headerProtectionKey(suite: CipherSuite, secret: Uint8Array, labels: KeyLabels = LABELS_1): Buffer {
  return hkdfExpandLabel(suite.hash, secret, labels.headerProtection, suite.keyLength)
}

/** The secret of the next key phase. RFC 9001 section 6.1. */
export function nextSecret(suite: CipherSuite, secret: Uint8Array, labels: KeyLabels = LABELS_1): Buffer {
  return hkdfExpandLabel(suite.hash, secret, labels.keyUpdate, suite.hashLength)
}

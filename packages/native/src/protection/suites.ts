// The AEADs of QUIC version 1 and their limits. RFC 9001 sections 5.3 and 6.6, RFC 8446 appendix B.4.
import { NativeError } from '../error.ts'

/** A cipher suite of TLS 1.3 that QUIC uses, with its limits. RFC 9001 sections 5.3 and 6.6. */
export interface CipherSuite {
  /** TLS's number for it. */
  readonly id: number
  readonly name: string
  readonly hash: 'sha256' | 'sha384'
  readonly hashLength: number
  readonly keyLength: number
  /** OpenSSL's name of the AEAD, and of the cipher that makes header-protection masks. RFC 9001 sections 5.4.3 and 5.4.4. */
  readonly aead: string
  readonly mask: string
  /** Packets that one key may seal: the confidentiality limit. */
  readonly sealLimit: number
  /** Packets that may fail to open, over all keys of a connection: the integrity limit. */
  readonly failureLimit: number
}

/** AES-128-GCM: the one that every endpoint has. RFC 8446 section 9.1. */
export const TLS_AES_128_GCM_SHA256: CipherSuite = {
  id: 0x1301,
  name: 'TLS_AES_128_GCM_SHA256',
  hash: 'sha256',
  hashLength: 32,
  keyLength: 16,
  aead: 'AES-128-GCM',
  mask: 'AES-128-ECB',
  sealLimit: 2 ** 23,
  failureLimit: 2 ** 52,
}

/** AES-256-GCM. */
export const TLS_AES_256_GCM_SHA384: CipherSuite = {
  id: 0x1302,
  name: 'TLS_AES_256_GCM_SHA384',
  hash: 'sha384',
  hashLength: 48,
  keyLength: 32,
  aead: 'AES-256-GCM',
  mask: 'AES-256-ECB',
  sealLimit: 2 ** 23,
  failureLimit: 2 ** 52,
}

/** ChaCha20-Poly1305, for machines whose processor does not help with AES. RFC 8439. */
export const TLS_CHACHA20_POLY1305_SHA256: CipherSuite = {
  id: 0x1303,
  name: 'TLS_CHACHA20_POLY1305_SHA256',
  hash: 'sha256',
  hashLength: 32,
  keyLength: 32,
  aead: 'ChaCha20-Poly1305',
  mask: 'ChaCha20',
  // More than there are packet numbers (2^62): no limit in practice.
  sealLimit: Number.POSITIVE_INFINITY,
  failureLimit: 2 ** 36,
}

/** In order of preference: AES-128-GCM first, which is as safe here and the fastest. */
export const CIPHER_SUITES: readonly CipherSuite[] = [TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256]

/** The suite with TLS's number. Throws `NativeError` (`ERR_NATIVE_OPENSSL`) for one that QUIC does not use. */
export function cipherSuite(id: number): CipherSuite {
  const suite = CIPHER_SUITES.find((each) => each.id === id)
  if (!suite) throw new NativeError('ERR_NATIVE_OPENSSL', `TLS chose cipher suite 0x${id.toString(16)}, which QUIC does not use.`)
  return suite
}

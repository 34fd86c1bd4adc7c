// From a traffic secret to a packet key, an IV and a header-protection key. RFC 9001 sections 5.1 and 6.1, RFC 5869, RFC 8446 section 7.1.
import { type Hmac, hmacOf } from './hmac.ts'
import type { CipherSuite } from './suites.ts'

/** Every AEAD of QUIC takes nonces of this length. */
export const IV_LENGTH = 12

type Hash = CipherSuite['hash']

/** What one secret gives, each written to where it is wanted. Ended by `end`, before anything else is derived. */
export class Expansion {
  readonly #hmac: Hmac

  constructor(hash: Hash, secret: Uint8Array) {
    this.#hmac = hmacOf(hash)
    this.#hmac.use(secret)
  }

  /** HKDF-Expand-Label with an empty context. RFC 8446 section 7.1. All that QUIC derives fits one block of the hash, so one HMAC does. */
  into(target: Buffer, at: number, label: string, length: number): void {
    const { message, result } = this.#hmac
    const nameLength = TLS_PREFIX.length + label.length
    message[0] = 0
    message[1] = length
    message[2] = nameLength
    message.write(TLS_PREFIX, 3, 'latin1')
    message.write(label, 3 + TLS_PREFIX.length, 'latin1')
    message[3 + nameLength] = 0
    message[4 + nameLength] = 1 // HKDF-Expand counts its blocks from 1
    this.#hmac.digest(5 + nameLength)
    result.copy(target, at, 0, length)
  }

  end(): void {
    this.#hmac.forget()
  }
}

/** HKDF-Extract. RFC 5869 section 2.2. Throws `NativeError` (`ERR_NATIVE_RANGE`) for more than 255 bytes. */
export function hkdfExtract(hash: Hash, salt: Uint8Array, keyMaterial: Uint8Array): Buffer {
  const hmac = hmacOf(hash)
  hmac.use(salt)
  hmac.put(keyMaterial)
  hmac.digest(keyMaterial.length)
  const secret = Buffer.from(hmac.result.subarray(0, HASH_LENGTH[hash]))
  hmac.forget()
  return secret
}

const TLS_PREFIX = 'tls13 '

const HASH_LENGTH = { sha256: 32, sha384: 48 } as const

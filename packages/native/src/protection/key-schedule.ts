// From a traffic secret to a packet key, an IV and a header-protection key. RFC 9001 sections 5.1 and 6.1, RFC 5869, RFC 8446 section 7.1.
import { Buffer } from 'node:buffer'
import { Arena, addressOf, outOfRange } from '../arena.ts'
import { once } from '../binding/load.ts'
import { type Hmac, hmacOf } from './hmac.ts'
import type { CipherSuite } from './suites.ts'

/** Every AEAD of QUIC takes nonces of this length. */
export const IV_LENGTH = 12

type Hash = CipherSuite['hash']

/** Bytes of a digest, and so of a secret. */
export const HASH_LENGTH: Readonly<Record<Hash, number>> = { sha256: 32, sha384: 48 }

/** What one secret gives, each written to where it is wanted. Of a secret that not everybody can derive ended by `end`, before anything else is derived. */
export class Expansion {
  readonly #hmac: Hmac
  readonly #hashLength: number

  /** The secret, as long as the hash, lies at `at`. Throws `NativeError` (`ERR_NATIVE_RANGE`) where that is not inside the arena. */
  constructor(hash: Hash, memory: Arena, at: number) {
    this.#hmac = hmacOf(hash)
    this.#hashLength = HASH_LENGTH[hash]
    this.#hmac.useAt(addressIn(memory, at, this.#hashLength), this.#hashLength)
  }

  /**
   * HKDF-Expand-Label with an empty context. RFC 8446 section 7.1. All that QUIC derives fits one block of the hash, so one HMAC does. The whole block is written,
   * although no more than `length` bytes of it count: what is to stand behind those is written later. Throws as the constructor does.
   */
  into(memory: Arena, at: number, label: string, length: number): void {
    const info = labelled(label, length)
    this.#hmac.digestAt(addressOf(info), info.size, addressIn(memory, at, this.#hashLength))
  }

  end(): void {
    this.#hmac.forget()
  }
}

/** HKDF-Extract, of and into what is no secret. RFC 5869 section 2.2. Throws `NativeError` (`ERR_NATIVE_RANGE`) for more than 255 bytes, and as `Expansion` does. */
export function hkdfExtract(hash: Hash, salt: Uint8Array, keyMaterial: Uint8Array, memory: Arena, at: number): void {
  const hmac = hmacOf(hash)
  const length = HASH_LENGTH[hash]
  addressIn(memory, at, length)
  hmac.use(salt)
  hmac.digest(keyMaterial)
  hmac.result.copy(memory.bytes, at, 0, length)
}

function addressIn(memory: Arena, at: number, length: number): number {
  if (!(at >= 0 && at + length <= memory.size)) outOfRange(at, length, memory.size)
  return addressOf(memory) + at
}

/** What HKDF-Expand hashes for a label and a length: QUIC has a dozen of them, by length and label. */
const infos = once(() => new Map<number, Map<string, Arena>>())

function labelled(label: string, length: number): Arena {
  const ofLength = infos().get(length) ?? new Map<string, Arena>()
  const known = ofLength.get(label)
  if (known !== undefined) return known
  const name = `tls13 ${label}`
  // HkdfLabel, its context empty; and HKDF-Expand counts its blocks from 1.
  const made = Arena.from(Buffer.concat([Buffer.of(0, length, name.length), Buffer.from(name, 'latin1'), Buffer.of(0, 1)]))
  infos().set(length, ofLength.set(label, made))
  return made
}

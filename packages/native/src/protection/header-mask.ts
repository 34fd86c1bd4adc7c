// Header-protection masks. RFC 9001 section 5.4.
import { Arena, addressOf } from '../arena.ts'
import { openSsl } from '../binding/openssl.ts'
import { ENCRYPT, freeCipherContext, KEEP, newCipherContext } from './cipher-context.ts'
import type { CipherSuite } from './suites.ts'

/** How far from the start of the packet number the sample lies, and its length. RFC 9001 section 5.4.2. */
export const SAMPLE_OFFSET = 4
export const SAMPLE_LENGTH = 16
/** Bytes of a mask that are used: one for the first byte, four for the packet number. RFC 9001 section 5.4.1. */
const MASK_LENGTH = 5
/** Where in the arena five zero bytes lie, which ChaCha20 encrypts; the mask itself, a whole AES block, lies at 0. */
const ZEROS = 16

/** Makes masks out of samples of ciphertext. One per key; the mask is `bytes[0..5)` until the next call. */
export class HeaderMask {
  readonly #ssl = openSsl()
  readonly #memory = Arena.allocate(32)
  readonly #mask = addressOf(this.#memory)
  readonly #chacha: boolean
  #context: number
  #holders = 1
  readonly bytes: Buffer = this.#memory.bytes

  constructor(suite: CipherSuite, key: Uint8Array) {
    this.#chacha = suite.mask === 'ChaCha20'
    this.#context = newCipherContext(suite.mask, key, ENCRYPT)
  }

  /** `sample` is the address of 16 bytes that the caller has bounds-checked. */
  compute(sample: number): void {
    // AES-ECB of the sample (section 5.4.3). With ChaCha20 the sample is counter and nonce (section 5.4.4), just as OpenSSL lays out its
    // IV.
    if (!this.#chacha) this.#ssl.EVP_Cipher(this.#context, this.#mask, sample, SAMPLE_LENGTH)
    else {
      this.#ssl.EVP_CipherInit_ex(this.#context, 0, 0, 0, sample, KEEP)
      this.#ssl.EVP_Cipher(this.#context, this.#mask, this.#mask + ZEROS, MASK_LENGTH)
    }
  }

  /** Counts one more holder: key updates leave the header-protection key as it is (RFC 9001 section 6.1), so generations share its mask. */
  share(): this {
    this.#holders++
    return this
  }

  /** Frees the key once the last holder has let go. */
  release(): void {
    if (--this.#holders > 0) return
    freeCipherContext(this.#context)
    this.#context = 0
  }
}

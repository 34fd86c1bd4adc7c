// OpenSSL's cipher contexts: made once per key, used per packet.
import { Arena, addressOf } from '../arena.ts'
import { opensslFailure } from '../binding/error-queue.ts'
import { openSsl } from '../binding/openssl.ts'
import { NativeError } from '../error.ts'

/** What EVP_CipherInit_ex calls the two directions; KEEP leaves the direction and key as they are, to change only the IV. */
export const ENCRYPT = 1
export const DECRYPT = 0
export const KEEP = -1

/** Makes a context with a key and returns its address, which `freeCipherContext` must be given in the end. */
export function newCipherContext(algorithm: string, key: Uint8Array, direction: number): number {
  const ssl = openSsl()
  const cipher = ssl.EVP_CIPHER_fetch(0, algorithm, null)
  const context = ssl.EVP_CIPHER_CTX_new()
  const bytes = Arena.from(key)
  try {
    if (cipher === 0 || context === 0 || ssl.EVP_CipherInit_ex(context, cipher, 0, addressOf(bytes), 0, direction) !== 1) {
      ssl.EVP_CIPHER_CTX_free(context)
      throw opensslFailure(`OpenSSL does not take a key for ${algorithm}.`)
    }
    ssl.EVP_CIPHER_CTX_set_padding(context, 0)
    return context
  } finally {
    bytes.bytes.fill(0)
    ssl.EVP_CIPHER_free(cipher) // the context holds a reference of its own
  }
}

export function freeCipherContext(context: number): void {
  openSsl().EVP_CIPHER_CTX_free(context)
}

/** Throws what a use after `release()` deserves: the context's memory is gone. */
export function keysReleased(): never {
  throw new NativeError('ERR_NATIVE_RELEASED', 'These packet protection keys were released.')
}

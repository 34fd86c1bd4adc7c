// AES-128-GCM for short messages, each with a nonce of its own: what a server seals to have it shown again. One context a thread and direction stays, where
// `crypto.createCipheriv` makes one each time: 4 us in place of 20, and of 100 when nothing of it is in the processor's caches. EVP_EncryptInit(3), NIST SP 800-38D.
import { Buffer } from 'node:buffer'
import { isMainThread } from 'node:worker_threads'
import { addressOf, wipe } from '../arena.ts'
import { opensslFailure } from '../binding/error-queue.ts'
import { once } from '../binding/load.ts'
import { openSsl } from '../binding/openssl.ts'
import { NativeError } from '../error.ts'
import { scratch } from '../scratch.ts'
import { DECRYPT, ENCRYPT, KEEP } from './shared-contexts.ts'
import { GET_TAG, SET_TAG, TAG_LENGTH } from './tag.ts'

const KEY_LENGTH = 16
const NONCE_LENGTH = 12

/** Where the parts lie; what is associated follows, then the message, then the tag. */
const KEY = 0
const NONCE = 16
/** What EVP_CipherFinal_ex may write to. */
const REST = 32
const PARTS = 48

/**
 * The message, encrypted, and its tag of 16 bytes; `associated` is authenticated with it. A key has 16 bytes, a nonce 12, and no key is used twice with
 * the same one. Throws `NativeError` (`ERR_NATIVE_RANGE`) for other lengths.
 */
export function sealMessage(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, message: Uint8Array): Buffer {
  return work(contexts().seal, key, nonce, associated, message, (context, bytes, at, text) => {
    const ssl = openSsl()
    const end = text + message.length
    const done =
      ssl.EVP_CipherFinal_ex(context, at + REST, at + REST) === 1 && ssl.EVP_CIPHER_CTX_ctrl(context, GET_TAG, TAG_LENGTH, at + end) === 1
    if (!done) throw opensslFailure('A message could not be sealed.')
    return Buffer.from(bytes.subarray(text, end + TAG_LENGTH))
  })
}

/** What `sealMessage` sealed; null if it was with another key, nonce or `associated`. Throws `NativeError` (`ERR_NATIVE_RANGE`) as that does. */
export function openMessage(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Buffer | null {
  if (sealed.length < TAG_LENGTH) return null
  const message = sealed.subarray(0, -TAG_LENGTH)
  return work(contexts().open, key, nonce, associated, message, (context, bytes, at, text) => {
    const ssl = openSsl()
    const end = text + message.length
    bytes.set(sealed.subarray(-TAG_LENGTH), end)
    if (ssl.EVP_CIPHER_CTX_ctrl(context, SET_TAG, TAG_LENGTH, at + end) !== 1) throw opensslFailure('A message could not be opened.')
    return ssl.EVP_CipherFinal_ex(context, at + REST, at + REST) === 1 ? Buffer.from(bytes.subarray(text, end)) : null
  })
}

type Finish<T> = (context: number, bytes: Buffer, at: number, text: number) => T

/** Has the message transformed where it lies, at `text`, and then `finish` look at it; wipes all afterwards. */
function work<T>(context: number, key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, message: Uint8Array, finish: Finish<T>): T {
  if (key.length !== KEY_LENGTH || nonce.length !== NONCE_LENGTH)
    throw new NativeError(
      'ERR_NATIVE_RANGE',
      `AES-128-GCM takes a key of 16 bytes and a nonce of 12, not ${key.length} and ${nonce.length}.`,
    )
  const ssl = openSsl()
  const text = PARTS + associated.length
  const size = text + message.length + TAG_LENGTH
  const memory = scratch(size)
  const { bytes } = memory
  const at = addressOf(memory)
  bytes.set(key, KEY)
  bytes.set(nonce, NONCE)
  bytes.set(associated, PARTS)
  bytes.set(message, text)
  try {
    if (
      ssl.EVP_CipherInit_ex(context, 0, 0, at + KEY, at + NONCE, KEEP) !== 1 ||
      (associated.length > 0 && ssl.EVP_Cipher(context, 0, at + PARTS, associated.length) < 0) ||
      (message.length > 0 && ssl.EVP_Cipher(context, at + text, at + text, message.length) < 0)
    ) {
      throw opensslFailure('OpenSSL does not take a message.')
    }
    return finish(context, bytes, at, text)
  } finally {
    wipe(bytes, 0, size)
    // The context forgets the key for one that is no secret.
    ssl.EVP_CipherInit_ex(context, 0, 0, at + KEY, at + NONCE, KEEP)
  }
}

/** This thread's, for as long as it lives. */
const contexts = once(() => {
  const made = { seal: newContext(ENCRYPT), open: newContext(DECRYPT) }
  if (!isMainThread)
    process.once('exit', () => {
      for (const context of Object.values(made)) openSsl().EVP_CIPHER_CTX_free(context)
    })
  return made
})

function newContext(direction: number): number {
  const ssl = openSsl()
  const cipher = ssl.EVP_CIPHER_fetch(0, 'AES-128-GCM', null)
  const context = ssl.EVP_CIPHER_CTX_new()
  if (cipher === 0 || context === 0 || ssl.EVP_CipherInit_ex(context, cipher, 0, 0, 0, direction) !== 1)
    throw opensslFailure('OpenSSL makes no cipher context.')
  ssl.EVP_CIPHER_free(cipher) // the context holds a reference of its own
  return context
}

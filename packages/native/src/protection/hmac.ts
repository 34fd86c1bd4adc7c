// HMAC by OpenSSL, with contexts that are made once a thread: 0.9 us where `crypto.createHmac` takes 5.6. EVP_MAC(3).
import { Arena, addressOf, wipe } from '../arena.ts'
import { opensslFailure } from '../binding/error-queue.ts'
import { once } from '../binding/load.ts'
import { openSsl } from '../binding/openssl.ts'
import { macParameters } from '../binding/parameters.ts'
import { NativeError } from '../error.ts'

/** Longest key or message, bytes: all that QUIC's key schedule asks for is a connection id, a secret or a label. */
const MOST_INPUT = 255
/** Longest digest: SHA-384's. */
const DIGEST_ROOM = 64

/** Where in the arena the parts lie. */
const KEY = 0
const MESSAGE = 256
const DIGEST = 512
const LENGTH = DIGEST + DIGEST_ROOM

/** HMAC with one hash function. What it works with is wiped by `forget`. */
export class Hmac {
  readonly #ssl = openSsl()
  readonly #memory = Arena.allocate(LENGTH + 8)
  readonly #parameters: Arena
  readonly #address = addressOf(this.#memory)
  readonly #context: number
  /** The context has the key and no message yet. */
  #fresh = false
  /** Where a message is put, for `digest`. */
  readonly message: Buffer = this.#memory.bytes.subarray(MESSAGE, MESSAGE + MOST_INPUT)
  /** Where `digest` puts its result. */
  readonly result: Buffer = this.#memory.bytes.subarray(DIGEST, DIGEST + DIGEST_ROOM)

  /** `hash` as OpenSSL calls it. */
  constructor(hash: string) {
    const ssl = this.#ssl
    const mac = ssl.EVP_MAC_fetch(0, 'HMAC', null)
    this.#context = mac === 0 ? 0 : ssl.EVP_MAC_CTX_new(mac)
    this.#parameters = macParameters(hash)
    if (this.#context === 0 || ssl.EVP_MAC_CTX_set_params(this.#context, addressOf(this.#parameters)) !== 1)
      throw opensslFailure(`OpenSSL has no HMAC with ${hash}.`)
    ssl.EVP_MAC_free(mac) // the context holds a reference of its own
  }

  /** The key of the digests that follow, at most 255 bytes. Throws `NativeError` (`ERR_NATIVE_RANGE`) for a longer one. */
  use(key: Uint8Array): void {
    checkLength(key.length)
    this.#memory.bytes.set(key, KEY)
    if (this.#ssl.EVP_MAC_init(this.#context, this.#address + KEY, key.length, 0) !== 1) throw opensslFailure('HMAC takes no key.')
    this.#fresh = true
  }

  /** Puts bytes into `message`. Throws `NativeError` (`ERR_NATIVE_RANGE`) for more than 255. */
  put(bytes: Uint8Array): void {
    checkLength(bytes.length)
    this.message.set(bytes)
  }

  /** Puts the digest of the first `length` bytes of `message` into `result`. Throws `NativeError` (`ERR_NATIVE_RANGE`) for more than 255. */
  digest(length: number): void {
    checkLength(length)
    const ssl = this.#ssl
    const at = this.#address
    if (
      (!this.#fresh && ssl.EVP_MAC_init(this.#context, 0, 0, 0) !== 1) ||
      ssl.EVP_MAC_update(this.#context, at + MESSAGE, length) !== 1 ||
      ssl.EVP_MAC_final(this.#context, at + DIGEST, at + LENGTH, DIGEST_ROOM) !== 1
    ) {
      throw opensslFailure('HMAC fails.')
    }
    this.#fresh = false
  }

  /** Wipes key, message and result, and has the context forget its key for one that is no secret. */
  forget(): void {
    wipe(this.#memory.bytes, 0, LENGTH)
    this.#ssl.EVP_MAC_init(this.#context, this.#address + KEY, 1, 0)
  }
}

function checkLength(length: number): void {
  if (!(length >= 0 && length <= MOST_INPUT))
    throw new NativeError('ERR_NATIVE_RANGE', `HMAC takes 0 to ${MOST_INPUT} bytes, not ${length}.`)
}

const SHA256 = once(() => new Hmac('SHA256'))
const SHA384 = once(() => new Hmac('SHA384'))

/** This thread's HMAC with the hash of a cipher suite. Whoever calls `use` is done with it before anyone else can. */
export function hmacOf(hash: 'sha256' | 'sha384'): Hmac {
  return hash === 'sha256' ? SHA256() : SHA384()
}

// HMAC by OpenSSL, with contexts that are made once a thread: 0.9 us where `crypto.createHmac` takes 5.6. EVP_MAC(3).
import { Arena, addressOf } from '../arena.ts'
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

/**
 * HMAC with one hash function. Secrets are read, and what they give is written, where they lie (`useAt`, `digestAt`), and the context has them until `forget`; what
 * `use` and `digest` are given stays until the next.
 */
export class Hmac {
  readonly #ssl = openSsl()
  readonly #memory = Arena.allocate(LENGTH + 8)
  readonly #parameters: Arena
  readonly #address = addressOf(this.#memory)
  readonly #context: number
  /** The context has the key and no message yet. */
  #fresh = false
  /** Of the key that `use` was given; 0 for one that lies elsewhere, and for none. */
  #keyLength = 0
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
    this.useAt(this.#address + KEY, key.length)
    this.#keyLength = key.length
  }

  /** Whether `use` was given this key last, and it was not forgotten. */
  uses(key: Uint8Array): boolean {
    const { bytes } = this.#memory
    let same = key.length > 0 && key.length === this.#keyLength
    for (let at = 0; same && at < key.length; at++) same = bytes[KEY + at] === key[at]
    return same
  }

  /** A key that C finds at an address, which the caller has bounds-checked. */
  useAt(address: number, length: number): void {
    this.#keyLength = 0
    if (this.#ssl.EVP_MAC_init(this.#context, address, length, 0) !== 1) throw opensslFailure('HMAC takes no key.')
    this.#fresh = true
  }

  /** Puts the digest of a message into `result`. Throws `NativeError` (`ERR_NATIVE_RANGE`) for more than 255 bytes. */
  digest(message: Uint8Array): void {
    checkLength(message.length)
    this.#memory.bytes.set(message, MESSAGE)
    this.digestAt(this.#address + MESSAGE, message.length, this.#address + DIGEST)
  }

  /** Puts the digest of what C finds at one address to another, both bounds-checked by the caller: as many bytes as the hash has. */
  digestAt(message: number, length: number, target: number): void {
    const ssl = this.#ssl
    if (
      (!this.#fresh && ssl.EVP_MAC_init(this.#context, 0, 0, 0) !== 1) ||
      ssl.EVP_MAC_update(this.#context, message, length) !== 1 ||
      ssl.EVP_MAC_final(this.#context, target, this.#address + LENGTH, DIGEST_ROOM) !== 1
    ) {
      throw opensslFailure('HMAC fails.')
    }
    this.#fresh = false
  }

  /** Has the context forget its key for one that is no secret: a zero. */
  forget(): void {
    this.#keyLength = 0
    this.#memory.bytes[KEY] = 0
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

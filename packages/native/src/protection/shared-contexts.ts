// OpenSSL's cipher contexts, shared by the keys of a thread. A context of its own costs a key 1 KB and 1.3 us, and there are two dozen keys in a
// connection's life; to put a key into a context that is there costs 0.15 us, and nothing while the same key is used again.

import { opensslFailure } from '../binding/error-queue.ts'
import { openSsl } from '../binding/openssl.ts'

/** What EVP_CipherInit_ex calls the two directions; KEEP leaves the direction as it is, to change key or IV. */
export const ENCRYPT = 1
export const DECRYPT = 0
export const KEEP = -1

/** Contexts of one kind: as many keys may be busy at the same time and each still find itself in place. */
const CONTEXTS = 64

/** A key, as far as contexts must know it. */
export interface Tenant {
  /** Unique in this thread, and never used again. */
  readonly serial: number
}

/** Contexts of one algorithm and one direction. Keys share them by their serial numbers. */
export class SharedContexts {
  readonly #ssl = openSsl()
  readonly #cipher: number
  readonly #direction: number
  readonly #prepare: (context: number) => void
  /** 0 where there is none yet. */
  readonly #contexts: number[] = Array.from({ length: CONTEXTS }, () => 0)
  /** Serial number of the key that each context has; 0 for no key that lives. */
  readonly #tenants: number[] = Array.from({ length: CONTEXTS }, () => 0)

  /** `prepare` is called with each context once, before it has a key. */
  constructor(algorithm: string, direction: number, prepare: (context: number) => void = () => {}) {
    this.#cipher = this.#ssl.EVP_CIPHER_fetch(0, algorithm, null)
    if (this.#cipher === 0) throw opensslFailure(`OpenSSL has no ${algorithm}.`)
    this.#direction = direction
    this.#prepare = prepare
  }

  /** The context in which this key works. */
  contextOf({ serial }: Tenant): number {
    const index = serial % CONTEXTS
    if (this.#contexts[index] === 0) this.#contexts[index] = this.#make()
    return this.#contexts[index]!
  }

  /** Whether the context has this key already. If not, the caller puts it there at once. */
  holds({ serial }: Tenant): boolean {
    const index = serial % CONTEXTS
    if (this.#tenants[index] === serial) return true
    this.#tenants[index] = serial
    return false
  }

  /** The key ends: if the context has it, another one takes its place, which lies at `zeros` and is no secret. */
  evict({ serial }: Tenant, zeros: number): void {
    const index = serial % CONTEXTS
    if (this.#tenants[index] !== serial) return
    this.#tenants[index] = 0
    this.#ssl.EVP_CipherInit_ex(this.#contexts[index]!, 0, 0, zeros, zeros, KEEP)
  }

  /** Frees all of them. No key may be used afterwards. */
  release(): void {
    for (const context of this.#contexts.splice(0)) this.#ssl.EVP_CIPHER_CTX_free(context)
    this.#ssl.EVP_CIPHER_free(this.#cipher)
  }

  #make(): number {
    const ssl = this.#ssl
    const context = ssl.EVP_CIPHER_CTX_new()
    if (context === 0 || ssl.EVP_CipherInit_ex(context, this.#cipher, 0, 0, 0, this.#direction) !== 1)
      throw opensslFailure('OpenSSL makes no cipher context.')
    ssl.EVP_CIPHER_CTX_set_padding(context, 0)
    this.#prepare(context)
    return context
  }
}

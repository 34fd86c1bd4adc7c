// SSLs of one context, each made before it is asked for: while nothing waits, since to make one takes a hundredth of a connection's time. SSL_new(3).
import { opensslFailure } from '../binding/error-queue.ts'
import { openSsl } from '../binding/openssl.ts'
import { tlsCallbacks } from './callbacks.ts'

export class SslSource {
  readonly #context: number
  readonly #side: 'client' | 'server'
  /** 0 for none. */
  #ready = 0
  #refilling: NodeJS.Immediate | null = null
  /** A context may be for a single session: what is never asked for is not made. */
  #isAskedAgain = false
  readonly #refill = (): void => {
    this.#refilling = null
    this.#ready = newSsl(this.#context, this.#side)
    // Who asks for the next one hears why there is none.
    if (this.#ready === 0) openSsl().ERR_clear_error()
  }

  constructor(context: number, side: 'client' | 'server') {
    this.#context = context
    this.#side = side
  }

  /** One that is ready for QUIC, and the caller's from now on. Throws `NativeError`. */
  take(): number {
    const ssl = this.#ready === 0 ? newSsl(this.#context, this.#side) : this.#ready
    this.#ready = 0
    if (ssl === 0) throw opensslFailure('OpenSSL makes no TLS session.')
    if (this.#isAskedAgain) this.#refilling ??= setImmediate(this.#refill)
    this.#isAskedAgain = true
    return ssl
  }

  /** Frees the one that nobody took, and makes none any more. */
  release(): void {
    if (this.#refilling !== null) clearImmediate(this.#refilling)
    this.#refilling = null
    if (this.#ready !== 0) openSsl().SSL_free(this.#ready)
    this.#ready = 0
  }
}

/** 0 where OpenSSL makes none. */
function newSsl(context: number, side: 'client' | 'server'): number {
  const ssl = openSsl()
  const handle = ssl.SSL_new(context)
  if (handle === 0) return 0
  if (ssl.SSL_set_quic_tls_cbs(handle, tlsCallbacks().dispatch, 0) !== 1) {
    ssl.SSL_free(handle)
    return 0
  }
  if (side === 'server') ssl.SSL_set_accept_state(handle)
  else ssl.SSL_set_connect_state(handle)
  return handle
}

// A TLS server for QUIC that selects no application protocol and does not mind: what our own never does, and what a client has to notice.
// RFC 9001 section 8.1.
import assert from 'node:assert/strict'
import { Arena, addressOf } from '../src/arena.ts'
import { openSsl } from '../src/binding/openssl.ts'
import { type Identity, Opener, Sealer, type TlsEvent, type TlsSession } from '../src/index.ts'
import { cipherSuite } from '../src/protection/suites.ts'
import { VERSION_1, versionConstants } from '../src/protection/versions.ts'
import { type CallbackTarget, tlsCallbacks } from '../src/tls/callbacks.ts'
import { TICKET_KEY } from '../src/tls/constants.ts'
import { LEVELS, type Level } from '../src/tls/events.ts'
import { readIdentity, useIdentity } from '../src/tls/identity.ts'
import { Inbox } from '../src/tls/inbox.ts'

export class BareServer implements TlsSession, CallbackTarget {
  readonly certificate = null
  readonly peerCertificate = null
  readonly peerCertificateError = null
  readonly #ssl = openSsl()
  readonly #inbox = new Inbox()
  readonly #events: TlsEvent[] = []
  readonly #parameters: Arena
  readonly #context: number
  #handle: number
  #readLevel = 0
  #writeLevel = 0

  constructor(identity: Identity, transportParameters: Uint8Array) {
    const ssl = this.#ssl
    this.#context = ssl.SSL_CTX_new(ssl.TLS_method())
    useIdentity(this.#context, readIdentity('certs', '', identity))
    this.#handle = ssl.SSL_new(this.#context)
    tlsCallbacks().sessions.set(this.#handle, this)
    this.#parameters = Arena.from(transportParameters)
    assert.equal(ssl.SSL_set_quic_tls_cbs(this.#handle, tlsCallbacks().dispatch, 0), 1)
    assert.equal(ssl.SSL_set_quic_tls_transport_params(this.#handle, addressOf(this.#parameters), transportParameters.length), 1)
    ssl.SSL_set_accept_state(this.#handle)
  }

  start(): void {}

  provide(level: Level, bytes: Uint8Array): void {
    this.#inbox.put(LEVELS.indexOf(level), bytes)
    this.#ssl.SSL_do_handshake(this.#handle)
  }

  useVersion(): void {}

  exportKeyingMaterial(): null {
    return null
  }

  takeEvent(): TlsEvent | null {
    return this.#events.shift() ?? null
  }

  tidy(): void {}

  release(): void {
    if (this.#handle === 0) return
    tlsCallbacks().sessions.delete(this.#handle)
    this.#ssl.SSL_free(this.#handle)
    this.#ssl.SSL_CTX_free(this.#context)
    this.#handle = 0
  }

  cryptoProduced(bytes: Buffer): void {
    this.#events.push({ type: 'cryptoProduced', level: LEVELS[this.#writeLevel]!, bytes })
  }

  cryptoWanted(): { readonly address: number; readonly length: number } | null {
    return this.#inbox.head(this.#readLevel)
  }

  cryptoConsumed(length: number): void {
    this.#inbox.consume(length)
  }

  secretYielded(at: number, direction: 'read' | 'write', secret: Buffer): void {
    const ssl = this.#ssl
    const level = LEVELS[at]!
    const cipher = ssl.SSL_get_current_cipher(this.#handle) || ssl.SSL_get_pending_cipher(this.#handle)
    const suite = cipherSuite(ssl.SSL_CIPHER_get_protocol_id(cipher) & 0xffff)
    const { labels } = versionConstants(VERSION_1)
    if (direction === 'write') {
      this.#writeLevel = at
      this.#events.push({ type: 'sealerInstalled', level, sealer: Sealer.fromSecret(suite, secret, labels) })
    } else {
      this.#readLevel = at
      this.#events.push({ type: 'openerInstalled', level, opener: Opener.fromSecret(suite, secret, labels) })
    }
  }

  transportParametersReceived(bytes: Buffer): void {
    this.#events.push({ type: 'transportParametersReceived', bytes, earlyData: 'none' })
  }

  ticketKeyWanted(): number {
    return TICKET_KEY.failed
  }

  earlyDataOffered(): boolean {
    return false
  }

  chooseProtocol(): number {
    throw new Error('no choice of protocols was asked for')
  }

  chooseCertificate(): number | null {
    return null
  }

  alertRaised(): void {}
  certificateWanted(): void {}
  ticketIssued(): void {}
  keyLogged(): void {}

  ticketReceived(): boolean {
    return false
  }

  faulted(error: unknown): void {
    throw error
  }
}

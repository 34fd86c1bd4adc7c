// What applications find as `req.socket`: the connection as far as one exchange may know and touch it. Destroying it ends the exchange, not
// the connection, on which others go on.
import { Socket } from 'node:net'
import type { PeerCertificate } from 'node:tls'
import type { Exchange } from './exchange.ts'

/** A stand-in for the TLS socket that HTTP/1.1 has. Its bytes are nobody's: messages go through `req` and `res`. */
export class ExchangeSocket extends Socket {
  readonly encrypted = true
  readonly authorized: boolean
  readonly authorizationError: string | null
  readonly alpnProtocol: 'h3' | 'h2'
  readonly servername: string
  override readonly remoteAddress: string
  override readonly remotePort: number
  override readonly remoteFamily: string
  override readonly localAddress: string
  override readonly localPort: number
  override readonly localFamily: string
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    super()
    const { peer, version } = exchange
    this.#exchange = exchange
    this.authorized = peer.authorized
    this.authorizationError = peer.authorizationError
    this.alpnProtocol = version === '3.0' ? 'h3' : 'h2'
    this.servername = peer.servername
    this.remoteAddress = peer.remoteAddress
    this.remotePort = peer.remotePort
    this.remoteFamily = familyOf(peer.remoteAddress)
    this.localAddress = peer.localAddress
    this.localPort = peer.localPort
    this.localFamily = familyOf(peer.localAddress)
    // Whoever serves the exchange hears of its end from the messages, and need not listen here.
    this.on('error', () => undefined)
  }

  /** As tls.TLSSocket has it: an empty object if the client showed no certificate. */
  getPeerCertificate(): PeerCertificate | Record<string, never> {
    return this.#exchange.peer.certificate?.toLegacyObject() ?? {}
  }

  /** Undefined if the client showed none. */
  getPeerX509Certificate(): Exchange['peer']['certificate'] {
    return this.#exchange.peer.certificate
  }

  /** As net.Socket has it, which asks a handle that is not there. */
  override address(): { address: string; family: string; port: number } {
    return { address: this.localAddress, family: this.localFamily, port: this.localPort }
  }

  /** Something came or went: the time without any begins anew. */
  heard(): void {
    if (this.timeout) this.setTimeout(this.timeout)
  }

  override _read(): void {}

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#exchange.reset(error === null ? 'H3_REQUEST_CANCELLED' : 'H3_INTERNAL_ERROR')
    // A socket's own, which tells of the end.
    super._destroy(error, done)
  }
}

function familyOf(address: string): string {
  return address.includes(':') ? 'IPv6' : 'IPv4'
}

// An exchange on a stream of HTTP/3. RFC 9114 section 4.1.
import type { FieldSection } from '../core/fields/field-section.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import { type Exchange, type Peer, type RequestHead, type ResetReason, requestHead } from './exchange.ts'

/** What a stream of HTTP/3 is to those who serve. */
export class Http3Exchange implements Exchange {
  readonly version = '3.0'
  readonly head: RequestHead
  readonly contentless: boolean
  readonly #stream: Http3Stream
  readonly #asks: boolean
  /** Content that came with the header section. */
  #first: Uint8Array | null

  /** `asks`: the server has asked the client for a certificate. */
  constructor(stream: Http3Stream, asks: boolean) {
    this.#stream = stream
    this.#asks = asks
    this.head = requestHead(stream.requestFields)
    const first = stream.readSync()
    this.contentless = first === null
    this.#first = first ?? null
  }

  get peer(): Peer {
    const { quic } = this.#stream.session
    const { local, remote } = quic.path
    const { peerCertificate: certificate, peerCertificateError: error } = quic
    return {
      remoteAddress: remote.address,
      remotePort: remote.port,
      localAddress: local.address,
      localPort: local.port,
      servername: quic.servername,
      authorized: certificate !== undefined && error === null,
      authorizationError: certificate === undefined && this.#asks ? NO_CERTIFICATE : error,
      certificate,
    }
  }

  get early(): boolean {
    return this.#stream.early
  }

  get signal(): AbortSignal {
    return this.#stream.signal
  }

  get closed(): Promise<void> {
    return this.#stream.closed
  }

  get trailers(): FieldSection | null {
    return this.#stream.trailers
  }

  read(): Promise<Uint8Array | null> {
    if (this.#first === null) return this.#stream.read()
    const first = this.#first
    this.#first = null
    return Promise.resolve(first)
  }

  informational(status: number, fields: FieldSection): void {
    if (!this.#isOver()) this.#stream.informational([':status', String(status), ...fields])
  }

  respond(status: number, fields: FieldSection, endStream: boolean): void {
    if (!this.#isOver()) this.#stream.respond([':status', String(status), ...fields], { endStream })
  }

  answer(status: number, fields: FieldSection, content: Uint8Array): void {
    if (!this.#isOver()) this.#stream.respond([':status', String(status), ...fields], { endStream: true, content })
  }

  write(chunk: Uint8Array): boolean {
    return this.#isOver() || this.#stream.writeSync(chunk)
  }

  drained(): Promise<void> {
    return this.#stream.drained()
  }

  end(trailers?: FieldSection): void {
    if (!this.#isOver()) this.#stream.end(trailers)
  }

  stopReading(): void {
    this.#stream.stopSending('H3_NO_ERROR')
  }

  reset(reason: ResetReason): void {
    if (!this.#isOver()) this.#stream.destroy(reason)
  }

  /** The client gave up: what is said from now on, nobody hears; whoever conducts the exchange learns it by `closed`. */
  #isOver(): boolean {
    return this.#stream.signal.aborted
  }
}

/** Node's name for that a client which was asked for a certificate has shown none. */
const NO_CERTIFICATE = 'UNABLE_TO_GET_ISSUER_CERT'

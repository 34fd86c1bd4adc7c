// A request as Node's http module has it, over any exchange.
import { IncomingMessage } from 'node:http'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import type { Exchange, RequestHead } from './exchange.ts'
import type { ExchangeSocket } from './exchange-socket.ts'
import { keep } from './keep.ts'

/**
 * An http.IncomingMessage. Beyond that it has, as the requests of node:http2, `authority` and `scheme`; and `early` for what came as 0-RTT. Its `headers`
 * are those of HTTP/1.1: without pseudo-header fields, with `host`.
 */
export class ServerRequest extends IncomingMessage {
  /** Host, and port if it is not the scheme's own. */
  readonly authority: string
  /** `https`. */
  readonly scheme: string
  /** It came as 0-RTT, which an attacker can replay. RFC 8470. */
  readonly early: boolean
  /** Node's: takes the header section, or, once the message is complete, the trailer section; `headers` follow when somebody asks. */
  declare _addHeaderLines: (lines: readonly string[], count: number) => void
  /** All of it is here, and was read. */
  arrived: boolean
  readonly #exchange: Exchange
  readonly #socket: ExchangeSocket
  #reading = false

  /** `head` if it is to look otherwise than it came, and then without content. */
  constructor(exchange: Exchange, socket: ExchangeSocket, head: RequestHead = exchange.head) {
    super(socket)
    keep(this, ['_read', 'discard'])
    const { version } = exchange
    const contentless = exchange.contentless || head !== exchange.head
    this.#exchange = exchange
    this.#socket = socket
    this.httpVersion = version
    this.httpVersionMajor = Number(version[0])
    this.httpVersionMinor = 0
    this.method = head.method
    this.url = head.path
    this.authority = head.authority
    this.scheme = head.scheme
    this.early = exchange.early
    const lines = contentless ? head.fields : framed(head.fields)
    this._addHeaderLines(lines, lines.length)
    this.arrived = contentless
    if (contentless) this.#ended()
  }

  /** Asks the client for more: Node's streams call it. */
  override _read(size: number): void {
    IncomingMessage.prototype._read.call(this, size)
    if (this.#reading) return
    this.#reading = true
    this.#exchange.read().then(
      (chunk) => {
        this.#reading = false
        this.#socket.heard()
        this.arrived = chunk === null
        if (chunk === null) this.#ended()
        else if (!this.complete) this.push(chunk)
      },
      // The exchange is over; whoever conducts it has heard so as well.
      () => undefined,
    )
  }

  /** The response is complete: what of the content nobody has read, nobody will. */
  discard(): void {
    if (this.complete || this.destroyed) {
      if (!this.readableEnded) this.resume()
      return
    }
    this.#exchange.stopReading()
    this.removeAllListeners('data')
    this.resume()
    this.#ended()
  }

  #ended(): void {
    if (this.complete) return
    const { trailers } = this.#exchange
    this.complete = true
    if (trailers !== null) this._addHeaderLines(trailers, trailers.length)
    this.push(null)
  }
}

/** Applications tell by `content-length` or `transfer-encoding` that content follows, as HTTP/1.1 does (RFC 9112 section 6.3); streams just have it. */
function framed(fields: FieldSection): FieldSection {
  return fieldValue(fields, 'content-length') === undefined ? [...fields, 'transfer-encoding', 'chunked'] : fields
}

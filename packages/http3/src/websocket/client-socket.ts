// WebSocket over HTTP/3 at the client: for the library `ws`, whose option `createConnection` takes what is made here. RFC 9220, RFC 6455 section 4.1.
import { createHash } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import type { Http3Session } from '../session/http3-session.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import { HeadReader, type Http1Head, withoutHandshake, writeHead } from './http1-head.ts'
import { bytesOf, type Written } from './written.ts'

/** RFC 6455 section 1.3. */
const HANDSHAKE_ID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/**
 * Opens WebSockets on an HTTP/3 session: `new WebSocket('wss://…', { createConnection: webSocketConnection(session) })` of the library `ws`. The server's settings
 * have to say that it understands extended CONNECT; if they do not, the WebSocket fails.
 */
export function webSocketConnection(session: Http3Session): () => Socket {
  return () => new ClientSocket(session)
}

type Done = (error?: Error | null) => void

class ClientSocket extends Socket {
  readonly #session: Http3Session
  #request: HeadReader | null = new HeadReader()
  #stream: Http3Stream | null = null
  #wanted = false

  constructor(session: Http3Session) {
    super()
    this.#session = session
  }

  override _read(): void {
    this.#wanted = true
    this.#pull()
  }

  override _write(chunk: Uint8Array | string, encoding: BufferEncoding, done: Done): void {
    this.#take(bytesOf([{ chunk, encoding }]), done)
  }

  override _writev(chunks: Written[], done: Done): void {
    this.#take(bytesOf(chunks), done)
  }

  #take(chunk: Buffer, done: Done): void {
    if (this.#stream !== null) {
      this.#stream.write(chunk).then(
        () => done(),
        (error: Error) => done(error),
      )
      return
    }
    const request = this.#request!.add(chunk)
    if (request !== null) this.#connect(request.head).catch((error: Error) => this.destroy(error))
    done()
  }

  override _final(done: Done): void {
    this.#stream?.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stream?.destroy('H3_REQUEST_CANCELLED')
    super._destroy(error, done)
  }

  async #connect({ start, fields }: Http1Head): Promise<void> {
    const pseudo = [':method', 'CONNECT', ':protocol', 'websocket', ':scheme', 'https']
    const place = [':authority', fieldValue(fields, 'host') ?? '', ':path', start.split(' ')[1]!]
    const stream = await this.#session.request([...pseudo, ...place, ...withoutHandshake(fields)])
    const response = await stream.response()
    if (this.destroyed) return stream.destroy('H3_REQUEST_CANCELLED')
    this.#stream = stream
    this.push(writeHead(answerTo(fieldValue(fields, 'sec-websocket-key') ?? '', response)))
    this.#pull()
  }

  #pull(): void {
    if (!this.#wanted || this.#stream === null) return
    this.#wanted = false
    this.#stream.read().then(
      (chunk) => this.push(chunk),
      (error: Error) => this.destroy(error),
    )
  }
}

/** As HTTP/1.1 has it. RFC 6455 section 4.2.2. */
function answerTo(key: string, response: FieldSection): Http1Head {
  const status = Number(fieldValue(response, ':status'))
  const fields = withoutHandshake(response.slice(2))
  if (status < 200 || status > 299)
    return { start: `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, fields: [...fields, 'connection', 'close'] }
  const accept = createHash('sha1')
    .update(key + HANDSHAKE_ID)
    .digest('base64')
  return {
    start: 'HTTP/1.1 101 Switching Protocols',
    fields: [...fields, 'upgrade', 'websocket', 'connection', 'Upgrade', 'sec-websocket-accept', accept],
  }
}

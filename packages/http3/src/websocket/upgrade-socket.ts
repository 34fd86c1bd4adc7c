// WebSocket over HTTP/3 and HTTP/2 at the server: an extended CONNECT looks to a library like the upgrade of HTTP/1.1 that it knows. What it answers in
// HTTP/1.1's words becomes the response; from there on the bytes are the WebSocket's. RFC 9220, RFC 8441 section 5, RFC 6455.
import { randomBytes } from 'node:crypto'
import type { Exchange, RequestHead } from '../server/exchange.ts'
import { ExchangeSocket } from '../server/exchange-socket.ts'
import { HeadReader, withoutHandshake } from './http1-head.ts'
import { bytesOf, type Written } from './written.ts'

/** The request as HTTP/1.1 would have it. The key only has to look right: nobody else sees it. */
export function upgradeHead(head: RequestHead): RequestHead {
  const handshake = ['upgrade', 'websocket', 'connection', 'Upgrade', 'sec-websocket-key', randomBytes(16).toString('base64')]
  return { ...head, method: 'GET', fields: [...withoutHandshake(head.fields), 'host', head.authority, ...handshake] }
}

type Done = (error?: Error | null) => void

/** What 'upgrade' hands over: a socket with the bytes of one stream. */
export class UpgradeSocket extends ExchangeSocket {
  readonly #exchange: Exchange
  #answer: HeadReader | null = new HeadReader()
  #reading = false

  constructor(exchange: Exchange) {
    super(exchange)
    this.#exchange = exchange
    exchange.closed.then(
      () => this.destroy(),
      () => this.destroy(),
    )
  }

  override _read(): void {
    if (this.#reading) return
    this.#reading = true
    this.#exchange.read().then(
      (chunk) => {
        this.#reading = false
        this.push(chunk)
      },
      () => this.destroy(),
    )
  }

  override _write(chunk: Uint8Array | string, encoding: BufferEncoding, done: Done): void {
    this.#take(bytesOf([{ chunk, encoding }]), done)
  }

  override _writev(chunks: Written[], done: Done): void {
    this.#take(bytesOf(chunks), done)
  }

  #take(chunk: Buffer, done: Done): void {
    if (this.#answer === null) this.#send(chunk, done)
    else {
      const answer = this.#answer.add(chunk)
      if (answer === null) return void done()
      this.#answer = null
      const status = Number(answer.head.start.split(' ')[1])
      this.#exchange.respond(status === 101 ? 200 : status, withoutHandshake(answer.head.fields), false)
      this.#send(answer.rest, done)
    }
  }

  #send(content: Buffer, done: Done): void {
    if (content.length === 0 || this.#exchange.write(content)) done()
    else {
      this.#exchange.drained().then(
        () => done(),
        (error: Error) => done(error),
      )
    }
  }

  override _final(done: Done): void {
    this.#exchange.end()
    done()
  }
}

// Programs in the manner of node:http: each request is an event of the server.
import { Buffer } from 'node:buffer'
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { UpgradeSocket, upgradeHead } from '../websocket/upgrade-socket.ts'
import type { Application } from './application.ts'
import { type Messages, messagesOf } from './conduct.ts'
import { isTooEarly } from './early-data.ts'
import type { Exchange } from './exchange.ts'
import { Overdue } from './overdue.ts'
import { ServerRequest } from './request.ts'

/** Emits 'request', or what else node:http has for a request that asks for it. */
export class NodeApplication implements Application {
  readonly #server: EventEmitter
  readonly #altSvc: () => string | null
  readonly #late: Overdue<Messages>
  /** Milliseconds of silence after which a 'timeout' is told; 0: never. */
  timeout = 0

  constructor(server: EventEmitter, requestTimeout: () => number, altSvc: () => string | null) {
    this.#server = server
    this.#altSvc = altSvc
    this.#late = new Overdue(requestTimeout, (messages) => this.#tooLate(messages))
  }

  exchange(exchange: Exchange): void {
    if (exchange.head.method === 'CONNECT') this.#connect(exchange)
    else this.#request(exchange)
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    this.#advertise(response)
    this.#server.emit('request', request, response)
  }

  /** RFC 9220: WebSocket, for which programs of HTTP/1.1 have 'upgrade'. What else may be asked for is not implemented. */
  #connect(exchange: Exchange): void {
    if (exchange.head.protocol !== 'websocket' || this.#server.listenerCount('upgrade') === 0) {
      exchange.respond(501, [], true)
      return
    }
    const socket = new UpgradeSocket(exchange)
    this.#server.emit('upgrade', new ServerRequest(exchange, socket, upgradeHead(exchange.head)), socket, Buffer.alloc(0))
  }

  #request(exchange: Exchange): void {
    const messages = messagesOf(exchange, (each) => this.#timedOut(each))
    const { response, socket } = messages
    if (this.timeout > 0) socket.setTimeout(this.timeout)
    if (exchange.version !== '3.0') this.#advertise(response)
    if (!exchange.contentless) {
      this.#late.add(messages)
      const over = (): void => this.#late.delete(messages)
      exchange.closed.then(over, over)
    }
    if (isTooEarly(exchange)) response.writeHead(425).end()
    else this.#dispatch(messages)
  }

  #advertise(response: ServerResponse): void {
    const value = this.#altSvc()
    if (value !== null) response.setHeader('Alt-Svc', value)
  }

  #dispatch({ request, response }: Messages): void {
    const server = this.#server
    const expectation = request.headers.expect
    if (expectation === undefined) return void server.emit('request', request, response)
    if (expectation.toLowerCase() !== '100-continue') {
      if (!server.emit('checkExpectation', request, response)) response.writeHead(417).end()
    } else if (!server.emit('checkContinue', request, response)) {
      response.writeContinue()
      server.emit('request', request, response)
    }
  }

  #timedOut({ request, response, socket }: Messages): void {
    const isHandled = [request.emit('timeout', socket), response.emit('timeout', socket), this.#server.emit('timeout', socket)].includes(
      true,
    )
    if (!isHandled) socket.destroy()
  }

  /** RFC 9110 section 15.5.9. Who goes on sending slowly after the answer is cut off when the time is up once more. */
  #tooLate(messages: Messages): void {
    const { request, response, socket } = messages
    if (request.arrived) return
    if (response.headersSent) return void socket.destroy()
    response.writeHead(408).end()
    this.#late.add(messages)
  }
}

// From an exchange to the two objects that applications of Node's http know, and the end of both.

import type { Exchange } from './exchange.ts'
import { ExchangeSocket } from './exchange-socket.ts'
import { ServerRequest } from './request.ts'
import { ServerResponse } from './response.ts'

/** A request and its response. */
export interface Messages {
  readonly request: ServerRequest
  readonly response: ServerResponse
  readonly socket: ExchangeSocket
}

/** Makes them, and tells them when the exchange is over. */
export function messagesOf(exchange: Exchange, ontimeout: (messages: Messages) => void): Messages {
  const socket = new ExchangeSocket(exchange)
  const request = new ServerRequest(exchange, socket)
  const response = new ServerResponse(request, exchange, socket)
  const messages = { request, response, socket }
  socket.on('timeout', () => ontimeout(messages))
  const lost = (): void => {
    if (!request.complete || !request.readableEnded) request.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
    socket.destroy()
    response.over()
  }
  exchange.signal.addEventListener('abort', lost, { once: true })
  exchange.closed.then(() => {
    socket.setTimeout(0)
    response.over()
  }, lost)
  return messages
}

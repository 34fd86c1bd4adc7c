// Clients that come back by what their store kept, over real sockets. RFC 9001 section 4.5, RFC 9000 section 8.1.3.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemorySessionStore, QuicEndpoint, type SessionInfo, type SessionOptions } from '../src/index.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

/** A session with an echo, from beginning to end; ticket and token are there when it ends. */
async function visit(address: string, options: Partial<SessionOptions>): Promise<SessionInfo> {
  const session = await dial(address, options)
  const ticket = Promise.withResolvers<void>()
  const token = Promise.withResolvers<void>()
  session.onsessionticket = () => ticket.resolve()
  session.onnewtoken = () => token.resolve()
  const stream = await session.createBidirectionalStream()
  void stream.end('hello')
  assert.equal((await readAll(stream)).toString(), 'hello')
  await Promise.all([ticket.promise, token.promise])
  const info = await session.opened
  await session.close()
  return info
}

test('sessions that share an endpoint come back by themselves, with a ticket and with a token', async () => {
  const server = await serve(echo, { enableEarlyData: true, endpoint: { address: '127.0.0.1:0', validateAddress: 'always' } })
  const endpoint = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  assert.equal((await visit(server.address, { endpoint })).resumed, false)
  const { retries } = server.endpoint.stats
  const second = await visit(server.address, { endpoint })
  assert.deepEqual([second.resumed, second.earlyDataAttempted], [true, false])
  assert.equal(server.endpoint.stats.retries, retries, 'the token spares the Retry')
  const third = await visit(server.address, { endpoint, enableEarlyData: true })
  assert.deepEqual([third.resumed, third.earlyDataAccepted], [true, true])
  assert.equal((await visit(server.address, { endpoint, sessionStore: null })).resumed, false)
  const other = new MemorySessionStore()
  assert.equal((await visit(server.address, { endpoint, sessionStore: other })).resumed, false)
  assert.equal((await visit(server.address, { endpoint, sessionStore: other })).resumed, true)
  await endpoint.close()
  await server.endpoint.close()
})

test('a session with an endpoint of its own keeps nothing unless it is told to', async () => {
  const server = await serve(echo)
  for (let i = 0; i < 2; i++) assert.equal((await visit(server.address, {})).resumed, false)
  await server.endpoint.close()
})

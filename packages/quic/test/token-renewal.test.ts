// A server gives a client that stays, or moves, another token for its next connection. RFC 9000 section 8.1.3.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QuicEndpoint, type QuicSession } from '../src/index.ts'
import { connected, upload } from './support/connected.ts'
import type { Pair, PairOptions } from './support/pair.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

const RENEW_AFTER = 60_000

/** The server's tokens say for which address they are, and how many there were before. */
function pairWithTokens(options: PairOptions = {}): Pair {
  let made = 0
  const newToken = {
    make: (version: number, { address }: { address: string }) => Buffer.from(`${version} ${address} ${made++}`),
    renewAfterMillis: RENEW_AFTER,
  }
  return connected({
    ...options,
    client: { maxIdleTimeout: 0 },
    server: { maxIdleTimeout: 0 },
    connection: (side) => (side === 'server' ? { newToken } : {}),
  })
}

function tokens(pair: Pair): string[] {
  return pair.client.events.flatMap((event) => (event.type === 'tokenReceived' ? [Buffer.from(event.token).toString()] : []))
}

test('one comes with the handshake, and another when time has passed, with what is sent anyway', () => {
  const pair = pairWithTokens()
  assert.deepEqual(tokens(pair), ['1 192.0.2.1 0'])
  assert.ok(upload(pair, 10_000))
  assert.deepEqual(tokens(pair), ['1 192.0.2.1 0'])
  const before = pair.datagrams
  pair.pass(10 * RENEW_AFTER)
  assert.equal(pair.datagrams, before, 'nothing is sent for the sake of a token')
  assert.ok(upload(pair, 10_000))
  pair.pass(1000)
  // Acknowledgements alone carry nothing that is to be acknowledged: the server has to have something to say.
  pair.server.connection.streams.openStream('uni')!.send!.write(Buffer.from('news'))
  pair.pass(1000)
  assert.deepEqual(tokens(pair), ['1 192.0.2.1 0', '1 192.0.2.1 1'])
  pair.release()
})

test('a client that has moved gets one for its new address, once that is proved; a new port is served by the one it has', () => {
  const pair = pairWithTokens()
  pair.client.sockets[0]!.rebind('192.0.2.1', 2000)
  assert.ok(upload(pair, 100_000))
  pair.pass(1000)
  assert.deepEqual(tokens(pair), ['1 192.0.2.1 0'])
  pair.client.sockets[0]!.rebind('203.0.113.9', 2000)
  assert.ok(upload(pair, 100_000))
  pair.server.connection.streams.openStream('uni')!.send!.write(Buffer.from('news'))
  pair.pass(1000)
  assert.deepEqual(tokens(pair), ['1 192.0.2.1 0', '1 203.0.113.9 1'])
  pair.release()
})

test('one that is lost is stated again', () => {
  let dropping = true
  const pair = pairWithTokens({ drop: (from, _datagram, index) => from === 'server' && dropping && index > 3 && index < 9 })
  dropping = false
  pair.pass(5000)
  assert.equal(new Set(tokens(pair)).size, 1)
  pair.release()
})

test('over sockets: the token of a session that came with a token is good for the next', async () => {
  const server = await serve(echo, { endpoint: { address: '127.0.0.1:0', validateAddress: 'always' } })
  let token: Uint8Array | undefined
  for (let visit = 0; visit < 4; visit++) {
    const session = await dial(server.address, token === undefined ? {} : { token })
    const next = Promise.withResolvers<Uint8Array>()
    session.onnewtoken = next.resolve
    const stream = await session.createBidirectionalStream()
    void stream.end('hello')
    await readAll(stream)
    token = await next.promise
    await session.close()
  }
  // A Retry answers each of the two datagrams that the first ClientHello filled.
  assert.ok(server.endpoint.stats.retries <= 2, `${server.endpoint.stats.retries} Retry packets`)
  await server.endpoint.close()
})

test('over sockets: a client that moved to another address gets a token that is good there', {
  skip: process.platform !== 'linux',
}, async () => {
  const server = await serve(echo, { endpoint: { address: '0.0.0.0:0', validateAddress: 'always' } })
  const address = `127.0.0.1:${server.endpoint.address.port}`
  const [home, abroad] = [await QuicEndpoint.open({ address: '127.0.0.1:0' }), await QuicEndpoint.open({ address: '127.0.0.2:0' })]
  const session = await dial(address, { endpoint: home, sessionStore: null })
  const tokens: Uint8Array[] = []
  let another = Promise.withResolvers<void>()
  session.onnewtoken = (token) => {
    tokens.push(token)
    another.resolve()
  }
  await session.opened
  await another.promise
  another = Promise.withResolvers<void>()
  await echoed(session)
  const validated = Promise.withResolvers<string>()
  session.onpathvalidation = (result) => validated.resolve(result)
  session.migrate(abroad)
  assert.equal(await validated.promise, 'success')
  // The token travels with what is sent anyway, once the server has heard from the new address.
  const talking = (async () => {
    while (tokens.length < 2) await echoed(session)
  })()
  await another.promise
  await talking
  await session.close()
  const { retries } = server.endpoint.stats
  const next = await dial(address, { endpoint: abroad, sessionStore: null, token: tokens[1]! })
  await echoed(next)
  assert.equal(server.endpoint.stats.retries, retries)
  const stale = await dial(address, { endpoint: abroad, sessionStore: null, token: tokens[0]! })
  await echoed(stale)
  assert.ok(server.endpoint.stats.retries > retries, 'the first token is for the former address')
  for (const each of [next, stale]) await each.close()
  for (const endpoint of [home, abroad, server.endpoint]) await endpoint.close()
})

async function echoed(session: QuicSession): Promise<void> {
  const stream = await session.createBidirectionalStream()
  void stream.end('hello')
  assert.equal((await readAll(stream)).toString(), 'hello')
}

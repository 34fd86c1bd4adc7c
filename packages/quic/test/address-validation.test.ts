// Retry and address tokens through real sockets. RFC 9000 section 8.1.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { HANDSHAKES_UNDER_LOAD } from '../src/endpoint/limits.ts'
import type { EndpointOptions, QuicSession, SessionOptions } from '../src/index.ts'
import { firstDatagrams, sendAll } from './support/datagrams.ts'
import { dial, echo, readAll, type Server, serve } from './support/server.ts'

const LOOPBACK = '127.0.0.1:0'

function serving(endpoint: EndpointOptions, options: Partial<SessionOptions> = {}): Promise<Server> {
  return serve(echo, { endpoint: { address: LOOPBACK, ...endpoint }, ...options })
}

async function echoes(session: QuicSession, text: string): Promise<void> {
  const stream = await session.createBidirectionalStream()
  void stream.end(text)
  assert.equal((await readAll(stream)).toString(), text)
}

/** Whether a client was asked to prove its address while `work` went on. A Retry answers each of the two datagrams that a ClientHello fills. */
async function asked(server: Server, work: () => Promise<unknown>): Promise<boolean> {
  const before = server.endpoint.stats.retries
  await work()
  return server.endpoint.stats.retries > before
}

/** A whole session, and the token that it got for the next one. */
async function visit(address: string, options: Partial<SessionOptions> = {}): Promise<Uint8Array> {
  const session = await dial(address, options)
  const token = Promise.withResolvers<Uint8Array>()
  session.onnewtoken = (given) => token.resolve(given)
  await echoes(session, 'hello')
  const given = await token.promise
  await session.close()
  return given
}

for (const version of [0x1, 0x6b3343cf]) {
  test(`a server that always validates sends a Retry first, in version 0x${version.toString(16)}`, async () => {
    const server = await serving({ validateAddress: 'always' })
    assert.equal(await asked(server, () => visit(server.address, { version })), true)
    assert.equal(server.sessions.length, 1)
    await server.endpoint.close()
  })
}

test('a server that never validates sends none; true and false are always and never', async () => {
  for (const [validateAddress, retries] of [
    ['never', false],
    [false, false],
    [true, true],
  ] as const) {
    const server = await serving({ validateAddress })
    assert.equal(await asked(server, () => visit(server.address)), retries)
    await server.endpoint.close()
  }
})

test('under load is when many handshakes are under way, and the load passes', async () => {
  const server = await serving({ validateAddress: 'underLoad' }, { handshakeTimeout: 600_000 })
  const initials = await firstDatagrams(HANDSHAKES_UNDER_LOAD + 6)
  assert.equal(
    await asked(server, async () => {
      await sendAll(initials, server.endpoint.address.port)
      await visit(server.address)
    }),
    true,
  )
  for (const session of server.sessions) session.destroy()
  // What says farewell still counts, for three probe timeouts (RFC 9000 section 10.2).
  while (await asked(server, () => visit(server.address)));
  await server.endpoint.close()
})

test('a token spares the Retry once; a second time it is worth nothing', async () => {
  const server = await serving({ validateAddress: 'always' })
  const token = await visit(server.address)
  assert.equal(await asked(server, () => visit(server.address, { token })), false)
  assert.equal(await asked(server, () => visit(server.address, { token })), true)
  await server.endpoint.close()
})

test('a token for another version is not even shown (RFC 9369 section 5)', async () => {
  const server = await serving({ validateAddress: 'always' })
  const token = await visit(server.address, { version: 0x1, versions: [0x1] })
  assert.equal(await asked(server, () => visit(server.address, { token, version: 0x6b3343cf })), true)
  assert.equal(await asked(server, () => visit(server.address, { token })), false)
  await server.endpoint.close()
})

test('servers that share a secret accept the tokens of each other; others do not', async () => {
  const tokenSecret = randomBytes(16)
  const first = await serving({ validateAddress: 'always', tokenSecret })
  const token = await visit(first.address)
  for (const [secret, retries] of [
    [randomBytes(16), true],
    [[randomBytes(32), tokenSecret], false],
  ] as const) {
    const other = await serving({ validateAddress: 'always', tokenSecret: secret })
    assert.equal(await asked(other, () => visit(other.address, { token })), retries)
    await other.endpoint.close()
  }
  await first.endpoint.close()
})

test('tokens outlive three rotations of the secret and not four', async () => {
  const server = await serving({ validateAddress: 'always' })
  const early = await visit(server.address)
  server.endpoint.rotateTokenSecret()
  const late = await visit(server.address)
  for (let i = 0; i < 3; i++) server.endpoint.rotateTokenSecret()
  assert.equal(await asked(server, () => visit(server.address, { token: late })), false)
  assert.equal(await asked(server, () => visit(server.address, { token: early })), true)
  await server.endpoint.close()
})

test('a host may have so many connections, and an endpoint; one more is refused by name', async () => {
  for (const limits of [{ maxConnectionsPerHost: 2 }, { maxConnectionsTotal: 2 }]) {
    const server = await serving(limits)
    const sessions = await Promise.all([dial(server.address), dial(server.address)])
    await Promise.all(sessions.map((session) => session.opened))
    const refused = await dial(server.address)
    await assert.rejects(refused.closed, { code: 'ERR_QUIC_TRANSPORT', errorCode: 2n, initiator: 'peer', message: /CONNECTION_REFUSED/ })
    assert.ok(server.endpoint.stats.immediateCloses > 0)
    for (const session of sessions) await echoes(session, 'still here')
    for (const session of sessions) await session.close()
    await server.endpoint.close()
  }
})

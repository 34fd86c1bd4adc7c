// Connection ids of a length and a making of the user's choice, over real sockets. RFC 9000 sections 5.1 and 5.2.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type EndpointOptions, QuicEndpoint, type QuicSession } from '../src/index.ts'
import { dial, echo, readAll, type Server, serve } from './support/server.ts'

const LOOPBACK = '127.0.0.1:0'

async function echoed(session: QuicSession, text = 'x'.repeat(100_000)): Promise<boolean> {
  const stream = await session.createBidirectionalStream()
  void stream.end(text)
  return (await readAll(stream)).toString() === text
}

function serving(endpoint: EndpointOptions): Promise<Server> {
  return serve(echo, { endpoint: { address: LOOPBACK, ...endpoint } })
}

for (const [server, client] of [
  [1, 0],
  [4, 7],
  [9, 20],
  [20, 1],
] as const) {
  test(`ids of ${server} bytes on the server, of ${client} on the client`, async () => {
    const { endpoint, address } = await serving({ connectionIdLength: server })
    const sessions = [1, 2, 3].map(() => dial(address, { endpoint: { address: LOOPBACK, connectionIdLength: client } }))
    for (const session of await Promise.all(sessions)) {
      assert.ok(await echoed(session))
      await session.close()
    }
    await endpoint.close()
  })
}

test('ids of one byte run out: then clients wait, and the server lives on', async () => {
  let made = 0
  const { endpoint, address } = await serving({ connectionIdLength: 1, generateConnectionId: () => Uint8Array.of(made++ & 7) })
  const first = await dial(address)
  assert.ok(await echoed(first))
  const second = await dial(address)
  assert.ok(await echoed(second))
  const third = await dial(address, { handshakeTimeout: 100 })
  await assert.rejects(third.opened, { code: 'ERR_QUIC_HANDSHAKE' })
  // Its time may be over before the server has read what it sent.
  while (endpoint.stats.handshakesRefused === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(await echoed(first))
  await Promise.all([first.close(), second.close()])
  await endpoint.close()
})

test("a server's ids are those that its owner makes, as a load balancer needs them", async () => {
  const made = new Set<string>()
  const generateConnectionId = (length: number): Uint8Array => {
    const id = Buffer.concat([Buffer.from('edge07'), randomBytes(length - 6)])
    made.add(id.toString('hex'))
    return id
  }
  const { endpoint, address, sessions } = await serving({ connectionIdLength: 16, generateConnectionId, validateAddress: true })
  const session = await dial(address)
  assert.ok(await echoed(session))
  assert.equal(sessions.length, 1)
  assert.ok(made.size >= 6, `a Retry's, the first, three spare ones, and the trial: ${made.size}`)
  await session.close()
  await endpoint.close()
})

test('a generator that repeats itself serves one session, with no ids to spare', async () => {
  const { endpoint, address } = await serving({ generateConnectionId: (length) => new Uint8Array(length).fill(7) })
  const session = await dial(address)
  assert.ok(await echoed(session))
  const second = await dial(address, { handshakeTimeout: 100 })
  await assert.rejects(second.opened, { code: 'ERR_QUIC_HANDSHAKE' })
  assert.ok(await echoed(session))
  await session.close()
  await endpoint.close()
})

test('without ids an endpoint has room for one session (section 5.2)', async () => {
  const { endpoint, address } = await serving({})
  const own = await QuicEndpoint.open({ address: LOOPBACK, connectionIdLength: 0 })
  const session = await dial(address, { endpoint: own })
  await assert.rejects(dial(address, { endpoint: own }), { code: 'ERR_QUIC_OPTION', message: /endpoint.*connectionIdLength is 0/ })
  assert.ok(await echoed(session))
  await session.close()
  await own.close()
  await endpoint.close()
})

test('both sides change ids in the middle of a session', async () => {
  const { endpoint, address, sessions } = await serving({})
  const session = await dial(address)
  assert.ok(!session.rotateConnectionIds(), 'not before the handshake')
  assert.ok(await echoed(session))
  assert.ok(session.rotateConnectionIds())
  assert.ok(await echoed(session))
  assert.ok(sessions[0]!.rotateConnectionIds())
  assert.ok(await echoed(session))
  await session.close()
  assert.throws(() => session.rotateConnectionIds(), { code: 'ERR_QUIC_CLOSED' })
  await endpoint.close()
})

test('a session does not move to where its ids mean nothing', async () => {
  const { endpoint, address } = await serving({})
  const session = await dial(address)
  assert.ok(await echoed(session))
  const elsewhere = await QuicEndpoint.open({ address: LOOPBACK, connectionIdLength: 5 })
  assert.throws(() => session.migrate(elsewhere), { code: 'ERR_QUIC_MIGRATION', message: /length/ })
  await session.close()
  await elsewhere.close()
  await endpoint.close()
})

for (const [options, message] of [
  [{ connectionIdLength: 21 }, /endpoint\.connectionIdLength is 21.*0 to 20/],
  [{ connectionIdLength: 0 }, /endpoint\.connectionIdLength is 0/],
  [{ connectionIdLength: 0, generateConnectionId: () => new Uint8Array(0) }, /endpoint\.(connectionIdLength|generateConnectionId)/],
  [{ generateConnectionId: () => new Uint8Array(7) }, /generateConnectionId made 7 bytes.*of 8 bytes/],
  [{ generateConnectionId: () => 'abcdefgh' as unknown as Uint8Array }, /generateConnectionId made string/],
  [{ generateConnectionId: 8 as unknown as () => Uint8Array }, /generateConnectionId is 8; it must be a function/],
] as [EndpointOptions, RegExp][]) {
  test(`a server is told what is wrong with ${Object.keys(options).join(' and ')}: ${message.source}`, async () => {
    await assert.rejects(serving(options), { code: 'ERR_QUIC_OPTION', message })
  })
}

// Sessions that move, over real sockets on loopback. RFC 9000 section 9.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { QuicEndpoint } from '../src/index.ts'
import { Nat } from './support/nat.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

const MIB = 1024 * 1024

/** A round trip, after which the spare connection ids are there too. */
async function roundTrip(session: Awaited<ReturnType<typeof dial>>): Promise<void> {
  const stream = await session.createBidirectionalStream()
  void stream.end('x')
  assert.equal((await readAll(stream)).toString(), 'x')
}

test('a session moves to another endpoint in the middle of an echo, and its own endpoint closes behind it', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  await session.opened
  await roundTrip(session)
  const first = session.endpoint
  const second = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  const validated = Promise.withResolvers<string>()
  session.onpathvalidation = (result) => validated.resolve(result)
  const stream = await session.createBidirectionalStream()
  const data = randomBytes(4 * MIB)
  const received = readAll(stream)
  void stream.end(data)
  session.migrate(second)
  assert.equal(session.endpoint, second)
  assert.ok((await received).equals(data))
  assert.equal(await validated.promise, 'success')
  await first.closed
  assert.equal(server.sessions[0]!.path.remote.port, second.address.port)
  await session.close()
  await second.close()
  await server.endpoint.close()
})

test('a session may not move where the server forbids it', async () => {
  const server = await serve(echo, { transportParams: { disableActiveMigration: true } })
  const session = await dial(server.address)
  await session.opened
  await roundTrip(session)
  const second = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  assert.throws(() => session.migrate(second), { code: 'ERR_QUIC_MIGRATION' })
  await session.close()
  await second.close()
  await server.endpoint.close()
})

test('a NAT that forgets its port does not end a session (section 9.3)', async () => {
  const server = await serve(echo)
  const nat = await Nat.open(server.endpoint.address.port)
  const session = await dial(`127.0.0.1:${nat.port}`)
  await session.opened
  await roundTrip(session)
  const before = server.sessions[0]!.path.remote.port
  nat.rebind()
  await roundTrip(session)
  assert.notEqual(server.sessions[0]!.path.remote.port, before)
  await session.close()
  await server.endpoint.close()
  nat.close()
})

test('a wrong policy is told by its name', async () => {
  const preferredAddressPolicy = 'sometimes' as 'use'
  await assert.rejects(dial('127.0.0.1:1', { preferredAddressPolicy }), {
    code: 'ERR_QUIC_OPTION',
    message: /preferredAddressPolicy.*ignore/,
  })
})

test('a session whose new endpoint leads nowhere comes back to the former one (section 9.3.2)', async () => {
  const server = await serve(echo)
  const nat = await Nat.open(server.endpoint.address.port, true)
  const session = await dial(`127.0.0.1:${nat.port}`)
  await session.opened
  await roundTrip(session)
  const first = session.endpoint
  const second = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  const outcome = Promise.withResolvers<string>()
  session.onpathvalidation = (result) => outcome.resolve(result)
  session.migrate(second)
  assert.equal(await outcome.promise, 'failure')
  await roundTrip(session)
  assert.equal(session.endpoint, first)
  await session.close()
  await second.close()
  await server.endpoint.close()
  nat.close()
})

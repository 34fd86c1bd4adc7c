// The address at which a server would rather be reached, over real sockets on loopback. RFC 9000 section 9.6.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { test } from 'node:test'
import { freePort } from '../../../scripts/support/free-port.ts'
import type { PreferredAddressOptions, QuicSession } from '../src/index.ts'
import { Nat } from './support/nat.ts'
import { dial, echo, readAll, type Server, serve } from './support/server.ts'

const DATA = randomBytes(1024 * 1024)

async function echoed(session: QuicSession): Promise<boolean> {
  const stream = await session.createBidirectionalStream()
  void stream.end(DATA)
  return (await readAll(stream)).equals(DATA)
}

/** A session that has heard whether the preferred address answers. */
async function validated(address: string): Promise<[session: QuicSession, result: string]> {
  const session = await dial(address)
  const result = await new Promise<string>((resolve) => {
    session.onpathvalidation = resolve
  })
  return [session, result]
}

async function end(server: Server, session: QuicSession): Promise<void> {
  await session.close()
  await server.endpoint.close()
}

test('a client goes on at the address that the server prefers, and so does the server', async () => {
  const server = await serve(echo, { preferredAddress: { ipv4: '127.0.0.1:0' } })
  const [preferred] = server.endpoint.preferredAddresses
  assert.ok(preferred !== undefined && preferred.port !== server.endpoint.address.port)
  const [session, result] = await validated(server.address)
  assert.equal(result, 'success')
  assert.deepEqual(session.path.remote, preferred)
  assert.ok(await echoed(session))
  const { path } = server.sessions[0]!
  assert.deepEqual([path.local, path.remote.port], [preferred, session.path.local.port])
  await end(server, session)
})

test('a preferred address of IPv6 is for clients that come by it', async () => {
  const server = await serve(echo, { endpoint: { address: '[::1]:0' }, preferredAddress: { ipv6: '[::1]:0' } })
  const [session, result] = await validated(`[::1]:${server.endpoint.address.port}`)
  assert.equal(result, 'success')
  assert.deepEqual(session.path.remote, server.endpoint.preferredAddresses[0])
  assert.ok(await echoed(session))
  await end(server, session)
})

test('a server behind a NAT names the address outside and binds the one inside', async () => {
  const port = await freePort()
  const nat = await Nat.open(port)
  const preferredAddress = { ipv4: `127.0.0.1:${nat.port}`, bind: { ipv4: `127.0.0.1:${port}` } }
  const server = await serve(echo, { preferredAddress })
  const [session, result] = await validated(server.address)
  assert.equal(result, 'success')
  assert.equal(session.path.remote.port, nat.port)
  assert.ok(await echoed(session))
  assert.equal(server.sessions[0]!.path.local.port, port)
  await end(server, session)
  nat.close()
})

test('no session begins at a preferred address', async () => {
  const server = await serve(echo, { preferredAddress: { ipv4: '127.0.0.1:0' } })
  const { port } = server.endpoint.preferredAddresses[0]!
  const session = await dial(`127.0.0.1:${port}`, { handshakeTimeout: 1000 })
  await assert.rejects(session.opened, { code: 'ERR_QUIC_HANDSHAKE' })
  // Its time may be over before the server has read what it sent.
  while (server.endpoint.stats.datagramsDropped === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(server.sessions.length, 0)
  await server.endpoint.close()
})

test('both ports are free once the endpoint is closed', async () => {
  const ports = [await freePort(), await freePort()] as const
  const server = await serve(echo, { endpoint: { address: `127.0.0.1:${ports[0]}` }, preferredAddress: { ipv4: `127.0.0.1:${ports[1]}` } })
  await server.endpoint.close()
  for (const port of ports) {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve))
    socket.close()
  }
})

test('a preferred address that cannot be bound leaves nothing open behind', async () => {
  const taken = createSocket('udp4')
  await new Promise<void>((resolve) => taken.bind(0, '127.0.0.1', resolve))
  const preferredAddress = { ipv4: `127.0.0.1:${taken.address().port}` }
  await assert.rejects(serve(echo, { preferredAddress }), { code: 'ERR_QUIC_LISTEN' })
  taken.close()
})

for (const [preferredAddress, message] of [
  [{}, /preferredAddress names no address/],
  [{ ipv4: 'example.org:443' }, /preferredAddress\.ipv4.*no literal IPv4/],
  [{ ipv4: '[::1]:443' }, /preferredAddress\.ipv4.*no literal IPv4/],
  [{ ipv4: '0.0.0.0:443' }, /preferredAddress\.ipv4.*no client/],
  [{ ipv6: '127.0.0.1:443' }, /preferredAddress\.ipv6.*no literal IPv6/],
  [{ ipv6: '[::1]:65536' }, /preferredAddress\.ipv6.*port/],
  [{ bind: { ipv4: '127.0.0.1:1' } }, /preferredAddress\.bind\.ipv4/],
] as [PreferredAddressOptions, RegExp][]) {
  test(`a wrong preferred address is told by its name: ${JSON.stringify(preferredAddress)}`, async () => {
    await assert.rejects(serve(echo, { preferredAddress }), { code: 'ERR_QUIC_OPTION', message })
  })
}

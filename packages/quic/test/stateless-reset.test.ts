// Stateless resets through real sockets: both sides, their sizes, their rate. RFC 9000 section 10.3.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { freePort } from '../../../scripts/support/free-port.ts'
import { endpointCore } from '../src/api/endpoint.ts'
import { QuicEndpoint } from '../src/index.ts'
import { bound, send } from './support/datagrams.ts'
import { dial, echo, serve } from './support/server.ts'
import { turn } from './support/stage.ts'

test('a server that was restarted tells its clients, who end at once', async () => {
  const resetTokenSecret = randomBytes(32)
  const address = await freeAddress()
  const first = await serve(echo, { endpoint: { address, resetTokenSecret } })
  const session = await dial(first.address)
  await session.opened
  const stream = await session.createBidirectionalStream()
  await stream.write('before')
  assert.equal(Buffer.from((await stream.read())!).toString(), 'before')
  // Without a word to anyone.
  await endpointCore(first.endpoint).close()
  const second = await serve(echo, { endpoint: { address, resetTokenSecret } })
  void stream.write('after, and long enough that a reset can be shorter than the packet which asks for it')
  await assert.rejects(session.closed, { code: 'ERR_QUIC_STATELESS_RESET', initiator: 'peer' })
  assert.ok(second.endpoint.stats.statelessResets > 0)
  await second.endpoint.close()
})

test('a session that has moved hears of it at its new endpoint, and its old one looks for no token any more (section 10.3.1)', async () => {
  const resetTokenSecret = randomBytes(32)
  const address = await freeAddress()
  const first = await serve(echo, { endpoint: { address, resetTokenSecret } })
  const [home, away] = [await QuicEndpoint.open({ address: '127.0.0.1:0' }), await QuicEndpoint.open({ address: '127.0.0.1:0' })]
  const { resetTokens } = endpointCore(home)
  const watched: Uint8Array[] = []
  const watch = resetTokens.watch.bind(resetTokens)
  resetTokens.watch = (member) => {
    watch(member)
    if (member.resetToken !== null) watched.push(member.resetToken)
  }
  const session = await dial(first.address, { endpoint: home })
  const stream = await session.createBidirectionalStream()
  await stream.write('before')
  assert.equal(Buffer.from((await stream.read())!).toString(), 'before')
  const validated = new Promise((resolve) => {
    session.onpathvalidation = resolve
  })
  const token = Buffer.from(watched.at(-1)!)
  assert.ok(resetTokens.find(token, token.length) !== undefined)
  session.migrate(away)
  assert.equal(await validated, 'success')
  assert.equal(resetTokens.find(token, token.length), undefined)
  await endpointCore(first.endpoint).close()
  const second = await serve(echo, { endpoint: { address, resetTokenSecret } })
  void stream.write('after, and long enough that a reset can be shorter than the packet which asks for it')
  await assert.rejects(session.closed, { code: 'ERR_QUIC_STATELESS_RESET', initiator: 'peer' })
  await Promise.all([home.close(), away.close(), second.endpoint.close()])
})

test('with another secret nobody believes the reset', async () => {
  const address = await freeAddress()
  const first = await serve(echo, { endpoint: { address } })
  const session = await dial(first.address)
  await session.opened
  const stream = await session.createBidirectionalStream()
  await endpointCore(first.endpoint).close()
  const second = await serve(echo, { endpoint: { address } })
  const written = stream.write('a packet that is long enough for a reset to be shorter').catch(() => {})
  // Packets of its session are not dropped.
  while (session.endpoint.stats.datagramsDropped === 0) await turn()
  assert.ok(second.endpoint.stats.statelessResets > 0)
  assert.equal(session.destroyed, false)
  session.destroy()
  await written
  await second.endpoint.close()
})

for (const first of [0x40, 0xc0, 0x00]) {
  test(`a datagram that ends with the token resets, though its first byte is 0x${first.toString(16)}: other versions may have other headers`, async () => {
    const server = await serve(echo)
    const session = await dial(server.address)
    await session.opened
    const { resetTokens } = endpointCore(session.endpoint)
    const token = Promise.withResolvers<Uint8Array>()
    const watch = resetTokens.watch.bind(resetTokens)
    resetTokens.watch = (member) => {
      watch(member)
      token.resolve(member.connection.remoteIds.resetToken!)
    }
    await (await session.createBidirectionalStream()).write('a word')
    // As if the server had lost its state, and were of a later version.
    const reset = Buffer.concat([randomBytes(40), await token.promise])
    reset[0] = (reset[0]! & 0x3f) | first
    const { socket } = endpointCore(server.endpoint)
    socket.outgoing.bytes.set(reset)
    socket.send(0, reset.length, reset.length, socket.resolve('127.0.0.1', session.endpoint.address.port))
    await assert.rejects(session.closed, { code: 'ERR_QUIC_STATELESS_RESET', initiator: 'peer' })
    server.endpoint.destroy()
  })
}

test('a reset is smaller than what it answers, none answers the smallest, and the rate is held', async () => {
  const began = performance.now()
  const server = await serve(echo, { endpoint: { address: '127.0.0.1:0', statelessResetRate: 1, statelessResetBurst: 40 } })
  const { port } = server.endpoint.address
  const socket = await bound()
  const heard: Buffer[] = []
  let enough = Promise.withResolvers<void>()
  socket.on('message', (bytes) => {
    heard.push(bytes)
    enough.resolve()
  })
  for (const length of [21, 12, 9, 1]) await send(socket, shortPacket(length), port)
  for (const length of [22, 30, 43, 44, 60, 1200]) {
    enough = Promise.withResolvers()
    await send(socket, shortPacket(length), port)
    await enough.promise
    const reset = heard.at(-1)!
    assert.ok(reset.length < length && reset.length >= 21 && reset.length <= 43, `${reset.length} bytes for ${length}`)
    assert.equal(reset[0]! >> 6, 1, 'it looks like a short header')
  }
  assert.equal(heard.length, 6, 'the smallest got no answer')
  for (let i = 0; i < 300; i++) {
    await send(socket, shortPacket(100), port)
    if (i % 20 === 19) await turn()
  }
  const session = await dial(server.address)
  await session.opened
  const { statelessResets, repliesLimited } = server.endpoint.stats
  const allowed = 40 + (performance.now() - began) / 1000
  assert.ok(statelessResets <= allowed && statelessResets + repliesLimited === 306, `${statelessResets} sent, ${repliesLimited} not`)
  await session.close()
  socket.close()
  await server.endpoint.close()
})

test('two endpoints that know nothing of each other do not reset each other for ever', async () => {
  const [a, b] = await Promise.all([serve(echo), serve(echo)])
  const datagram = shortPacket(1200)
  // As if `a` had sent it to `b`: whatever they answer goes from one to the other.
  const { socket } = endpointCore(a.endpoint)
  socket.outgoing.bytes.set(datagram)
  socket.send(0, datagram.length, datagram.length, socket.resolve('127.0.0.1', b.endpoint.address.port))
  const session = await dial(b.address)
  await session.opened
  await session.close()
  const resets = a.endpoint.stats.statelessResets + b.endpoint.stats.statelessResets
  // Each is one byte shorter than the one before, from 43 down to 21.
  assert.ok(resets >= 1 && resets <= 23, `${resets}`)
  await Promise.all([a.endpoint.close(), b.endpoint.close()])
})

/** To be bound, given back and bound again. */
async function freeAddress(): Promise<string> {
  return `127.0.0.1:${await freePort()}`
}

function shortPacket(length: number): Buffer {
  const bytes = randomBytes(length)
  bytes[0] = 0x40 | (bytes[0]! & 0x3f)
  return bytes
}

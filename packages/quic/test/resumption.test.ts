// Resumption and 0-RTT over real sockets, over a restart of the server, and against an attacker who replays. RFC 9001 sections 4.5, 4.6 and 9.2.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { test } from 'node:test'
import { MemoryEarlyDataGuard, MemorySessionStore, QuicEndpoint, type QuicStream } from '../src/index.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

const ticketKey = randomBytes(32)

/** One exchange with the server, begun without waiting for the handshake. */
async function ask(address: string, sessionStore: MemorySessionStore): Promise<{ reply: string; attempted: boolean; accepted: boolean }> {
  const session = await dial(address, { sessionStore, enableEarlyData: true, servername: 'localhost' })
  const ticket = Promise.withResolvers<void>()
  session.onsessionticket = () => ticket.resolve()
  const stream = await session.createBidirectionalStream()
  const reply = readAll(stream)
  await stream.end('question')
  const text = (await reply).toString()
  const info = await session.opened
  await ticket.promise
  await session.close()
  return { reply: text, attempted: info.earlyDataAttempted, accepted: info.earlyDataAccepted }
}

test('0-RTT is taken after a restart by a server with the same ticket key, and data of a refused one arrives in 1-RTT', async (t) => {
  const earlyDataGuard = new MemoryEarlyDataGuard()
  const sessionStore = new MemorySessionStore()
  const early: boolean[] = []
  const serving = (stream: QuicStream) => {
    early.push(stream.early)
    return echo(stream)
  }
  const expected = [
    { options: { enableEarlyData: true, ticketKey, earlyDataGuard }, attempted: false, accepted: false },
    { options: { enableEarlyData: true, ticketKey, earlyDataGuard }, attempted: true, accepted: true },
    // What the process before it saw, this one cannot know.
    { options: { enableEarlyData: true, ticketKey }, attempted: true, accepted: false },
    { options: { enableEarlyData: true }, attempted: true, accepted: false },
    { options: {}, attempted: true, accepted: false },
  ]
  let port = 0
  for (const { options, attempted, accepted } of expected) {
    const server = await serve(serving, { ...options, endpoint: { address: `127.0.0.1:${port}` } })
    port = server.endpoint.address.port
    t.after(() => server.endpoint.destroy())
    const told = await ask(server.address, sessionStore)
    assert.deepEqual(told, { reply: 'question', attempted, accepted })
    assert.equal(server.sessions[0]!.servername, 'localhost')
    await server.endpoint.close()
  }
  assert.deepEqual(early, [false, true, false, false, false])
})

test('a first flight that an attacker sends again opens no stream', async (t) => {
  let streams = 0
  const server = await serve(
    (stream) => {
      streams++
      return echo(stream)
    },
    { enableEarlyData: true },
  )
  t.after(() => server.endpoint.destroy())
  const relay = createSocket('udp4')
  t.after(() => relay.close())
  await new Promise<void>((resolve) => relay.bind(0, '127.0.0.1', resolve))
  const recorded: Buffer[] = []
  let client = 0
  relay.on('message', (datagram, from) => {
    if (from.port === server.endpoint.address.port) return client > 0 && relay.send(datagram, client, '127.0.0.1')
    client = from.port
    recorded.push(datagram)
    relay.send(datagram, server.endpoint.address.port, '127.0.0.1')
  })
  const sessionStore = new MemorySessionStore()
  await ask(`127.0.0.1:${relay.address().port}`, sessionStore)
  recorded.length = 0
  assert.equal((await ask(`127.0.0.1:${relay.address().port}`, sessionStore)).accepted, true)
  assert.equal(streams, 2)
  await server.sessions[1]!.closed
  for (const datagram of recorded.splice(0)) relay.send(datagram, server.endpoint.address.port, '127.0.0.1')
  // Who asks behind them is served after them: the relay's datagrams arrive in order.
  await ask(`127.0.0.1:${relay.address().port}`, sessionStore)
  assert.equal(server.sessions.length, 4)
  assert.equal(streams, 3, 'of the three who asked')
  assert.equal(server.sessions[2]!.destroyed, false, 'begun, and waiting for a client that is not there')
})

test('a guard admits a ClientHello once, forgets it when it can come back no more, and never holds more than it may', () => {
  const guard = new MemoryEarlyDataGuard({ now: 0 })
  const random = randomBytes(32)
  assert.deepEqual(
    [guard.admit(random, 1), guard.admit(random, 2), guard.admit(random, 20_001), guard.admit(random, 39_000)],
    [true, false, false, false],
  )
  assert.equal(guard.admit(random, 100_000), true)
  const restarted = new MemoryEarlyDataGuard({ restarted: true, now: 0 })
  assert.deepEqual([restarted.admit(random, 19_999), restarted.admit(random, 20_001)], [false, true])
  const flooded = new MemoryEarlyDataGuard({ now: 0 })
  let admitted = 0
  for (let i = 0; i < 70_000; i++) if (flooded.admit(Buffer.from(`${i}`), 1)) admitted++
  assert.equal(admitted, 65_536)
})

test('a ticket key that is too short is refused by the name of the option', async () => {
  await assert.rejects(serve(echo, { ticketKey: randomBytes(8) }), { code: 'ERR_QUIC_OPTION', message: /ticketKey/ })
})

test('a server rotates its ticket key: the tickets of three before still count; who does not listen has none', async () => {
  const server = await serve(echo, { enableEarlyData: true })
  const sessionStore = new MemorySessionStore()
  await ask(server.address, sessionStore)
  server.endpoint.rotateTicketKey()
  server.endpoint.rotateTicketKey(randomBytes(32))
  assert.equal((await ask(server.address, sessionStore)).accepted, true)
  for (let i = 0; i < 4; i++) server.endpoint.rotateTicketKey()
  assert.deepEqual(await ask(server.address, sessionStore), { reply: 'question', attempted: true, accepted: false })
  assert.throws(() => server.endpoint.rotateTicketKey(randomBytes(5)), {
    code: 'ERR_QUIC_OPTION',
    message: /^Option ticketKey has 5 bytes/,
  })
  await server.endpoint.close()
  const other = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  assert.throws(() => other.rotateTicketKey(), { code: 'ERR_QUIC_CLOSED' })
  await other.close()
})

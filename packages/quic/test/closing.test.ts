// The end of a connection: what is said, to whom, how often, and the silence after it. RFC 9000 section 10.2.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseHeader } from '../src/core/wire/packet-header.ts'
import { closeOf, connected, described, open, shakenHands } from './support/connected.ts'
import { Hostile } from './support/hostile.ts'
import { Pair } from './support/pair.ts'

test('a close is heard with its code and reason; both sides fall silent and are done', () => {
  const pair = connected()
  pair.client.connection.close(42n, 'enough', pair.now)
  pair.client.drain()
  assert.deepEqual(closeOf(pair.client), {
    type: 'closed',
    initiator: 'local',
    layer: 'application',
    code: 42n,
    reason: 'enough',
    cause: undefined,
  })
  assert.ok(pair.run(() => closeOf(pair.server) !== null))
  assert.deepEqual(closeOf(pair.server), { type: 'closed', initiator: 'peer', layer: 'application', code: 42n, reason: 'enough' })
  const sent = pair.datagrams
  assert.equal(
    pair.run(() => false),
    false,
  )
  assert.equal(pair.datagrams, sent, 'nobody answers a close')
  assert.ok(pair.client.connection.finished && pair.server.connection.finished)
  for (const end of [pair.client, pair.server]) assert.equal(end.events.filter((event) => event.type === 'closed').length, 1)
  pair.release()
})

test('a client that leaves as soon as its handshake is done says Finished before its farewell, so that the server hears the code (section 10.2.3)', () => {
  const pair = new Pair()
  pair.onevent = (end, event) => {
    if (end === pair.client && event.type === 'handshakeCompleted') pair.client.connection.close(42n, 'seen enough', pair.now)
  }
  assert.ok(pair.run(() => closeOf(pair.server) !== null))
  assert.ok(pair.server.has('handshakeCompleted'))
  assert.deepEqual(closeOf(pair.server), { type: 'closed', initiator: 'peer', layer: 'application', code: 42n, reason: 'seen enough' })
  pair.release()
})

test('closing lasts three probe timeouts', () => {
  const pair = connected({ delayMillis: 40 })
  const pto = pair.client.connection.recovery.ptoDuration()
  const since = pair.now
  pair.client.connection.close(0n, '', since)
  assert.equal(pair.client.connection.wakeAt(), since + 3 * pto)
  pair.run(() => pair.client.connection.finished)
  assert.equal(pair.now, since + 3 * pto)
  pair.release()
})

test('a close that is lost is said again when the peer goes on, ever less often', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  pair.server.connection.close(7n, '', pair.now)
  hostile.listen()
  assert.equal(hostile.all('connectionClose').length, 1)
  for (let i = 0; i < 100; i++) hostile.send([{ type: 'ping' }])
  const count = hostile.all('connectionClose').length
  assert.ok(count >= 5 && count <= 8, `${count} closes for 100 packets`)
  assert.ok(
    hostile.heard.every((frame) => frame.type === 'connectionClose'),
    'and nothing else is said',
  )
  pair.release()
})

test('after the close of the peer nothing is said, whatever arrives', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  hostile.send([{ type: 'connectionClose', layer: 'application', code: 9n, frameType: 0, reason: 'bye' }])
  open(pair.server).send!.write(Buffer.from('too late'))
  for (let i = 0; i < 10; i++) hostile.send([{ type: 'ping' }])
  assert.deepEqual(hostile.heard, [])
  assert.deepEqual(closeOf(pair.server), { type: 'closed', initiator: 'peer', layer: 'application', code: 9n, reason: 'bye' })
  pair.release()
})

test('what stands behind CONNECTION_CLOSE, in its packet or its datagram, is not looked at', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  hostile.send([
    { type: 'connectionClose', layer: 'transport', code: 0n, frameType: 0, reason: '' },
    { type: 'stream', stream: 0, offset: 0, fin: false, data: Buffer.from('late') },
    { type: 'handshakeDone' },
  ])
  assert.equal(pair.server.has('streamOpened'), false)
  assert.deepEqual(closeOf(pair.server), { type: 'closed', initiator: 'peer', layer: 'transport', code: 0n, reason: '' })
  pair.release()
})

test('a client that closes in its handshake keeps what the application says to itself', () => {
  const pair = new Pair()
  pair.run(() => pair.datagrams > 0)
  pair.client.connection.close(99n, 'a secret', pair.now)
  assert.ok(
    pair.run(() => closeOf(pair.server) !== null, 5000),
    described(pair),
  )
  // APPLICATION_ERROR. Section 10.2.3.
  assert.deepEqual(closeOf(pair.server), { type: 'closed', initiator: 'peer', layer: 'transport', code: 0x0cn, reason: '' })
  pair.release()
})

test('a client that closes before the server has its Finished is understood', () => {
  const pair = new Pair()
  assert.ok(pair.run(() => pair.client.has('handshakeCompleted')))
  pair.client.connection.close(5n, 'changed my mind', pair.now)
  assert.ok(
    pair.run(() => closeOf(pair.server) !== null, 5000),
    described(pair),
  )
  const reason = closeOf(pair.server)
  assert.ok(reason?.type === 'closed' && reason.initiator === 'peer')
  pair.release()
})

test('a server that closes right after its handshake is understood', () => {
  const pair = new Pair()
  assert.ok(pair.run(() => pair.server.has('handshakeCompleted')))
  pair.server.connection.close(6n, 'go away', pair.now)
  assert.ok(pair.run(() => closeOf(pair.client) !== null, 5000))
  assert.deepEqual(closeOf(pair.client), { type: 'closed', initiator: 'peer', layer: 'application', code: 6n, reason: 'go away' })
  pair.release()
})

test('both close at once: each keeps its own reason', () => {
  const pair = connected()
  pair.client.connection.close(1n, 'client', pair.now)
  pair.server.connection.close(2n, 'server', pair.now)
  assert.equal(
    pair.run(() => false),
    false,
  )
  const codes = [pair.client, pair.server]
    .map((end) => closeOf(end))
    .map((reason) => reason?.type === 'closed' && [reason.initiator, reason.code])
  assert.deepEqual(codes, [
    ['local', 1n],
    ['local', 2n],
  ])
  assert.ok(pair.client.connection.finished && pair.server.connection.finished)
  pair.release()
})

test('closing twice says one thing', () => {
  const pair = connected()
  pair.client.connection.close(1n, 'first', pair.now)
  pair.client.connection.close(2n, 'second', pair.now)
  pair.run(() => closeOf(pair.server) !== null)
  const reason = closeOf(pair.server)
  assert.ok(reason?.type === 'closed' && reason.code === 1n)
  assert.equal(pair.client.events.filter((event) => event.type === 'closed').length, 1)
  pair.release()
})

test('a long reason is cut to what fits, by whole characters', () => {
  const pair = connected()
  pair.client.connection.close(1n, '€'.repeat(1000), pair.now)
  pair.run(() => closeOf(pair.server) !== null)
  const reason = closeOf(pair.server)
  assert.ok(reason?.type === 'closed')
  assert.match(reason.reason, /^€{50,}…$/)
  pair.release()
})

test('a released connection does nothing any more', () => {
  const pair = connected()
  pair.client.connection.release()
  pair.client.connection.release()
  assert.equal(pair.client.transmit(pair.now), null)
  assert.equal(pair.client.connection.wakeAt(), null)
  pair.client.receive(Buffer.alloc(1200, 0x40), pair.now)
  pair.client.connection.close(1n, '', pair.now)
  pair.client.drain()
  assert.equal(closeOf(pair.client), null)
  pair.release()
})

test('once the handshake is confirmed a close is said in a 1-RTT packet alone (section 10.2.3)', () => {
  for (const side of ['client', 'server'] as const) {
    const pair = shakenHands()
    pair[side].connection.close(1n, '', pair.now)
    const farewell = pair[side].transmit(pair.now)!
    assert.equal(parseHeader(farewell, 0, farewell.length, 8)!.type, '1rtt')
    pair.release()
  }
})

test('while closing, datagrams from another address move nobody, and get no answer there (section 10.2.1)', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  pair.server.connection.close(1n, '', pair.now)
  hostile.listen()
  const home = pair.server.connection.path.remote
  for (let i = 0; i < 20; i++) {
    pair.server.receive(hostile.seal([{ type: 'ping' }]), pair.now, { family: 4, address: '203.0.113.66', port: 1 })
    while (pair.server.transmit(pair.now) !== null) assert.deepEqual(pair.server.way.to, home)
  }
  pair.release()
})

test('a packet that breaks a rule is not acknowledged (section 13.1)', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  hostile.send([{ type: 'ping' }], { number: 2000 })
  hostile.send([{ type: 'handshakeDone' }], { number: 2001 })
  assert.equal(hostile.verdict, 'PROTOCOL_VIOLATION')
  const largest = Math.max(...hostile.all('ack').map(({ ranges }) => ranges[0]!.largest))
  assert.equal(largest, 2000)
  pair.release()
})

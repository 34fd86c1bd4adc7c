// Idle timeout, keep-alive, and the probe timeout for what the tail of a flight loses. RFC 9000 section 10.1, RFC 9002 section 6.2.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, closeOf, connected, described, open, read, say } from './support/connected.ts'
import { Pair } from './support/pair.ts'

const idle = (millis: number): { maxIdleTimeout: number } => ({ maxIdleTimeout: millis })

test('a silent connection ends after the smaller of both idle timeouts, on both sides, without a word', () => {
  const pair = connected({ client: idle(5000), server: idle(9000) })
  const since = pair.now
  const sent = pair.datagrams
  pair.run(() => closeOf(pair.client) !== null && closeOf(pair.server) !== null)
  assert.deepEqual(closeOf(pair.client), { type: 'idleTimeout', afterMillis: 5000 })
  assert.deepEqual(closeOf(pair.server), { type: 'idleTimeout', afterMillis: 5000 })
  assert.ok(pair.now - since <= 5000 && pair.now - since > 4900, `${pair.now - since}`)
  assert.equal(pair.datagrams, sent)
  assert.equal(pair.client.connection.wakeAt(), null)
  assert.ok(pair.client.connection.finished)
  pair.release()
})

test('with one idle timeout, that one counts; with none, nothing ends', () => {
  const one = connected({ client: idle(0), server: idle(4000) })
  assert.ok(one.run(() => closeOf(one.client)?.type === 'idleTimeout', 5000))
  one.release()
  const none = connected({ client: idle(0), server: idle(0) })
  none.pass(10_000_000)
  assert.deepEqual([closeOf(none.client), closeOf(none.server)], [null, null])
  none.release()
})

test('the idle timeout is three probe timeouts at least', () => {
  const pair = connected({ client: idle(1), server: idle(1), delayMillis: 100 })
  const since = pair.now
  pair.run(() => closeOf(pair.client) !== null)
  assert.ok(pair.now - since > 500)
  pair.release()
})

test('one word restarts the idle timeout on both sides', () => {
  const pair = connected({ client: idle(5000), server: idle(5000) })
  for (let round = 0; round < 5; round++) {
    pair.pass(4000)
    open(pair.client, 'uni').send!.write(Buffer.from('still here'))
  }
  pair.pass(4000)
  assert.deepEqual([closeOf(pair.client), closeOf(pair.server)], [null, null])
  pair.release()
})

test('what is sent to nobody does not keep a connection alive', () => {
  let cut = false
  const pair = connected({ client: idle(5000), server: idle(5000), drop: () => cut })
  cut = true
  const since = pair.now
  const stream = open(pair.client)
  const write = (): void => {
    if (closeOf(pair.client) !== null) return
    stream.send!.write(Buffer.from('hello?'))
    pair.after(500, write)
  }
  write()
  assert.ok(pair.run(() => closeOf(pair.client)?.type === 'idleTimeout', 20_000))
  assert.ok(pair.now - since < 5600)
  pair.release()
})

test('keep-alive keeps a silent connection alive, at the price of one packet an interval', () => {
  const pair = connected({ client: idle(5000), server: idle(5000), keepAliveMillis: 2000 })
  const before = pair.client.connection.recovery.stats.packetsSent
  pair.pass(60_000)
  assert.deepEqual([closeOf(pair.client), closeOf(pair.server)], [null, null])
  const sent = pair.client.connection.recovery.stats.packetsSent - before
  assert.ok(sent >= 10 && sent <= 62, `${sent} packets in a minute`)
  pair.release()
})

test('keep-alive does not keep a connection to nobody alive', () => {
  let cut = false
  const pair = connected({ client: idle(5000), server: idle(5000), keepAliveMillis: 1000, drop: () => cut })
  cut = true
  assert.ok(pair.run(() => closeOf(pair.client)?.type === 'idleTimeout' && closeOf(pair.server)?.type === 'idleTimeout', 20_000))
  pair.release()
})

test('a handshake that nobody answers is given up in time', () => {
  const pair = new Pair({ drop: () => true, handshakeTimeoutMillis: 7000 })
  assert.ok(pair.run(() => closeOf(pair.client) !== null))
  assert.deepEqual(closeOf(pair.client), { type: 'handshakeTimeout', afterMillis: 7000 })
  assert.equal(pair.now, 1000 + 7000)
  const { probeTimeouts } = pair.client.connection.recovery.stats
  assert.ok(probeTimeouts >= 2 && probeTimeouts <= 3, 'the ClientHello went out again, ever less often')
  assert.ok(pair.client.connection.finished)
  pair.release()
})

for (const [what, size] of [
  ['a lone FIN', 0],
  ['one packet', 100],
  ['the last packets of a flight', 8000],
] as const) {
  test(`${what}: lost, it is sent again after a probe timeout`, () => {
    let left = 0
    const pair = connected({ drop: (from) => from === 'client' && left-- > 0, delayMillis: 20 })
    const pto = pair.client.connection.recovery.ptoDuration()
    left = 10
    const since = pair.now
    const stream = say(pair.client, Buffer.alloc(size, 7))
    assert.ok(
      pair.run(() => stream.send!.state === 'dataReceived', 60_000),
      described(pair),
    )
    assert.ok(pair.client.connection.recovery.stats.probeTimeouts > 0)
    assert.ok(pair.now - since >= pto)
    assert.equal(read(pair.server, at(pair.server, stream)).length, size)
    pair.release()
  })
}

test('resets, stops and credit that are lost are said again', () => {
  let cut = false
  const pair = connected({ drop: () => cut, server: { initialMaxStreamDataBidiRemote: 1000 } })
  const stream = open(pair.client)
  stream.send!.write(Buffer.alloc(500))
  const other = open(pair.client)
  other.send!.write(Buffer.alloc(1000))
  pair.run(() => false, 500)
  cut = true
  pair.client.connection.streams.resetStream(stream, 5n)
  pair.client.connection.streams.stopSending(stream, 6n)
  read(pair.server, at(pair.server, other))
  pair.pass(300)
  cut = false
  assert.ok(pair.run(() => other.send!.credit.limit === 2000 && pair.server.has('streamStopped'), 10_000))
  assert.equal(at(pair.server, stream).receive!.resetCode, 5n)
  const stopped = pair.server.events.find((event) => event.type === 'streamStopped')
  assert.equal(stopped?.code, 6n)
  pair.release()
})

test('a connection with nothing to do wakes for nothing but the idle timeout', () => {
  const pair = connected({ client: idle(60_000), server: idle(60_000) })
  const transmitted = pair.datagrams
  let checks = 0
  pair.oncheck = () => checks++
  pair.run(() => false, 50_000)
  assert.equal(pair.datagrams, transmitted)
  assert.ok(checks <= 4, `${checks} wakes`)
  pair.release()
})

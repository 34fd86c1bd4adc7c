// What arrives with an acknowledgement is told before the acknowledgement is settled, and answered before, where that changes nothing of what may be sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeOf, connected, read } from './support/connected.ts'
import { Hostile } from './support/hostile.ts'
import type { End, Pair } from './support/pair.ts'

/** Both have a stream with a byte each way behind them, and nothing in flight. */
function calm(): { readonly pair: Pair; readonly ask: () => void; readonly acknowledged: () => number } {
  const pair = connected()
  const stream = pair.client.connection.streams.openStream('bidi')!
  pair.onevent = (end, event) => {
    if (event.type !== 'streamReadable') return
    const { length } = read(end, event.stream)
    if (end === pair.server) event.stream.send!.write(Buffer.alloc(length))
  }
  const ask = () => stream.send!.write(Buffer.alloc(100))
  for (let turn = 1; turn <= 5; turn++) {
    ask()
    assert.ok(pair.run(() => stream.receive!.received === turn * 100))
  }
  return { pair, ask, acknowledged: () => pair.server.connection.recovery.stats.packetsAcknowledged }
}

/** The datagrams that an end has to say now. */
function datagramsOf(end: End, now: number): Buffer[] {
  const datagrams: Buffer[] = []
  for (let datagram = end.transmit(now); datagram !== null; datagram = end.transmit(now)) datagrams.push(datagram)
  return datagrams
}

test('an answer is built before what the question acknowledged is settled, and settled it is when another datagram is asked for', () => {
  const { pair, ask, acknowledged } = calm()
  const { client, server } = pair
  ask()
  const [question, ...more] = datagramsOf(client, pair.now)
  assert.equal(more.length, 0)
  const before = acknowledged()
  server.receive(question!, pair.now)
  assert.equal(acknowledged(), before)
  const answer = server.transmit(pair.now)
  assert.ok(answer !== null && answer.length > 100)
  assert.equal(acknowledged(), before)
  assert.equal(server.transmit(pair.now), null)
  assert.equal(acknowledged(), before + 1)
  pair.release()
})

test('it is settled as well by who asks when to wake, and by the next packet', () => {
  for (const settles of [
    ({ connection }: End) => connection.wakeAt(),
    (end: End, pair: Pair, ask: () => void) => {
      ask()
      for (const datagram of datagramsOf(pair.client, pair.now)) end.receive(datagram, pair.now)
    },
  ]) {
    const { pair, ask, acknowledged } = calm()
    ask()
    const before = acknowledged()
    for (const datagram of datagramsOf(pair.client, pair.now)) pair.server.receive(datagram, pair.now)
    assert.equal(acknowledged(), before)
    settles(pair.server, pair, ask)
    assert.equal(acknowledged(), before + 1)
    pair.release()
  }
})

test('what the farewell of either side finds acknowledged is settled before it, so that streams that have arrived do not count as broken off', () => {
  for (const leaves of [
    ({ client, server, now }: Pair) => {
      client.connection.close(0n, '', now)
      for (const datagram of datagramsOf(client, now)) server.receive(datagram, now)
    },
    ({ client, server, now }: Pair) => {
      for (const datagram of datagramsOf(client, now)) server.receive(datagram, now)
      server.connection.close(0n, '', now)
    },
  ]) {
    const { pair, ask, acknowledged } = calm()
    ask()
    const before = acknowledged()
    leaves(pair)
    assert.equal(acknowledged(), before + 1)
    pair.release()
  }
})

test('the round trip ends when the acknowledgement arrives, not when it is settled', () => {
  const { pair, ask } = calm()
  const { rtt } = pair.server.connection.recovery
  ask()
  const [question] = datagramsOf(pair.client, pair.now)
  pair.server.receive(question!, pair.now)
  const { latest } = rtt
  pair.server.transmit(pair.now + 1000)
  pair.server.transmit(pair.now + 2000)
  assert.ok(rtt.latest < latest + 1000, `${latest} before, ${rtt.latest} after`)
  pair.release()
})

test('who acknowledges what was never sent is found out at once, calm or not (RFC 9000 section 13.1)', () => {
  const { pair } = calm()
  const hostile = new Hostile(pair)
  hostile.send([{ type: 'ack', delay: 0, ranges: [{ smallest: 0, largest: 1_000_000 }], ecn: null }])
  assert.equal(pair.server.connection.closing.state, 'closing')
  assert.equal(closeOf(pair.server)?.type, 'closed')
  pair.release()
})

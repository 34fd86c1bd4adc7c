// Whole exchanges through bad paths, and what the network says when a peer misbehaves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Arrival, type ImpairmentOptions, Network, type Outgoing, type Peer } from '@millrace/netsim'
import { Receiver, Sender } from './stop-and-wait.ts'

const idle: Peer = { receive() {}, transmit: () => null, wakeAt: () => null, wake() {} }

const everything: ImpairmentOptions = {
  delayMillis: 15,
  jitterMillis: 10,
  bitsPerSecond: 10_000_000,
  lossRate: 0.2,
  lossBurst: 3,
  corruptRate: 0.1,
  duplicateRate: 0.1,
  reorderRate: 0.1,
  blackHoles: [{ fromMillis: 2000, untilMillis: 4000 }],
}

function exchange(seed: number, options: ImpairmentOptions, count = 200) {
  const sender = new Sender(count)
  const receiver = new Receiver()
  const network = new Network(sender, receiver, { seed, aToB: options })
  return { sender, receiver, network }
}

test('a hundred seeds of everything that can go wrong, and all arrives in order', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const { sender, receiver, network } = exchange(seed, everything)
    network.runUntil(() => sender.isDone, 600_000)
    assert.deepEqual(
      receiver.received,
      Array.from({ length: 200 }, (_, index) => index),
      `seed ${seed}`,
    )
  }
})

test('the same seed gives the same trace to the last byte, another seed another', () => {
  const trace = (seed: number) => {
    const { network } = exchange(seed, everything)
    network.run(600_000)
    return network.trace.events
  }
  assert.deepEqual(trace(7), trace(7))
  assert.notDeepEqual(trace(7), trace(8))
})

test('a clean path takes one round trip a datagram, and then the network is quiescent', () => {
  const { network, receiver } = exchange(1, { delayMillis: 10 }, 50)
  assert.equal(network.run(10_000), 'quiescent')
  assert.equal(network.clock.now, 50 * 20)
  assert.equal(receiver.received.length, 50)
  assert.deepEqual([network.aToB.sent, network.bToA.sent], [50, 50])
})

test('a run stops at its deadline and can go on from there', () => {
  const { network, receiver } = exchange(1, { delayMillis: 10 }, 50)
  assert.equal(network.run(505), 'deadline')
  assert.deepEqual([network.clock.now, receiver.received.length], [505, 25])
  assert.equal(network.run(10_000), 'quiescent')
  assert.equal(receiver.received.length, 50)
})

test('the directions have faults of their own', () => {
  const sender = new Sender(5)
  const network = new Network(sender, new Receiver(), { seed: 1, aToB: { delayMillis: 1 }, bToA: { delayMillis: 2, dropList: [1, 2] } })
  assert.equal(network.run(10_000), 'quiescent')
  assert.equal(network.clock.now, 2 * 100 + 5 * 3)
})

test('a path can change while it is used', () => {
  const { network, sender } = exchange(1, { delayMillis: 10 }, 50)
  network.clock.schedule(200, () => network.aToB.impair({ delayMillis: 10, lossRate: 1 }))
  network.clock.schedule(1000, () => network.aToB.impair({ delayMillis: 30 }))
  network.runUntil(() => sender.isDone, 10_000)
  const dropped = network.trace.events.filter((event) => event.what === 'lost')
  assert.ok(dropped.length > 0)
  assert.ok(dropped.every((event) => event.at >= 200 && event.at < 1000))
})

test('what is waited for in vain is an error that names the seed and shows the last events', () => {
  const { network, sender } = exchange(4711, { lossRate: 1 })
  assert.throws(() => network.runUntil(() => sender.isDone, 1000), {
    name: 'NetsimError',
    code: 'DEADLINE',
    message: /deadline is reached.*\(seed 4711, at 1000 ms\)\n(.*\n)*.*a > b {2}#10 {2}lost/,
  })
  assert.throws(() => new Network(idle, idle, { seed: 5 }).runUntil(() => false, 1000), {
    code: 'DEADLINE',
    message: /nothing more happens.*seed 5/,
  })
})

test('what a peer throws comes out with the seed and its cause', () => {
  const cause = new Error('broken')
  const broken: Peer = {
    ...idle,
    receive() {
      throw cause
    },
  }
  const network = new Network(new Sender(1), broken, { seed: 4711 })
  assert.throws(() => network.run(1000), { code: 'PEER_FAILED', message: /^peer b threw in receive: broken \(seed 4711/, cause })
})

test('a peer that asks to be woken and never has enough is found out', () => {
  const sleepless: Peer = { ...idle, wakeAt: () => 5 }
  assert.throws(() => new Network(idle, sleepless, { seed: 1 }).run(1000), {
    code: 'STALLED',
    message: /peer a wants to be woken at null, peer b at 5/,
  })
})

test('a peer that sends without end is found out', () => {
  const flood: Peer = { ...idle, transmit: () => new Uint8Array(1) }
  assert.throws(() => new Network(flood, idle, { seed: 1, aToB: { lossRate: 1 } }).run(1000), {
    code: 'STALLED',
    message: /peer a sends without end/,
  })
})

test('the trace keeps the newest events and counts them all', () => {
  const sender = new Sender(50)
  const network = new Network(sender, new Receiver(), { seed: 1, aToB: { delayMillis: 1 }, traceLimit: 7 })
  network.run(10_000)
  const { events, count } = network.trace
  assert.equal(count, 200)
  assert.equal(events.length, 7)
  assert.deepEqual(events.at(-1), { at: 100, from: 'b', index: 50, what: 'arrived', size: 4, ecn: 0, digest: events.at(-1)!.digest })
  assert.ok(events.every((event, index) => index === 0 || event.at >= events[index - 1]!.at))
})

/** Sends a datagram each millisecond, and keeps what comes back and how. */
function talker(send: (now: number) => Outgoing) {
  let at = 1
  const heard: { arrival: Arrival; now: number }[] = []
  const peer: Peer = {
    receive: (_bytes, now, arrival) => void heard.push({ arrival, now }),
    transmit(now) {
      if (now !== at || at > 20) return null
      at++
      return send(now)
    },
    wakeAt: () => (at <= 20 ? at : null),
    wake() {},
  }
  return { peer, heard }
}

test('a side that is rebound has another address, and what goes to the old one is lost (RFC 9000 section 9.3)', () => {
  const a = talker(() => ({ bytes: new Uint8Array(1), to: 'b' }))
  const b = talker(() => ({ bytes: new Uint8Array(1), to: 'a' }))
  const network = new Network(a.peer, b.peer, { seed: 1, aToB: { delayMillis: 2 } })
  network.clock.schedule(10.5, () => network.rebind('a'))
  assert.equal(network.run(1000), 'quiescent')
  assert.deepEqual(
    b.heard.map(({ arrival }) => arrival.from),
    [...new Array(10).fill('a'), ...new Array(10).fill('a~1')],
  )
  assert.deepEqual(
    a.heard.map(({ now }) => now),
    [3, 4, 5, 6, 7, 8, 9, 10],
  )
  assert.equal(network.trace.events.filter(({ what }) => what === 'unreachable').length, 12)
})

test('a peer has as many sockets as it names, each reached by its own address', () => {
  const a = talker((now) => ({ bytes: new Uint8Array(1), socket: now <= 10 ? 'wifi' : 'mobile' }))
  const b = talker((now) => ({ bytes: new Uint8Array(1), to: now % 2 === 0 ? 'wifi' : 'mobile' }))
  new Network(a.peer, b.peer, { seed: 1 }).run(1000)
  assert.deepEqual(
    b.heard.map(({ arrival }) => arrival.from),
    [...new Array(10).fill('wifi'), ...new Array(10).fill('mobile')],
  )
  assert.deepEqual(
    a.heard.map(({ arrival }) => arrival.socket),
    Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'mobile' : 'wifi')),
  )
})

test('the ECN field travels with a datagram', () => {
  const a = talker((now) => ({ bytes: new Uint8Array(1), ecn: now % 4 }))
  const b = talker(() => ({ bytes: new Uint8Array(1), ecn: 2 }))
  new Network(a.peer, b.peer, { seed: 1, bToA: { markRate: 1 } }).run(1000)
  assert.deepEqual(
    b.heard.map(({ arrival }) => arrival.ecn),
    Array.from({ length: 20 }, (_, index) => (index + 1) % 4),
  )
  assert.ok(a.heard.every(({ arrival }) => arrival.ecn === 3))
})

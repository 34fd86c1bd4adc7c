// Key update and the limits of AEADs. RFC 9001 section 6.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Opener, Sealer } from '../src/core/crypto/protection.ts'
import { closeOf, connected, read, say, settle } from './support/connected.ts'
import { Hostile } from './support/hostile.ts'
import { type Delivery, type End, Pair } from './support/pair.ts'

const KEY_PHASE = 0x04
const PADDING = new Uint8Array(20)
const PING = { type: 'ping' } as const

/** Sends `length` bytes on a new stream and makes sure that they arrive. */
function transfer(pair: Pair, from: End, length = 20_000): void {
  const to = from === pair.client ? pair.server : pair.client
  const data = randomBytes(length)
  const stream = say(from, data)
  const got: Buffer[] = []
  const arrived = pair.run(() => {
    const there = to.connection.streams.find(stream.id)
    if (there !== undefined) got.push(read(to, there))
    return got.reduce((sum, each) => sum + each.length, 0) === length
  }, 10_000)
  assert.ok(arrived, 'the data did not arrive')
  assert.ok(Buffer.concat(got).equals(data))
}

function updates(pair: Pair): number[] {
  return [pair.client, pair.server].map((end) => end.connection.keyPhases.updates)
}

/** The same keys with other limits; `nexted` hears when the next generation is made. */
function limited(keys: Sealer, sealLimit: number): Sealer {
  return {
    seal: (...given) => keys.seal(...given),
    encrypt: (...given) => keys.encrypt(...given),
    protect: (...given) => keys.protect(...given),
    get sealed() {
      return keys.sealed
    },
    sealLimit,
    next: () => limited(keys.next(), sealLimit),
    prepare: () => keys.prepare(),
    release: () => keys.release(),
  }
}

function watched(keys: Opener, failureLimit: number, nexted: () => void = () => {}): Opener {
  return {
    unmask: (...given) => keys.unmask(...given),
    masks: (...given) => keys.masks(...given),
    open: (...given) => keys.open(...given),
    failureLimit,
    next: () => {
      nexted()
      return watched(keys.next(), failureLimit, nexted)
    },
    prepare: () => keys.prepare(),
    release: () => keys.release(),
  }
}

for (const side of ['client', 'server'] as const) {
  test(`the ${side} updates keys, the peer follows, and data goes on both ways (RFC 9001 sections 6.1 and 6.2)`, () => {
    const pair = connected()
    const phases = pair[side].connection.keyPhases
    phases.request()
    transfer(pair, pair.client)
    transfer(pair, pair.server)
    assert.deepEqual(updates(pair), [1, 1])
    assert.equal(pair.client.connection.keyPhases.bit, true)
    assert.equal(pair.server.connection.keyPhases.bit, true)
    assert.equal(pair.client.connection.stats.dropped + pair.server.connection.stats.dropped, 0)
    pair.release()
  })
}

test('an update on an idle connection is told to the peer at once', () => {
  const pair = connected()
  pair.client.connection.keyPhases.request()
  assert.ok(pair.run(() => pair.server.connection.keyPhases.updates === 1, 100))
  pair.release()
})

test('an update that was asked for too early waits for its time: confirmation and three probe timeouts (section 6.5)', () => {
  const pair = connected()
  const { keyPhases, recovery } = pair.client.connection
  keyPhases.request()
  pair.run(() => keyPhases.updates === 1)
  const first = pair.now
  keyPhases.request()
  assert.ok(pair.run(() => keyPhases.updates === 2, 10_000))
  // Confirmed after a round trip of 20 ms at least, then the wait.
  assert.ok(pair.now - first >= 20 + 3 * recovery.ptoDuration() - 1, `${pair.now - first} ms`)
  settle(pair)
  transfer(pair, pair.client)
  assert.deepEqual(updates(pair), [2, 2])
  pair.release()
})

test('an update asked for in the handshake waits until that is confirmed (section 6.1)', () => {
  const pair = new Pair()
  const { keyPhases } = pair.client.connection
  keyPhases.request()
  assert.ok(pair.run(() => pair.client.has('handshakeCompleted')))
  assert.deepEqual([keyPhases.updates, pair.client.has('handshakeConfirmed')], [0, false])
  assert.ok(pair.run(() => keyPhases.updates === 1))
  assert.ok(pair.client.has('handshakeConfirmed'))
  pair.release()
})

test('keys are updated by themselves after keyUpdateInterval packets (section 6.6)', () => {
  const pair = connected({ keyUpdateInterval: 100 })
  for (let i = 0; i < 10; i++) {
    transfer(pair, pair.client, 100_000)
    pair.pass(1000)
  }
  assert.ok(pair.client.connection.keyPhases.updates >= 3, `${pair.client.connection.keyPhases.updates} updates`)
  assert.deepEqual(pair.client.connection.keyPhases.updates, pair.server.connection.keyPhases.updates)
  pair.release()
})

/** A pair whose client sends a datagram that is held back for `late` milliseconds, and updates keys meanwhile. */
function delayedOverUpdate(lateMillis: number): { pair: Pair; droppedAtServer: number } {
  let hold = false
  const carry = (_from: string, datagram: Buffer): readonly Delivery[] => {
    if (!hold) return [{ datagram }]
    hold = false
    return [{ datagram, lateMillis }]
  }
  const pair = connected({ carry })
  const dropped = pair.server.connection.stats.dropped
  hold = true
  pair.client.connection.spaces.application.pingWanted = true
  pair.run(() => !hold, 1)
  pair.client.connection.keyPhases.request()
  pair.run(() => pair.server.connection.keyPhases.updates === 1, 1000)
  pair.pass(lateMillis + 100)
  return { pair, droppedAtServer: pair.server.connection.stats.dropped - dropped }
}

test('a packet that the update overtook is opened with the old keys (section 6.5)', () => {
  const { pair, droppedAtServer } = delayedOverUpdate(30)
  assert.equal(droppedAtServer, 0)
  pair.release()
})

test('old keys are gone after three probe timeouts (section 6.5)', () => {
  const { pair, droppedAtServer } = delayedOverUpdate(2000)
  assert.equal(droppedAtServer, 1)
  assert.equal(closeOf(pair.server), null)
  pair.release()
})

test('the next keys are made ahead, never while a packet is processed (sections 6.3 and 9.5)', () => {
  const pair = connected()
  const { application } = pair.server.connection.spaces
  let made = 0
  let receiving = false
  // The generation made at the handshake is replaced by the first update; watch those after it.
  pair.client.connection.keyPhases.request()
  pair.run(() => pair.server.connection.keyPhases.updates === 1, 1000)
  application.opener = watched(application.opener!, 2 ** 52, () => {
    assert.equal(receiving, false)
    made++
  })
  const { receive } = pair.server
  pair.server.receive = function (datagram, now) {
    receiving = true
    receive.call(this, datagram, now)
    receiving = false
  }
  pair.client.connection.keyPhases.request()
  pair.run(() => pair.server.connection.keyPhases.updates === 2, 10_000)
  pair.pass(1000)
  assert.equal(made, 2)
  pair.release()
})

/** The hostile client goes to the next generation of its keys. Its old sealer stays good. */
function flip(pair: Pair): { old: Sealer; next: Sealer } {
  const { application } = pair.client.connection.spaces
  const old = application.sealer!
  const next = old.next()
  application.sealer = next
  return { old, next }
}

test('older keys on a later packet: KEY_UPDATE_ERROR (section 6.4)', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  const { old } = flip(pair)
  hostile.send([PING], { bits: KEY_PHASE })
  assert.equal(pair.server.connection.keyPhases.updates, 1)
  pair.client.connection.spaces.application.sealer = old
  hostile.send([PING])
  const closed = closeOf(pair.server)
  assert.ok(closed?.type === 'closed' && closed.code === 0x0en)
  pair.release()
})

test('two updates without an acknowledgement between them: KEY_UPDATE_ERROR (section 6.2)', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  flip(pair)
  // PADDING asks for no acknowledgement.
  hostile.send([PADDING], { bits: KEY_PHASE }).listen(500)
  assert.equal(closeOf(pair.server), null)
  flip(pair)
  hostile.send([PADDING])
  const closed = closeOf(pair.server)
  assert.ok(closed?.type === 'closed' && closed.code === 0x0en)
  pair.release()
})

test('flips faster than a probe timeout change nothing: their packets are dropped, and the connection goes on (section 6.5)', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  flip(pair)
  hostile.send([PING, PING], { bits: KEY_PHASE })
  for (let i = 0; i < 1000; i++) {
    flip(pair)
    hostile.send([PING], { bits: i % 2 === 0 ? 0 : KEY_PHASE })
  }
  assert.equal(pair.server.connection.keyPhases.updates, 1)
  assert.equal(closeOf(pair.server), null)
  pair.release()
})

test('an acknowledgement of new packets in the old phase: KEY_UPDATE_ERROR (section 6.2)', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  const { keyPhases } = pair.server.connection
  let number = -1
  const sent = keyPhases.sent.bind(keyPhases)
  keyPhases.sent = (sentNumber, acknowledging) => {
    number = sentNumber
    sent(sentNumber, acknowledging)
  }
  keyPhases.request()
  // The update says itself with a PING.
  assert.ok(pair.server.transmit(pair.now) !== null)
  assert.equal(keyPhases.updates, 1)
  hostile.send([{ type: 'ack', delay: 0, ranges: [{ smallest: number, largest: number }], ecn: null }])
  const closed = closeOf(pair.server)
  assert.ok(closed?.type === 'closed' && closed.code === 0x0en)
  pair.release()
})

test('where the confidentiality limit nears and no update is possible: AEAD_LIMIT_REACHED (section 6.6)', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  // A peer that acknowledges nothing of this phase permits no further update.
  flip(pair)
  hostile.send([PING], { bits: KEY_PHASE })
  const { application } = pair.server.connection.spaces
  const sealer = limited(application.sealer!, application.sealer!.sealed + 50)
  application.sealer = sealer
  for (let i = 0; i < 200 && hostile.verdict === null; i++) hostile.send([PING, PING], { bits: KEY_PHASE })
  const closed = closeOf(pair.server)
  assert.ok(closed?.type === 'closed' && closed.code === 0x0fn)
  assert.ok(sealer.sealed <= sealer.sealLimit)
  pair.release()
})

test('more forged packets than the integrity limit: AEAD_LIMIT_REACHED, and no packet is processed any more (section 6.6)', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  const { application } = pair.server.connection.spaces
  application.opener = watched(application.opener!, 10)
  for (let i = 0; i < 10; i++) hostile.deliver(forged(hostile))
  assert.equal(closeOf(pair.server), null)
  hostile.deliver(forged(hostile))
  const closed = closeOf(pair.server)
  assert.ok(closed?.type === 'closed' && closed.code === 0x0fn)
  pair.release()
})

function forged(hostile: Hostile): Buffer {
  const packet = hostile.seal([PADDING])
  packet[packet.length - 1]! ^= 1
  return packet
}

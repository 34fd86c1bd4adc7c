// Unreliable datagrams. RFC 9221.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import type { DatagramStatus } from '../src/core/datagrams.ts'
import type { ConnectionEvent } from '../src/core/events.ts'
import { MAX_RECEIVED_DATAGRAMS } from '../src/core/limits.ts'
import { closeOf, connected, settle } from './support/connected.ts'
import { Hostile } from './support/hostile.ts'
import type { End, Pair, PairOptions } from './support/pair.ts'
import { dial, type Server, serve } from './support/server.ts'

const TAKING = { maxDatagramFrameSize: 65_535 }
const BOTH: PairOptions = { client: TAKING, server: TAKING }

function ready(options: PairOptions = {}): Pair {
  const pair = connected({ ...BOTH, ...options })
  for (const end of [pair.client, pair.server]) end.connection.datagrams.statusWanted = true
  return pair
}

/** All that an end can take now, as text. */
function taken(end: End): string[] {
  const all: string[] = []
  for (let data = end.connection.datagrams.take(); data !== null; data = end.connection.datagrams.take())
    all.push(Buffer.from(data).toString())
  return all
}

function verdicts(end: End): [number, DatagramStatus][] {
  const all: [number, DatagramStatus][] = []
  end.connection.datagrams.takeSettled((id, status) => all.push([id, status]))
  return all
}

function send(end: End, ...texts: string[]): number[] {
  return texts.map((text) => end.connection.datagrams.send(Buffer.from(text)))
}

const maxSize = (end: End): number => end.connection.datagrams.maxSize(end.connection.path)

describe('on a path that loses nothing', () => {
  test('they arrive whole and in order, many to a packet, and are acknowledged (RFC 9221 section 5)', () => {
    const pair = ready()
    const sentBefore = pair.client.connection.recovery.stats.packetsSent
    const ids = send(pair.client, 'one', 'two', 'three')
    pair.run(() => pair.server.has('datagramsReceived'))
    assert.equal(pair.client.connection.recovery.stats.packetsSent, sentBefore + 1)
    settle(pair)
    assert.deepEqual(taken(pair.server), ['one', 'two', 'three'])
    assert.deepEqual(ids, [1, 2, 3])
    assert.deepEqual(
      verdicts(pair.client),
      ids.map((id) => [id, 'acknowledged']),
    )
    assert.deepEqual(pair.client.events.filter(({ type }: ConnectionEvent) => type === 'datagramsSettled').length, 1)
    pair.release()
  })

  test('the largest fills a packet to its last byte but three, and a larger one cannot be sent (RFC 9221 section 5)', () => {
    const pair = ready()
    const size = maxSize(pair.client)
    send(pair.client, 'x'.repeat(size), 'y'.repeat(size + 1), 'z')
    settle(pair)
    assert.deepEqual(
      taken(pair.server).map((text) => text.length),
      [size, 1],
    )
    assert.deepEqual(verdicts(pair.client).sort(), [
      [1, 'acknowledged'],
      [2, 'abandoned'],
      [3, 'acknowledged'],
    ])
    assert.ok(size > 1150, `${size}`)
    pair.release()
  })

  test("the peer's limit counts type and length (RFC 9221 section 3)", () => {
    for (const [limit, size] of [
      [0, 0],
      [2, 0],
      [3, 1],
      [65, 63],
      [66, 63],
      [67, 64],
      [1000, 997],
    ] as const) {
      const pair = connected({ server: { maxDatagramFrameSize: limit } })
      assert.equal(maxSize(pair.client), size, `limit ${limit}`)
      if (size > 0) {
        send(pair.client, 'x'.repeat(size))
        settle(pair)
        assert.equal(closeOf(pair.server), null)
        assert.equal(taken(pair.server).length, 1)
      }
      pair.release()
    }
  })
})

describe('on a path that loses', () => {
  test('a lost one is never sent again, and its loss is told (RFC 9221 section 5.2)', () => {
    let dropping = false
    const pair = ready({ drop: (from) => dropping && from === 'client' })
    dropping = true
    const [id] = send(pair.client, 'gone')
    pair.client.transmit(pair.now)
    dropping = false
    for (let i = 0; i < 4; i++) {
      send(pair.client, 'there')
      pair.pass(5)
    }
    settle(pair)
    pair.pass(2000)
    assert.deepEqual(taken(pair.server), ['there', 'there', 'there', 'there'])
    assert.deepEqual(
      verdicts(pair.client).find(([which]) => which === id),
      [id, 'lost'],
    )
    assert.equal(pair.client.connection.datagrams.stats.lost, 1)
    pair.release()
  })

  test('a probe timeout asks for an acknowledgement, not for the datagram again (RFC 9221 section 5.2)', () => {
    let dropping = false
    const pair = ready({ drop: (from) => dropping && from === 'client' })
    dropping = true
    send(pair.client, 'gone')
    pair.client.transmit(pair.now)
    dropping = false
    pair.pass(3000)
    assert.deepEqual(taken(pair.server), [])
    assert.deepEqual(verdicts(pair.client), [[1, 'lost']])
    assert.ok(pair.client.connection.recovery.stats.probeTimeouts > 0)
    pair.release()
  })
})

describe('bounds', () => {
  for (const [policy, kept, dropped] of [
    ['drop-oldest', ['3', '4', '5'], [1, 2]],
    ['drop-newest', ['1', '2', '3'], [4, 5]],
  ] as const) {
    test(`${policy}: a full queue gives way, and says so`, () => {
      const pair = ready({ connection: () => ({ datagramDropPolicy: policy }) })
      pair.client.connection.datagrams.maxPending = 3
      send(pair.client, '1', '2', '3', '4', '5')
      settle(pair)
      assert.deepEqual(taken(pair.server), kept)
      const abandoned = verdicts(pair.client).filter(([, status]) => status === 'abandoned')
      assert.deepEqual(
        abandoned.map(([id]) => id),
        dropped,
      )
      pair.release()
    })
  }

  test('an owner who does not come loses the oldest', () => {
    const pair = ready()
    const hostile = new Hostile(pair)
    const packets = 15
    const each = 100
    for (let i = 0; i < packets; i++) {
      hostile.send(Array.from({ length: each }, (_, k) => ({ type: 'datagram' as const, data: Buffer.from(`${i * each + k}`) })))
    }
    const got = taken(pair.server)
    assert.equal(got.length, MAX_RECEIVED_DATAGRAMS)
    assert.equal(got.at(-1), `${packets * each - 1}`)
    assert.equal(pair.server.connection.datagrams.stats.overflowed, packets * each - MAX_RECEIVED_DATAGRAMS)
    pair.release()
  })

  test('they share the congestion window with streams (RFC 9221 section 5.4)', () => {
    const pair = ready({ delayMillis: 50 })
    const { datagrams, recovery } = pair.client.connection
    const size = maxSize(pair.client)
    for (let i = 0; i < 100; i++) datagrams.send(Buffer.alloc(size))
    pair.oncheck = () => assert.ok(recovery.bytesInFlight <= recovery.controller.window)
    pair.run(() => datagrams.pending === 0)
    settle(pair)
    assert.equal(taken(pair.server).length, 100)
    pair.release()
  })
})

describe('violations', () => {
  test('a frame that was not negotiated: PROTOCOL_VIOLATION (RFC 9221 section 3)', () => {
    const pair = connected()
    new Hostile(pair).send([{ type: 'datagram', data: Buffer.from('x') }])
    assertViolation(pair)
  })

  test('a frame larger than declared: PROTOCOL_VIOLATION (RFC 9221 section 3)', () => {
    const pair = connected({ server: { maxDatagramFrameSize: 100 } })
    const hostile = new Hostile(pair)
    hostile.send([{ type: 'datagram', data: Buffer.alloc(97) }])
    assert.equal(closeOf(pair.server), null)
    hostile.send([{ type: 'datagram', data: Buffer.alloc(98) }])
    assertViolation(pair)
  })

  test('a frame without a length reaches to the end of its packet (RFC 9221 section 4)', () => {
    const pair = ready()
    new Hostile(pair).send([{ type: 'ping' }, Buffer.concat([Buffer.of(0x30), Buffer.from('to the end')])])
    assert.deepEqual(taken(pair.server), ['to the end'])
    pair.release()
  })

  function assertViolation(pair: Pair): void {
    const reason = closeOf(pair.server)
    assert.equal(reason?.type === 'closed' && reason.code, 0x0an)
    pair.release()
  }
})

describe('over real sockets', () => {
  const serving = (): Promise<Server> => serve(() => {}, { transportParams: { maxDatagramFrameSize: 1000 } })

  test('a datagram goes there and back, with a number and a verdict', async () => {
    const server = await serving()
    const session = await dial(server.address)
    assert.equal(session.maxDatagramSize, 0)
    const heard = new EventTarget()
    const statuses: string[] = []
    session.ondatagram = (data) => heard.dispatchEvent(new CustomEvent('datagram', { detail: Buffer.from(data).toString() }))
    session.ondatagramstatus = (id, status) => {
      statuses.push(`${id} ${status}`)
      heard.dispatchEvent(new Event('status'))
    }
    // Before the handshake is done it waits.
    const sending = session.sendDatagram('hello')
    await session.opened
    const there = server.sessions.at(-1)!
    there.ondatagram = (data) => void there.sendDatagram(Buffer.concat([data, Buffer.from(' back')]))
    const answer = once(heard, 'datagram')
    const status = once(heard, 'status')
    assert.equal(await sending, 1n)
    assert.equal(((await answer)[0] as CustomEvent).detail, 'hello back')
    await status
    assert.deepEqual(statuses, ['1 acknowledged'])
    assert.equal(session.maxDatagramSize, 997)
    assert.equal(await session.sendDatagram(new Uint8Array(998)), 0n)
    assert.equal(await session.sendDatagram(''), 0n)
    const { stats } = session
    assert.deepEqual([stats.datagramsSent, stats.datagramsReceived, stats.datagramsAcknowledged, stats.datagramsLost], [1, 1, 1, 0])
    await session.close()
    assert.equal(await session.sendDatagram('late'), 0n)
  })

  test('options are checked, and say their range', async () => {
    const server = await serving()
    const wrong = { code: 'ERR_QUIC_OPTION' }
    await assert.rejects(dial(server.address, { transportParams: { maxDatagramFrameSize: 65_536 } }), { ...wrong, message: /0 to 65535/ })
    await assert.rejects(dial(server.address, { datagramDropPolicy: 'never' as 'drop-oldest' }), { ...wrong, message: /drop-newest/ })
    const session = await dial(server.address)
    for (const count of [-1, 65_536, 1.5]) assert.throws(() => (session.maxPendingDatagrams = count), wrong)
    session.maxPendingDatagrams = 7
    assert.equal(session.maxPendingDatagrams, 7)
    await session.close()
  })
})

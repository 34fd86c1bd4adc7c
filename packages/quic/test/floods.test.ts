// Frames and packets that ask for more work or memory than they cost: all bounded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_EARLY_PACKETS, MAX_PATH_RESPONSES, MAX_RECEIVE_GAPS } from '../src/core/limits.ts'
import type { Frame } from '../src/core/wire/frames/index.ts'
import { closeOf, connected } from './support/connected.ts'
import { bytes, Hostile } from './support/hostile.ts'
import { Pair } from './support/pair.ts'

test('PATH_CHALLENGE: the newest few are answered, in datagrams of full size', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  const challenge = (n: number): Frame => ({ type: 'pathChallenge', data: Uint8Array.of(0, 0, 0, 0, 0, 0, n >> 8, n) })
  const datagrams = Array.from({ length: 20 }, (_, packet) =>
    hostile.seal(Array.from({ length: 100 }, (_, i) => challenge(packet * 100 + i))),
  )
  for (const datagram of datagrams) pair.server.receive(datagram, pair.now)
  const answer = pair.server.transmit(pair.now)!
  assert.equal(answer.length, 1200)
  pair.client.receive(answer, pair.now)
  hostile.listen()
  const responses = hostile.all('pathResponse')
  assert.equal(responses.length, 0, 'all answers were in the one datagram')
  assert.equal(closeOf(pair.server), null)
  pair.release()
})

test('PATH_CHALLENGE: what is answered is what was asked', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  hostile.send(Array.from({ length: 10 }, (_, i): Frame => ({ type: 'pathChallenge', data: new Uint8Array(8).fill(i) })))
  assert.deepEqual(
    hostile.all('pathResponse').map((frame) => frame.data[0]),
    Array.from({ length: MAX_PATH_RESPONSES }, (_, i) => 10 - MAX_PATH_RESPONSES + i),
  )
  pair.release()
})

test('STREAM frames of one byte with gaps between them end in an error, not in exhaustion', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  let offset = 1
  while (hostile.verdict === null && offset < 1 << 15) {
    const frames: Frame[] = []
    for (let i = 0; i < 150; i++, offset += 2) frames.push({ type: 'stream', stream: 0, offset, fin: false, data: Uint8Array.of(1) })
    hostile.send(frames)
  }
  assert.equal(hostile.verdict, 'INTERNAL_ERROR')
  assert.ok(offset / 2 >= MAX_RECEIVE_GAPS && offset / 2 < MAX_RECEIVE_GAPS + 200)
  pair.release()
})

test('as many gaps as real loss leaves are no attack', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  for (let offset = 1; offset < 4000; offset += 400) {
    const frames: Frame[] = []
    for (let i = 0; i < 200; i++) frames.push({ type: 'stream', stream: 0, offset: offset + i * 2, fin: false, data: Uint8Array.of(1) })
    hostile.send(frames)
  }
  assert.equal(hostile.verdict, null)
  pair.release()
})

test('packets before their keys: a few are kept, the rest are dropped', () => {
  const pair = new Pair()
  assert.ok(pair.run(() => pair.client.has('handshakeCompleted')))
  const hostile = new Hostile(pair)
  // The server has no 1-RTT keys to open with until the client's Finished arrives.
  const early = Array.from({ length: 3 * MAX_EARLY_PACKETS }, () => hostile.seal([{ type: 'ping' }]))
  for (const datagram of early) pair.server.receive(datagram, pair.now)
  const { packets } = pair.server.connection.stats
  assert.ok(pair.run(() => pair.server.has('handshakeCompleted')))
  const opened = pair.server.connection.stats.packets - packets
  assert.ok(opened >= MAX_EARLY_PACKETS && opened <= MAX_EARLY_PACKETS + 3, `${opened}`)
  pair.release()
})

test('RETIRE_CONNECTION_ID again and again: each is replaced, never more are out than before', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  for (let sequence = 1; sequence < 200; sequence++) {
    hostile.send([{ type: 'retireConnectionId', sequence }])
    assert.ok([...pair.server.connection.localIds.all()].length <= 4)
  }
  assert.equal(hostile.verdict, null)
  const issued = pair.server.events.filter((event) => event.type === 'connectionIdIssued').length
  const retired = pair.server.events.filter((event) => event.type === 'connectionIdRetired').length
  assert.equal(issued - retired, 3)
  pair.release()
})

test('random bytes to a live connection change nothing', () => {
  const pair = connected()
  const before = { ...pair.server.connection.stats }
  for (let seed = 0; seed < 2000; seed++) {
    const noise = Buffer.alloc(1 + ((seed * 37) % 1400))
    for (let i = 0; i < noise.length; i++) noise[i] = (Math.imul(seed * 7919 + i, 2654435761) >>> 13) & 0xff
    if (seed % 2 === 0) Buffer.from(pair.server.connection.localIds.first).copy(noise, 1)
    pair.server.receive(noise, pair.now)
  }
  assert.equal(pair.server.connection.stats.packets, before.packets)
  assert.equal(closeOf(pair.server), null)
  pair.release()
})

test('a datagram of nothing but tiny packets is walked a bounded way', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  const { dropped } = pair.server.connection.stats
  // Handshake packets of one byte: version 1, ids of no length, Length 0.
  const tiny = bytes((w) => {
    for (let i = 0; i < 120; i++) for (const byte of [0xe0, 0, 0, 0, 1, 0, 0, 0]) w.u8(byte)
  })
  hostile.deliver(Buffer.from(tiny))
  assert.ok(pair.server.connection.stats.dropped - dropped <= 8)
  pair.release()
})

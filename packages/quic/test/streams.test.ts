// Streams come and go: more in turn than may be open at once, and resets and stops in every state. RFC 9000 sections 2 and 3.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Stream } from '../src/core/streams/stream.ts'
import { at, closeOf, connected, described, open, read, say, settle } from './support/connected.ts'
import { type Pair, seeded } from './support/pair.ts'

for (const direction of ['bidi', 'uni'] as const) {
  test(`many ${direction} streams in turn: limits grow as streams end, and ids are used once`, () => {
    const random = seeded(7)
    const TOTAL = 300
    const limits = { initialMaxStreamsBidi: 8, initialMaxStreamsUni: 8 }
    const pair = connected({ client: limits, server: limits, drop: () => random() < 0.02, delayMillis: 3 })
    let opened = 0
    let ended = 0
    let most = 0
    const ids = new Set<number>()
    const more = (): void => {
      while (opened < TOTAL) {
        const stream = pair.client.connection.streams.openStream(direction)
        if (stream === null) return
        opened++
        ids.add(stream.id)
        stream.send!.write(Buffer.from(`stream ${stream.id}`))
        stream.send!.finish()
      }
    }
    pair.onevent = (end, event) => {
      if (event.type === 'streamsAllowed') more()
      if (event.type === 'streamReadable') {
        const text = read(end, event.stream).toString()
        if (end.side !== 'server') return
        assert.equal(text, `stream ${event.stream.id}`)
        if (event.stream.send) event.stream.send.finish()
      }
      if (event.type === 'streamEnded' && end.side === 'server') ended++
    }
    pair.oncheck = () => {
      most = Math.max(most, pair.server.connection.streams.open)
    }
    more()
    assert.equal(opened, 8)
    assert.ok(
      pair.run(() => ended === TOTAL, 60_000),
      described(pair),
    )
    settle(pair)
    assert.equal(ids.size, TOTAL)
    assert.ok(most <= 8)
    assert.deepEqual([pair.client.connection.streams.open, pair.server.connection.streams.open], [0, 0])
    pair.release()
  })
}

test('streams open without data share a packet, and a higher one opens those below', () => {
  const pair = connected()
  const streams = Array.from({ length: 10 }, () => open(pair.client, 'uni'))
  streams[9]!.send!.finish()
  pair.run(() => pair.server.connection.streams.open === 10, 1000)
  assert.equal(pair.server.connection.streams.open, 10)
  pair.release()
})

test('streams take turns: none waits for the end of another', () => {
  const pair = connected()
  const streams = Array.from({ length: 4 }, () => say(pair.client, randomBytes(50_000)))
  pair.run(() => streams.every((stream) => (pair.server.connection.streams.find(stream.id)?.receive?.received ?? 0) > 0), 5000)
  const received = streams.map((stream) => at(pair.server, stream).receive!.received)
  assert.ok(Math.max(...received) - Math.min(...received) < 10_000, `${received}`)
  pair.release()
})

describe('resets in every state of the sender', () => {
  const CASES: readonly { state: string; arrive: (pair: Pair, stream: Stream) => void; resets: boolean }[] = [
    { state: 'ready', arrive: () => {}, resets: true },
    {
      state: 'send',
      arrive: (pair, stream) => {
        stream.send!.write(randomBytes(2000))
        pair.run(() => true)
      },
      resets: true,
    },
    {
      state: 'dataSent',
      arrive: (pair, stream) => {
        stream.send!.write(randomBytes(100))
        stream.send!.finish()
        pair.run(() => true)
      },
      resets: true,
    },
    {
      state: 'dataReceived',
      arrive: (pair, stream) => {
        stream.send!.finish()
        settle(pair)
      },
      resets: false,
    },
    { state: 'resetSent', arrive: (pair, stream) => void pair.client.connection.streams.resetStream(stream, 1n), resets: false },
    {
      state: 'resetReceived',
      arrive: (pair, stream) => {
        pair.client.connection.streams.resetStream(stream, 1n)
        settle(pair)
      },
      resets: false,
    },
  ]
  for (const { state, arrive, resets } of CASES) {
    test(state, () => {
      const pair = connected()
      const stream = open(pair.client)
      arrive(pair, stream)
      assert.equal(stream.send!.state, state)
      assert.equal(pair.client.connection.streams.resetStream(stream, 77n), resets)
      pair.run(() => false, 1000)
      const there = pair.server.connection.streams.find(stream.id)?.receive
      if (resets) assert.equal(stream.send!.state, 'resetReceived')
      if (resets && there?.state !== 'dataReceived') assert.equal(there?.resetCode, 77n)
      assert.equal(closeOf(pair.server), null)
      pair.release()
    })
  }
})

describe('stops in every state of the receiver', () => {
  const CASES: readonly { state: string; arrive: (pair: Pair, stream: Stream, there: Stream) => void; told: boolean; after: string }[] = [
    { state: 'receive', arrive: () => {}, told: true, after: 'resetRead' },
    {
      state: 'dataReceived',
      arrive: (pair, stream) => {
        stream.send!.finish()
        pair.run(() => false, 500)
      },
      told: false,
      after: 'dataRead',
    },
    {
      state: 'dataRead',
      arrive: (pair, stream, there) => {
        stream.send!.finish()
        pair.run(() => false, 500)
        read(pair.server, there)
      },
      told: false,
      after: 'dataRead',
    },
    {
      state: 'resetReceived',
      arrive: (pair, stream) => {
        pair.client.connection.streams.resetStream(stream, 1n)
        pair.run(() => false, 500)
      },
      told: false,
      after: 'resetRead',
    },
  ]
  for (const { state, arrive, told, after } of CASES) {
    test(state, () => {
      const pair = connected()
      const stream = open(pair.client)
      stream.send!.write(randomBytes(100))
      pair.run(() => false, 500)
      const there = at(pair.server, stream)
      arrive(pair, stream, there)
      assert.equal(there.receive!.state, state)
      pair.server.connection.streams.stopSending(there, 88n)
      pair.run(() => false, 1000)
      assert.equal(there.receive!.state, after)
      assert.equal(pair.client.has('streamStopped'), told)
      assert.equal(there.receive!.readable, false)
      pair.release()
    })
  }

  test('sizeKnown: the sender is told, since it may still be sending again what was lost', () => {
    let cut = false
    const pair = connected({ drop: (from) => cut && from === 'client' })
    const stream = open(pair.client)
    cut = true
    stream.send!.write(randomBytes(1000))
    pair.run(() => true)
    cut = false
    stream.send!.finish()
    pair.run(() => pair.server.connection.streams.find(stream.id)?.receive?.state === 'sizeKnown', 100)
    const there = at(pair.server, stream)
    assert.equal(there.receive!.state, 'sizeKnown')
    pair.server.connection.streams.stopSending(there, 88n)
    pair.run(() => false, 1000)
    assert.equal(stream.send!.resetCode, 88n)
    assert.equal(stream.send!.state, 'resetReceived')
    pair.release()
  })
})

test('a stopped stream is reset with the same code, once, and its owner is told once', () => {
  const pair = connected({ drop: (from, _, index) => from === 'server' && index % 3 === 0 })
  const stream = open(pair.client)
  stream.send!.write(randomBytes(100))
  pair.run(() => false, 500)
  pair.server.connection.streams.stopSending(at(pair.server, stream), 5n)
  pair.run(() => false, 3000)
  assert.equal(stream.send!.state, 'resetReceived')
  const stopped = pair.client.events.filter((event) => event.type === 'streamStopped')
  assert.deepEqual(
    stopped.map((event) => event.code),
    [5n],
  )
  assert.equal(at(pair.server, stream).receive!.ended, true)
  pair.release()
})

test('a reset drops what was not read, but not what had all arrived', () => {
  const pair = connected()
  const whole = say(pair.client, Buffer.from('whole'))
  const part = open(pair.client)
  part.send!.write(Buffer.from('part'))
  pair.run(() => pair.server.connection.streams.open === 2 && at(pair.server, part).receive!.received === 4, 1000)
  // The sender has no acknowledgement yet, so that a reset is still possible.
  assert.equal(pair.client.connection.streams.resetStream(whole, 1n), true)
  assert.equal(pair.client.connection.streams.resetStream(part, 2n), true)
  pair.run(() => false, 1000)
  const [first, second] = [at(pair.server, whole), at(pair.server, part)]
  assert.equal(read(pair.server, first).toString(), 'whole')
  assert.equal(first.receive!.resetCode, null)
  assert.equal(read(pair.server, second).length, 0)
  assert.equal(second.receive!.resetCode, 2n)
  pair.release()
})

test('both halves of a stream live and end on their own', () => {
  const pair = connected()
  const stream = say(pair.client, Buffer.from('question'))
  pair.run(() => false, 500)
  const there = at(pair.server, stream)
  assert.equal(read(pair.server, there).toString(), 'question')
  pair.run(() => false, 500)
  assert.ok(stream.send!.ended && !stream.ended)
  there.send!.write(Buffer.from('answer'))
  there.send!.finish()
  pair.run(() => false, 500)
  assert.equal(read(pair.client, stream).toString(), 'answer')
  assert.ok(stream.ended && there.ended)
  for (const end of [pair.client, pair.server]) {
    end.drain()
    assert.equal(end.events.filter((event) => event.type === 'streamEnded').length, 1)
  }
  pair.release()
})

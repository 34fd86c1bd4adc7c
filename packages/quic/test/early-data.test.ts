// Resumption and 0-RTT. RFC 9001 sections 4.5, 4.6 and 4.9.3, RFC 9000 section 7.4.1.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { decodeSessionTicket, rememberedParameters } from '../src/core/session-ticket.ts'
import type { Stream } from '../src/core/streams/stream.ts'
import { closeOf, open, read, say } from './support/connected.ts'
import { type Contexts, newContexts, Pair, type PairOptions } from './support/pair.ts'

/** Contexts, and a ticket of a first session between them. */
function acquainted(options: PairOptions = {}): { contexts: Contexts; ticket: Uint8Array; release: () => void } {
  const contexts = newContexts()
  const pair = new Pair({ contexts, ...options })
  assert.ok(pair.run(() => pair.client.has('ticketReceived')))
  const event = pair.client.events.find((each) => each.type === 'ticketReceived')!
  pair.release()
  return {
    contexts,
    ticket: event.ticket,
    release: () => {
      contexts.client.release()
      contexts.server.release()
    },
  }
}

function completedOf(pair: Pair): { resumed: boolean; earlyData: string } {
  const event = pair.client.events.find((each) => each.type === 'handshakeCompleted')!
  return { resumed: event.resumed, earlyData: event.earlyData }
}

/** Runs until the server has all bytes of each of the client's streams; returns them. */
function arriving(pair: Pair, streams: readonly Stream[], length: number): Buffer[] {
  const got = streams.map(() => Buffer.alloc(0))
  const done = pair.run(() => {
    for (const [i, stream] of streams.entries()) {
      const there = pair.server.connection.streams.find(stream.id)
      if (there !== undefined) got[i] = Buffer.concat([got[i]!, read(pair.server, there)])
    }
    return got.every((bytes) => bytes.length === length)
  }, 30_000)
  assert.ok(done, `${got.map((bytes) => bytes.length)} of ${length} bytes; ${JSON.stringify(closeOf(pair.server)?.type)}`)
  return got
}

test('data of the first flight arrives before the handshake is done, marked as early (RFC 9001 section 4.6)', () => {
  const { contexts, ticket, release } = acquainted()
  const pair = new Pair({ contexts, ticket, admit: () => true })
  const stream = say(pair.client, Buffer.from('early'))
  const began = pair.now
  const [bytes] = arriving(pair, [stream], 5)
  assert.equal(bytes!.toString(), 'early')
  assert.ok(pair.now - began <= 10, `${pair.now - began} ms on a path of 10`)
  assert.equal(pair.server.has('handshakeCompleted'), false)
  assert.equal(pair.server.connection.streams.find(stream.id)!.early, true)
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  assert.deepEqual(completedOf(pair), { resumed: true, earlyData: 'accepted' })
  const later = say(pair.client, Buffer.from('later'))
  arriving(pair, [later], 5)
  assert.equal(pair.server.connection.streams.find(later.id)!.early, false)
  pair.release()
  release()
})

test('0-RTT keys go away: at the client with 1-RTT keys, at the server three probe timeouts later (section 4.9.3)', () => {
  const { contexts, ticket, release } = acquainted()
  const pair = new Pair({ contexts, ticket, admit: () => true })
  say(pair.client, Buffer.from('early'))
  assert.ok(pair.client.connection.spaces.application.earlySealer !== null)
  assert.ok(pair.run(() => pair.client.has('handshakeCompleted') && pair.server.has('handshakeCompleted')))
  assert.equal(pair.client.connection.spaces.application.earlySealer, null)
  assert.ok(pair.server.connection.spaces.application.earlyOpener !== null)
  pair.pass(5000)
  assert.equal(pair.server.connection.spaces.application.earlyOpener, null)
  pair.release()
  release()
})

test('refused 0-RTT data is sent again by itself in 1-RTT, on the same streams (section 4.6.2)', () => {
  const { contexts, ticket, release } = acquainted()
  const pair = new Pair({ contexts, ticket, admit: () => false })
  const data = [randomBytes(20_000), randomBytes(20_000)]
  const streams = data.map((bytes) => say(pair.client, bytes))
  const got = arriving(pair, streams, 20_000)
  assert.deepEqual(got, data)
  assert.ok(pair.client.has('earlyDataRejected'))
  assert.deepEqual(completedOf(pair), { resumed: true, earlyData: 'rejected' })
  assert.equal(pair.server.connection.streams.find(streams[0]!.id)!.early, false)
  pair.release()
  release()
})

test('a server that has forgotten the ticket gets everything in 1-RTT', () => {
  const { ticket, release } = acquainted()
  const pair = new Pair({ ticket, admit: () => true })
  const data = randomBytes(5000)
  const [got] = arriving(pair, [say(pair.client, data)], 5000)
  assert.ok(got!.equals(data))
  assert.deepEqual(completedOf(pair), { resumed: false, earlyData: 'rejected' })
  pair.release()
  release()
})

test('a server that refuses may allow less: streams beyond its limit wait, and none breaks a limit (RFC 9000 section 7.4.1)', () => {
  const { contexts, ticket, release } = acquainted()
  const less = { initialMaxData: 3000, initialMaxStreamDataBidiRemote: 1000, initialMaxStreamsBidi: 1 }
  const pair = new Pair({ contexts, ticket, admit: () => false, server: less })
  const streams = Array.from({ length: 3 }, () => say(pair.client, Buffer.alloc(5000, 1)))
  // Each stream must end at the server before the next may begin there.
  const got = new Map<number, number>()
  pair.onevent = (end, event) => {
    if (end !== pair.server || event.type !== 'streamOpened') return
    event.stream.send!.finish()
  }
  const done = pair.run(() => {
    for (const stream of streams) {
      const there = pair.server.connection.streams.find(stream.id)
      if (there !== undefined) got.set(stream.id, (got.get(stream.id) ?? 0) + read(pair.server, there).length)
      const here = pair.client.connection.streams.find(stream.id)
      if (here !== undefined) read(pair.client, here)
    }
    return streams.every((stream) => got.get(stream.id) === 5000)
  }, 60_000)
  assert.deepEqual([closeOf(pair.client), closeOf(pair.server)], [null, null])
  assert.ok(done, JSON.stringify([...got]))
  pair.release()
  release()
})

test('limits taken back where 0-RTT is accepted: PROTOCOL_VIOLATION (RFC 9000 section 7.4.1)', () => {
  const { contexts, ticket, release } = acquainted()
  const pair = new Pair({ contexts, ticket, admit: () => true, server: { initialMaxStreamsBidi: 5 } })
  pair.run(() => closeOf(pair.client) !== null, 1000)
  const closed = closeOf(pair.client)
  assert.ok(closed?.type === 'closed' && closed.initiator === 'local' && closed.code === 0x0an)
  pair.release()
  release()
})

for (const lost of [0, 1, 2]) {
  test(`datagram ${lost} of the first flight is lost: the data arrives all the same`, () => {
    const { contexts, ticket, release } = acquainted()
    const pair = new Pair({ contexts, ticket, admit: () => true, drop: (from, _datagram, index) => from === 'client' && index === lost })
    const data = randomBytes(3000)
    const [got] = arriving(pair, [say(pair.client, data)], 3000)
    assert.ok(got!.equals(data))
    pair.release()
    release()
  })
}

test('0-RTT packets that overtake the ClientHello wait for their keys (RFC 9001 section 5.7)', () => {
  const { contexts, ticket, release } = acquainted()
  // The first datagram holds the beginning of a ClientHello that takes two.
  const pair = new Pair({
    contexts,
    ticket,
    admit: () => true,
    carry: (from, datagram, index) => [{ datagram, lateMillis: from === 'client' && index === 1 ? 5 : 0 }],
  })
  const stream = say(pair.client, randomBytes(3000))
  const began = pair.now
  arriving(pair, [stream], 3000)
  assert.ok(pair.now - began < 20, `${pair.now - began} ms: a round trip was lost`)
  assert.equal(pair.server.connection.streams.find(stream.id)!.early, true)
  pair.release()
  release()
})

test('before the address is validated a server answers 0-RTT with no more than three times its bytes (RFC 9000 section 8.1)', () => {
  const { contexts, ticket, release } = acquainted()
  const sent = { client: 0, server: 0 }
  let validated = false
  const pair = new Pair({
    contexts,
    ticket,
    admit: () => true,
    drop: (from, datagram) => {
      if (from === 'client' && sent.server > 0) validated = true
      if (!validated) sent[from] += datagram.length
      return false
    },
  })
  pair.onevent = (end, event) => {
    if (end === pair.server && event.type === 'streamOpened') event.stream.send!.write(Buffer.alloc(200_000))
  }
  const stream = open(pair.client)
  stream.send!.write(Buffer.from('give me much'))
  pair.run(() => validated, 1000)
  assert.ok(sent.server > 1200 && sent.server <= 3 * sent.client, JSON.stringify(sent))
  pair.release()
  release()
})

test('a ticket is read back as it was written, and nothing else is one', () => {
  const { ticket, release } = acquainted({ server: { initialMaxData: 12_345 } })
  const read = decodeSessionTicket(ticket)!
  const remembered = rememberedParameters(read)!
  assert.deepEqual([read.version, read.alpn, remembered.initialMaxData], [1, 'test', 12_345])
  // What is not remembered has its default. RFC 9000 section 7.4.1.
  assert.deepEqual([remembered.statelessResetToken, remembered.initialSourceConnectionId], [undefined, undefined])
  for (let length = 0; length < 20; length++) assert.equal(decodeSessionTicket(ticket.subarray(0, length)), null)
  assert.equal(decodeSessionTicket(randomBytes(0)), null)
  // What cannot be read of it permits no 0-RTT; the ticket itself is TLS's to judge.
  assert.equal(rememberedParameters({ ...read, remembered: read.remembered.subarray(1) }), null)
  release()
})

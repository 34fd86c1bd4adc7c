// Every rule that a peer can break once the handshake is done, and the code with which the connection ends. RFC 9000 section 20.1.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { TRANSPORT_ERRORS } from '../src/core/errors.ts'
import { closeOf, connected, read } from './support/connected.ts'
import { bytes, type Content, Hostile } from './support/hostile.ts'
import type { End, Pair } from './support/pair.ts'

import { RESET_AT_VIOLATIONS, resetAt } from './support/reset-at-violations.ts'
import { BIDI, newId, OPTIONS, retireAll, stream, UNI, VIOLATIONS } from './support/violations.ts'

for (const { what, code, say, prelude, sealing, from, prepare } of [...VIOLATIONS, ...RESET_AT_VIOLATIONS]) {
  test(`${what}: ${code}`, () => {
    const pair = connected(OPTIONS)
    prepare?.(pair)
    const hostile = new Hostile(pair, from === 'server' ? pair.server : pair.client)
    const victim = from === 'server' ? pair.client : pair.server
    for (const content of prelude?.(pair) ?? []) hostile.send(content)
    assert.equal(closeOf(victim), null, 'what came first is no violation')
    hostile.send(say(pair), sealing)
    assert.equal(hostile.verdict, code)
    const reason = closeOf(victim)
    assert.ok(reason?.type === 'closed' && reason.initiator === 'local' && reason.layer === 'transport')
    assert.equal(reason.code, BigInt(TRANSPORT_ERRORS[code]))
    assert.equal(victim.events.filter((event) => event.type === 'closed').length, 1)
    pair.release()
  })
}

describe('what looks like a violation and is none', () => {
  let pair: Pair
  let hostile: Hostile
  let victim: End
  before(() => {
    pair = connected(OPTIONS)
    hostile = new Hostile(pair)
    victim = pair.server
  })
  after(() => pair.release())

  const ALLOWED: readonly { what: string; say: readonly (readonly Content[])[] }[] = [
    { what: 'data up to the very limit of a stream', say: [[stream(UNI, 999, 1)]] },
    {
      what: 'data repeated with the end',
      say: [[stream(UNI + 4, 0, 10, true)], [stream(UNI + 4, 0, 10, true)], [stream(UNI + 4, 10, 0, true)]],
    },
    { what: 'STOP_SENDING that opens a stream', say: [[{ type: 'stopSending', stream: BIDI, code: 3n }]] },
    { what: 'MAX_STREAM_DATA that opens a stream', say: [[{ type: 'maxStreamData', stream: BIDI + 4, limit: 1 }]] },
    {
      what: 'limits that shrink',
      say: [
        [
          { type: 'maxData', limit: 1 },
          { type: 'maxStreams', direction: 'bidi', limit: 0 },
          { type: 'maxStreamData', stream: BIDI, limit: 0 },
        ],
      ],
    },
    {
      what: 'the highest limits there are',
      say: [
        [
          bytes((w) => {
            w.u8(0x10)
            w.varint((1n << 62n) - 1n)
            w.u8(0x12)
            w.varint(1n << 60n)
          }),
        ],
      ],
    },
    { what: 'an unasked PATH_RESPONSE', say: [[{ type: 'pathResponse', data: new Uint8Array(8) }]] },
    { what: 'the same connection id twice', say: [[newId(9, 9)], [newId(9, 9)], [newId(9, 9)]] },
    { what: 'a connection id that was to be retired before it came', say: [[newId(5)]] },
    {
      what: 'STREAMS_BLOCKED and DATA_BLOCKED',
      say: [
        [
          { type: 'streamsBlocked', direction: 'uni', limit: 1 },
          { type: 'dataBlocked', limit: 9 },
        ],
      ],
    },
    {
      what: 'RESET_STREAM_AT that promises more than the one before, which is ignored',
      say: [[resetAt(BIDI + 4, 10, 2)], [resetAt(BIDI + 4, 10, 5)], [stream(BIDI + 4, 0, 2)]],
    },
    { what: 'a stream of nothing but its end', say: [[stream(BIDI + 8, 0, 0, true)]] },
  ]

  for (const { what, say } of ALLOWED) {
    test(what, () => {
      for (const content of say) hostile.send(content)
      assert.equal(closeOf(victim), null)
      assert.equal(hostile.verdict, null)
    })
  }

  test('a duplicate of a packet is dropped', () => {
    const datagram = hostile.seal([stream(BIDI + 12, 0, 5, true)])
    hostile.deliver(Buffer.from(datagram))
    const dropped = victim.connection.stats.dropped
    hostile.deliver(Buffer.from(datagram))
    assert.equal(victim.connection.stats.dropped, dropped + 1)
    assert.equal(read(victim, victim.connection.streams.find(BIDI + 12)!).length, 5)
  })

  test('a retired connection id that comes late is given back', () => {
    hostile.listen(1000)
    assert.ok(hostile.all('retireConnectionId').some((frame) => frame.sequence === 5))
    assert.ok(hostile.all('retireConnectionId').some((frame) => frame.sequence === 0))
  })
})

test('a connection id given again raises what is to be retired', () => {
  const pair = connected(OPTIONS)
  retireAll(pair)
  const hostile = new Hostile(pair)
  hostile.send([newId(10)]).send([newId(10, 10)])
  assert.ok(hostile.all('retireConnectionId').some((frame) => frame.sequence === 9))
  pair.release()
})

test('NEW_CONNECTION_ID from a peer whose connection id is empty: PROTOCOL_VIOLATION', () => {
  const pair = connected(OPTIONS)
  pair.server.connection.remoteIds.replaceFirst(new Uint8Array(0))
  const hostile = new Hostile(pair)
  hostile.send([newId(1)])
  const reason = closeOf(pair.server)
  assert.equal(reason?.type === 'closed' && reason.code, BigInt(TRANSPORT_ERRORS.PROTOCOL_VIOLATION))
  pair.release()
})

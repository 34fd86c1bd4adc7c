// Known attacks that no other file sends: each names where it was found. The victim is a real connection in virtual time; docs/security.md lists them all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_CRYPTO_BUFFER, MAX_RECEIVE_GAPS, MAX_RETIREMENTS } from '../src/core/limits.ts'
import type { Frame } from '../src/core/wire/frames/index.ts'
import { afterTickets } from './support/after-tickets.ts'
import { CHEAP, flood } from './support/cheap-frames.ts'
import { closeOf, connected, upload } from './support/connected.ts'
import { Hostile } from './support/hostile.ts'
import { Pair } from './support/pair.ts'
import { newId } from './support/violations.ts'

const ping: Frame = { type: 'ping' }

test('NEW_CONNECTION_ID that retires the one before, a packet each, and nothing acknowledged (CVE-2024-22189)', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  let sent = 0
  for (; hostile.verdict === null && sent < 1000; sent++) hostile.send([newId(10 + sent, 10 + sent)])
  assert.equal(hostile.verdict, 'CONNECTION_ID_LIMIT_ERROR')
  assert.ok(sent <= MAX_RETIREMENTS + 1, `${sent}`)
  assert.ok(hostile.all('retireConnectionId').length <= MAX_RETIREMENTS)
  pair.release()
})

test('the connection id in use is retired where no spare is left: it is given back once, and the new one is used (CVE-2025-7054)', () => {
  const pair = connected()
  // All spare ids have arrived with it.
  assert.ok(upload(pair, 10_000))
  const hostile = new Hostile(pair)
  const replacement = newId(10, 10)
  hostile.send([replacement]).listen(1000)
  assert.equal(hostile.verdict, null)
  assert.deepEqual(pair.server.connection.remoteIds.current, replacement.connectionId)
  const retired = new Set(hostile.all('retireConnectionId').map(({ sequence }) => sequence))
  assert.deepEqual([...retired].sort(), [0, 1, 2, 3])
  pair.release()
})

test('CRYPTO bytes with a gap before each: the number of gaps is bounded (XQUIC #811)', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  let offset = 1
  while (hostile.verdict === null && offset < MAX_CRYPTO_BUFFER) {
    const frames: Frame[] = []
    for (let i = 0; i < 150; i++, offset += 2) frames.push({ type: 'crypto', offset, data: Uint8Array.of(1) })
    hostile.send(frames)
  }
  assert.equal(hostile.verdict, 'CRYPTO_BUFFER_EXCEEDED')
  assert.ok(offset / 2 < MAX_RECEIVE_GAPS + 200, `${offset / 2}`)
  pair.release()
})

test('a session ticket that comes byte by byte is waited for, and refused when it is whole and wrong (CVE-2023-39321)', () => {
  const { pair, hostile, say } = afterTickets()
  // NewSessionTicket of 40 bytes, none of which means anything. RFC 8446 section 4.6.1.
  const message = [4, 0, 0, 40, ...new Uint8Array(40)]
  for (const byte of message) {
    assert.equal(hostile.verdict, null)
    say(Uint8Array.of(byte))
  }
  assert.match(hostile.verdict ?? '', /^CRYPTO_ERROR/)
  pair.release()
})

for (const order of ['before', 'after'] as const) {
  test(`Handshake packets ${order} a HANDSHAKE_DONE that comes early are dropped or taken, and the client goes on (CVE-2025-59530)`, () => {
    const pair = new Pair()
    assert.ok(pair.run(() => pair.client.has('handshakeCompleted')))
    const hostile = new Hostile(pair, pair.server)
    const late = [hostile.seal([ping], { level: 'handshake' }), hostile.seal([ping], { level: 'initial' })]
    const done = hostile.seal([{ type: 'handshakeDone' }])
    hostile.deliver(...(order === 'before' ? [...late, done] : [done, ...late]))
    hostile.deliver(...late, done).listen(1000)
    assert.ok(pair.client.has('handshakeConfirmed'))
    assert.equal(closeOf(pair.client), null)
    pair.release()
  })
}

for (const [what, content] of Object.entries(CHEAP)) {
  test(`${what} without end: answered by acknowledgements alone, one for two packets at most`, () => {
    const pair = connected()
    const hostile = new Hostile(pair)
    const packets = 300
    for (let packet = 0; packet < packets; packet++) hostile.send(content(packet))
    assert.equal(hostile.verdict, null)
    assert.ok(hostile.all('ack').length <= packets / 2 + 1, `${hostile.all('ack').length}`)
    // What is not ACK was under way before, or is a probe of the path.
    assert.ok(hostile.heard.length - hostile.all('ack').length <= 20, `${hostile.heard.length}`)
    assert.equal(pair.server.connection.streams.open, 0)
    pair.release()
  })
}

test('streams reset as fast as they are opened: never more than the limit are kept, and one beyond it ends the connection', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  const { streams } = pair.server.connection
  for (let place = 0; place < 100; place++) {
    hostile.send([{ type: 'resetStream', stream: place * 4, code: 0n, finalSize: 0 }])
    assert.ok(streams.open <= 100)
  }
  assert.equal(hostile.verdict, null)
  hostile.send([{ type: 'resetStream', stream: 400, code: 0n, finalSize: 0 }])
  assert.equal(hostile.verdict, 'STREAM_LIMIT_ERROR')
  pair.release()
})

test('streams reset with promises that are not kept hold their places, and no credit (draft-ietf-quic-reliable-stream-reset section 7)', () => {
  const pair = connected({ server: { initialMaxData: 50_000, resetStreamAt: true } })
  const hostile = new Hostile(pair)
  const { streams } = pair.server.connection
  for (let place = 0; place < 100; place++) {
    const stream = place * 4
    hostile.send([
      { type: 'stream', stream, offset: 1, fin: false, data: new Uint8Array(1000) },
      { type: 'resetStreamAt', stream, code: 0n, finalSize: 5000, reliableSize: 1 },
    ])
  }
  assert.equal(hostile.verdict, null, 'what is not promised is credited: 500000 bytes went through 50000')
  assert.deepEqual([streams.open, streams.receiveCredit.limit - streams.receiveCredit.used <= 50_000], [100, true])
  hostile.send([{ type: 'resetStreamAt', stream: 400, code: 0n, finalSize: 1, reliableSize: 1 }])
  assert.equal(hostile.verdict, 'STREAM_LIMIT_ERROR')
  pair.release()
})

test('a reason phrase of control characters stays inside its record of the log (CVE-2025-58189)', () => {
  const written: string[] = []
  const qlog = { begin: () => {}, write: (record: string) => void written.push(record), end: () => {} }
  const pair = connected({ connection: (side) => (side === 'server' ? { qlog } : {}) })
  const reason = '\x1e{"name":"forged"}\n\x1b[31m\0'.repeat(30)
  new Hostile(pair).send([{ type: 'connectionClose', layer: 'application', code: 1n, frameType: 0, reason }])
  const records = written.join('').split('\x1e').slice(1)
  for (const record of records) assert.ok(record.endsWith('}\n') && typeof JSON.parse(record) === 'object')
  assert.ok(records.some((record) => (JSON.parse(record) as { data?: { reason?: string } }).data?.reason === reason))
  assert.ok(!records.some((record) => (JSON.parse(record) as { name?: string }).name === 'forged'))
  pair.release()
})

test('the longest transport parameters neither overflow the log nor get into it (ngtcp2, 2026)', () => {
  const written: string[] = []
  const qlog = { begin: () => {}, write: (record: string) => void written.push(record), end: () => {} }
  // One that nobody knows, as long as TLS lets through with the rest. RFC 9000 section 7.4.2 has it ignored.
  const long = Buffer.alloc(10_000, 'x')
  const unknown = Buffer.concat([Buffer.of(0x7f, 0xff, 0x40 | (long.length >> 8), long.length & 0xff), long])
  const pair = new Pair({
    tamper: (side, encoded) => (side === 'client' ? Buffer.concat([encoded, unknown]) : encoded),
    connection: (side) => (side === 'server' ? { qlog } : {}),
  })
  assert.ok(pair.run(() => pair.server.has('handshakeConfirmed')))
  const log = written.join('')
  assert.ok(log.includes('parameters_set') && !log.includes('xxx'), 'what is known is logged')
  for (const record of log.split('\x1e').slice(1)) {
    assert.ok(record.length < 4096, `${record.length} characters in a record`)
    assert.equal(typeof JSON.parse(record), 'object')
  }
  pair.release()
})

test('a probe of a path is acknowledged long after its path was given up (CVE-2025-29785)', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  const { keyPhases } = pair.server.connection
  const sent = keyPhases.sent.bind(keyPhases)
  let largest = -1
  keyPhases.sent = (number, acknowledging) => {
    largest = number
    sent(number, acknowledging)
  }
  pair.server.receive(hostile.seal([ping]), pair.now, { family: 4, address: '203.0.113.9', port: 9 })
  hostile.listen(5000)
  assert.ok(hostile.all('pathChallenge').length > 0)
  assert.ok(pair.server.events.some((event) => event.type === 'pathValidation' && event.result === 'failure'))
  hostile.send([{ type: 'ack', delay: 0, ranges: [{ smallest: 0, largest }], ecn: null }]).listen(1000)
  assert.equal(closeOf(pair.server), null)
  assert.equal(pair.server.connection.recovery.bytesInFlight, 0)
  pair.release()
})

test('NEW_TOKEN without end: each is handed on, and answered by acknowledgements alone', () => {
  const pair = connected()
  const hostile = new Hostile(pair, pair.server)
  const told = (): number => pair.client.events.filter((event) => event.type === 'tokenReceived').length
  const before = told()
  for (let packet = 0; packet < 100; packet++) hostile.send(flood({ type: 'newToken', token: new Uint8Array(40).fill(packet) }, 20))
  assert.equal(hostile.verdict, null)
  assert.equal(told() - before, 2000)
  assert.ok(hostile.heard.length <= 70, `${hostile.heard.length}`)
  pair.release()
})

// The handshake and a first exchange come through whatever happens to any one datagram.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, closeOf, described, open, read, say } from './support/connected.ts'
import { type Delivery, Pair, type PairOptions, seeded } from './support/pair.ts'

const DELAY = 10
const QUESTION = Buffer.alloc(3000, 'question')
const ANSWER = Buffer.alloc(3000, 'answer')

/** Timeouts double with each loss in a row: nothing else may end the wait. */
const PATIENT: PairOptions = { handshakeTimeoutMillis: 600_000, client: { maxIdleTimeout: 0 }, server: { maxIdleTimeout: 0 } }

/** Shakes hands, asks, answers, and lets all be acknowledged. */
function converse(options: PairOptions, label: string): Pair {
  const pair = new Pair({ delayMillis: DELAY, ...PATIENT, ...options })
  let asked: Buffer = Buffer.alloc(0)
  let answered: Buffer = Buffer.alloc(0)
  pair.onevent = (end, event) => {
    if (event.type === 'handshakeCompleted' && end.side === 'client') say(end, QUESTION)
    if (event.type !== 'streamReadable') return
    const bytes = read(end, event.stream)
    if (end.side === 'client') {
      answered = Buffer.concat([answered, bytes])
      return
    }
    asked = Buffer.concat([asked, bytes])
    if (!event.stream.receive!.ended) return
    event.stream.send!.write(ANSWER)
    event.stream.send!.finish()
  }
  const done = (): boolean =>
    pair.client.has('streamEnded') &&
    pair.server.has('streamEnded') &&
    pair.client.has('handshakeConfirmed') &&
    [pair.client, pair.server].every((end) => end.connection.recovery.bytesInFlight === 0)
  assert.ok(pair.run(done, 600_000), `${label}: ${described(pair)}`)
  assert.ok(asked.equals(QUESTION), `${label}: the question arrived changed`)
  assert.ok(answered.equals(ANSWER), `${label}: the answer arrived changed`)
  for (const end of [pair.client, pair.server]) {
    assert.equal(end.events.filter((event) => event.type === 'handshakeCompleted').length, 1, label)
    assert.equal(closeOf(end), null, label)
  }
  return pair
}

const clean = converse({}, 'an untroubled exchange')
const COUNT = clean.datagrams
clean.release()

const flipped = (datagram: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(datagram)
  copy[(bit >> 3) % copy.length]! ^= 1 << (bit & 7)
  return copy
}

const FAULTS: readonly { what: string; happen: (datagram: Buffer, index: number) => readonly Delivery[] }[] = [
  { what: 'is lost', happen: () => [] },
  { what: 'arrives twice', happen: (datagram) => [{ datagram }, { datagram }] },
  { what: 'arrives twice, much later the second time', happen: (datagram) => [{ datagram }, { datagram, lateMillis: 5 * DELAY }] },
  { what: 'is overtaken', happen: (datagram) => [{ datagram, lateMillis: 1.5 * DELAY }] },
  { what: 'is overtaken by all the rest', happen: (datagram) => [{ datagram, lateMillis: 2000 }] },
  { what: 'has a bit flipped near its beginning', happen: (datagram, index) => [{ datagram: flipped(datagram, index * 11) }] },
  { what: 'has a bit flipped in the middle', happen: (datagram, index) => [{ datagram: flipped(datagram, datagram.length * 4 + index) }] },
  { what: 'has its last bit flipped', happen: (datagram) => [{ datagram: flipped(datagram, datagram.length * 8 - 1) }] },
  { what: 'is cut in half', happen: (datagram) => [{ datagram: datagram.subarray(0, datagram.length >> 1) }] },
  { what: 'has bytes behind it', happen: (datagram) => [{ datagram: Buffer.concat([datagram, Buffer.alloc(30, 0x5a)]) }] },
]

for (const { what, happen } of FAULTS) {
  test(`every single datagram ${what}`, () => {
    for (let victim = 0; victim < COUNT; victim++) {
      const carry = (_: unknown, datagram: Buffer, index: number): readonly Delivery[] =>
        index === victim ? happen(datagram, index) : [{ datagram }]
      converse({ carry }, `datagram ${victim} ${what}`).release()
    }
  })
}

test('any two datagrams are lost', () => {
  for (let first = 0; first < COUNT; first++) {
    for (let second = first + 1; second < COUNT; second++) {
      converse({ drop: (_, __, index) => index === first || index === second }, `datagrams ${first} and ${second} are lost`).release()
    }
  }
})

test('the first flight of either side is lost again and again', () => {
  for (const side of ['client', 'server'] as const) {
    let left = side === 'client' ? 9 : 12
    const pair = converse({ drop: (from) => from === side && left-- > 0 }, `flights of the ${side} are lost`)
    assert.ok(left < 0)
    pair.release()
  }
})

test('every bit of the first datagram may flip', () => {
  for (let bit = 0; bit < 1200 * 8; bit += 97) {
    const carry = (_: unknown, datagram: Buffer, index: number): readonly Delivery[] => [
      { datagram: index === 0 ? flipped(datagram, bit) : datagram },
    ]
    converse({ carry }, `bit ${bit} flipped`).release()
  }
})

test('random mischief with every datagram of the handshake', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = seeded(seed)
    const carry = (_: unknown, datagram: Buffer, index: number): readonly Delivery[] => {
      const dice = random()
      if (dice < 0.15) return []
      if (dice < 0.25) return [{ datagram }, { datagram, lateMillis: random() * 50 }]
      if (dice < 0.35) return [{ datagram: flipped(datagram, Math.floor(random() * datagram.length * 8)) }]
      if (dice < 0.5) return [{ datagram, lateMillis: random() * 100 }]
      return [{ datagram, lateMillis: index % 3 === 0 ? random() : 0 }]
    }
    converse({ carry }, `seed ${seed}`).release()
  }
})

test('1-RTT packets that overtake the handshake wait for their keys', () => {
  // What the client says with its Finished comes before it.
  const carry = (from: string, datagram: Buffer): readonly Delivery[] =>
    from === 'client' && (datagram[0]! & 0x80) !== 0 ? [{ datagram, lateMillis: DELAY }] : [{ datagram }]
  const pair = new Pair({ delayMillis: DELAY, carry })
  assert.ok(pair.run(() => pair.client.has('handshakeCompleted')))
  const stream = open(pair.client)
  stream.send!.write(QUESTION)
  assert.ok(pair.run(() => pair.server.has('handshakeCompleted')))
  assert.ok(pair.server.connection.stats.dropped > 0, 'packets came before their keys')
  assert.equal(pair.client.connection.recovery.stats.probeTimeouts, 0)
  assert.ok(at(pair.server, stream).receive!.received > 1000, 'and were read as soon as those were there')
  pair.release()
})

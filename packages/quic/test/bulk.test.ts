// Datagrams that are built together, in the middle of a train, are those that would be built one by one; and none is built so that should carry anything else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Arena } from '@millrace/native'
import type { Slot } from '../src/core/datagram-builder.ts'
import { MAX_UDP_PAYLOAD } from '../src/core/limits.ts'
import { AmplificationLimit } from '../src/core/paths/amplification.ts'
import type { Stream } from '../src/core/streams/stream.ts'
import { at, connected, open, read } from './support/connected.ts'
import { NoLimit } from './support/no-limit.ts'
import type { End, Pair, PairOptions } from './support/pair.ts'

const SIZE = 1200
const MOST = 40
const WINDOW = 2 ** 20

/** A packet, as it was before it was sealed. */
interface Sealed {
  readonly number: number
  readonly payload: string
}

/** Builds what an end has to send, end to end, and looks at it. */
class Builder {
  readonly sealed: Sealed[] = []
  readonly #end: End
  readonly #memory = Arena.allocate(MOST * MAX_UDP_PAYLOAD)
  readonly #slot: Slot = { memory: this.#memory, offset: 0, capacity: MAX_UDP_PAYLOAD, to: null, local: null, ecn: 0, refusals: null }

  constructor(end: End) {
    this.#end = end
    const space = end.connection.spaces.application
    const sealer = space.sealer!
    const encrypt = sealer.encrypt.bind(sealer)
    sealer.encrypt = (memory, start, headerLength, payloadLength, number) => {
      const from = start + headerLength
      this.sealed.push({ number, payload: memory.bytes.toString('hex', from, from + payloadLength) })
      encrypt(memory, start, headerLength, payloadLength, number)
    }
  }

  /** The next datagram alone; empty if there is none. */
  one(now: number): Buffer {
    this.#slot.offset = 0
    return this.#taken(this.#end.connection.transmit(this.#slot, now))
  }

  /** One, and those like it behind it. */
  train(now: number, most: number = MOST - 1): Buffer[] {
    const first = this.one(now)
    return first.length === 0 ? [] : [first, ...this.more(now, most, first.length)]
  }

  /** Those like the one that was built last. */
  more(now: number, most: number = MOST - 1, size: number = SIZE): Buffer[] {
    this.#slot.offset = size
    const count = this.#end.connection.transmitMore(this.#slot, size, most, now)
    return Array.from({ length: count }, (_, index) => Buffer.from(this.#memory.bytes.subarray((1 + index) * size, (2 + index) * size)))
  }

  #taken(length: number): Buffer {
    return Buffer.from(this.#memory.bytes.subarray(0, length))
  }
}

interface Scene {
  readonly pair: Pair
  readonly stream: Stream
  readonly builder: Builder
}

/** A client with a lot to send on one stream, of which the first bytes have left. */
function scene(options: PairOptions = {}, bytes = 4 * WINDOW): Scene {
  const pair = connected({
    controller: () => new NoLimit(WINDOW),
    server: { initialMaxStreamDataUni: 2 ** 23 },
    ...options,
  })
  const stream = open(pair.client, 'uni')
  const data = Buffer.alloc(bytes)
  for (let word = 0; word + 4 <= bytes; word += 4) data.writeUInt32BE(word, word)
  stream.send!.write(data)
  return { pair, stream, builder: new Builder(pair.client) }
}

/** The peer has sent so much from its address that a dozen datagrams may go there. */
function unvalidated(scene: Scene): Scene {
  const amplification = new AmplificationLimit(false)
  amplification.received(4 * SIZE)
  Object.assign(scene.pair.client.connection.path, { amplification })
  return scene
}

function release(...pairs: Pair[]): void {
  for (const pair of pairs) pair.release()
}

test('datagrams built together hold what they would hold if they were built one by one', () => {
  const [alone, together] = [scene(), scene()]
  for (let count = 0; count < MOST; count++) assert.equal(alone.builder.one(alone.pair.now).length, SIZE)
  const train = together.builder.train(together.pair.now)
  assert.equal(train.length, MOST)
  const relative = ({ sealed }: Builder): Sealed[] => sealed.map(({ number, payload }) => ({ number: number - sealed[0]!.number, payload }))
  assert.deepEqual(relative(together.builder), relative(alone.builder))
  for (const key of ['bytesInFlight', 'congestionRoom'] as const) {
    const of = ({ recovery }: Pair['client']['connection']): number =>
      key === 'bytesInFlight' ? recovery.bytesInFlight : recovery.congestionRoom()
    assert.equal(of(together.pair.client.connection), of(alone.pair.client.connection), key)
  }
  const [one, other] = [together.pair.client.connection, alone.pair.client.connection]
  assert.equal(one.streams.bytesSent, other.streams.bytesSent)
  assert.equal(one.path.streamBytesSent, other.path.streamBytesSent)
  assert.equal(one.path.amplification.bytesSent, other.path.amplification.bytesSent)
  assert.equal(one.recovery.pacer.tokens(together.pair.now), other.recovery.pacer.tokens(alone.pair.now))
  assert.equal(one.wakeAt()! - together.pair.now, other.wakeAt()! - alone.pair.now)
  release(alone.pair, together.pair)
})

test('the peer opens and reads them, and what is lost of them comes again', () => {
  const { pair, stream, builder } = scene({}, 300_000)
  let lost = 0
  const chunks: Buffer[] = []
  pair.onevent = (end, event) => {
    if (end.side === 'server' && event.type === 'streamReadable') chunks.push(read(end, event.stream))
  }
  for (let train = builder.train(pair.now); train.length > 0; train = builder.train(pair.now)) {
    train.forEach((datagram, index) => {
      if (index % 7 === 3) lost++
      else pair.server.receive(datagram, pair.now)
    })
  }
  stream.send!.finish()
  assert.ok(lost > 0)
  pair.run(() => stream.send!.ended)
  const received = Buffer.concat([...chunks])
  assert.equal(received.length, 300_000)
  for (let word = 0; word < received.length; word += 4) assert.equal(received.readUInt32BE(word), word)
  release(pair)
})

test('streams share a train as they share datagrams: turn by turn', () => {
  const { pair, builder, stream } = scene()
  const other = open(pair.client, 'uni')
  other.send!.write(Buffer.alloc(WINDOW))
  while (builder.sealed.length < 20) builder.train(pair.now, 10)
  const sent = [stream.send!.finalSize, other.send!.finalSize]
  assert.ok(Math.abs(sent[0]! - sent[1]!) <= 2 * SIZE, `${sent} bytes of either`)
  release(pair)
})

test('a turn is what the path takes in a tenth of a millisecond: one packet where it is slow, sixteen at most', () => {
  for (const [packetsPerMilli, longest] of [
    [5, 1],
    [80, 8],
    [1000, 16],
  ] as const) {
    const { pair, builder } = scene()
    open(pair.client, 'uni').send!.write(Buffer.alloc(WINDOW))
    pair.client.connection.recovery.pacer.paceAt(packetsPerMilli * SIZE, pair.now)
    for (let train = 1; builder.sealed.length <= 100; train++) assert.ok(builder.train(pair.now + 20 * train).length > 0)
    // Their frames begin with a type and an id, of a byte each.
    const turns = builder.sealed
      .map(({ payload }) => payload.slice(2, 4))
      .join('')
      .match(/(..)\1*/g)!
    assert.equal(Math.max(...turns.map(({ length }) => length / 2)), longest, turns.join(' '))
    release(pair)
  }
})

test('window, pace and credit hold them back as they do any datagram', () => {
  const bounds: readonly { name: string; scene: () => Scene }[] = [
    { name: 'window', scene: () => scene({ controller: () => new NoLimit(20 * SIZE + 77) }) },
    { name: 'credit of the connection', scene: () => scene({ server: { initialMaxData: 20_000, initialMaxStreamDataUni: 2 ** 23 } }) },
    { name: 'credit of the stream', scene: () => scene({ server: { initialMaxStreamDataUni: 20_000 } }) },
    { name: 'data', scene: () => scene({}, 20_001) },
    { name: 'an address that may not be real (RFC 9000 section 8.1)', scene: () => unvalidated(scene()) },
  ]
  for (const { name, scene } of bounds) {
    const [alone, together] = [scene(), scene()]
    const one: number[] = []
    for (let { length } = alone.builder.one(alone.pair.now); length > 0; length = alone.builder.one(alone.pair.now).length) one.push(length)
    const all: number[] = []
    let built = 0
    for (let train = together.builder.train(together.pair.now); train.length > 0; train = together.builder.train(together.pair.now)) {
      all.push(...train.map(({ length }) => length))
      built = Math.max(built, train.length)
    }
    assert.deepEqual(all, one, name)
    assert.ok(built > 5, `${name}: ${built} in the longest train`)
    release(alone.pair, together.pair)
  }
})

test('a token bucket that is empty ends a train', () => {
  const { pair, builder } = scene()
  const { pacer } = pair.client.connection.recovery
  while (builder.train(pair.now).length > 0);
  pacer.paceAt(SIZE, pair.now)
  const later = pair.now + 8
  const admitted = Math.floor(pacer.tokens(later) / SIZE)
  assert.ok(admitted > 1 && admitted < MOST, `${admitted} are admitted`)
  assert.equal(builder.train(later).length, admitted)
  assert.equal(builder.one(later).length, 0)
  release(pair)
})

test('numbers are left out of a train as well (RFC 9000 section 21.4)', () => {
  const { pair, builder } = scene()
  for (let turn = 0; builder.sealed.length < 500; turn++) assert.ok(turn < 500 && builder.train(pair.now + turn).length >= 0)
  const gaps = builder.sealed.filter(({ number }, index) => index > 0 && number !== builder.sealed[index - 1]!.number + 1)
  assert.ok(gaps.length > 0)
  release(pair)
})

test('keys seal no more packets than they may before they are updated (RFC 9001 section 6.6)', () => {
  const { pair, builder } = scene({ keyUpdateInterval: 30 })
  const { sealer } = pair.client.connection.spaces.application
  const before = sealer!.sealed
  assert.ok(before < 30)
  assert.equal(builder.train(pair.now).length, 30 - before)
  release(pair)
})

test('nothing is built behind a datagram when anything but stream data waits', () => {
  const waiting: readonly { name: string; wait: (scene: Scene) => void }[] = [
    {
      name: 'an acknowledgement',
      wait: ({ pair }) => pair.client.connection.spaces.application.received.record(1_000_000, true, pair.now),
    },
    { name: 'a PING', wait: ({ pair }) => (pair.client.connection.spaces.application.pingWanted = true) },
    { name: 'a datagram of the application', wait: ({ pair }) => pair.client.connection.datagrams.send(Buffer.alloc(10)) },
    { name: 'a frame about a stream', wait: ({ pair }) => pair.client.connection.streams.control.connectionBlocked() },
    { name: 'a challenge', wait: ({ pair }) => pair.client.connection.paths.challenged(Buffer.alloc(8)) },
    { name: 'a key update', wait: ({ pair }) => pair.client.connection.keyPhases.request() },
    { name: 'the end', wait: ({ pair }) => pair.client.connection.close(0n, '', pair.now) },
  ]
  for (const { name, wait } of waiting) {
    const made = scene()
    const { pair, builder } = made
    assert.equal(builder.train(pair.now, 3).length, 4, name)
    wait(made)
    assert.equal(builder.more(pair.now).length, 0, name)
    release(pair)
  }
})

test('nothing is built behind a datagram of another size, path or mark', () => {
  const { pair, builder } = scene()
  assert.equal(builder.one(pair.now).length, SIZE)
  assert.equal(builder.more(pair.now, MOST, SIZE - 1).length, 0)
  assert.equal(builder.more(pair.now, 0).length, 0)
  assert.equal(builder.more(pair.now, 2).length, 2)
  assert.equal(at(pair.client, open(pair.client, 'uni')).send!.written, 0)
  release(pair)
})

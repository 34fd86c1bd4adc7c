// Whole connections on a virtual network: what is written arrives, whatever the network does.
import assert from 'node:assert/strict'
import { createHash, randomFillSync } from 'node:crypto'
import { test } from 'node:test'
import type { Stream } from '../src/core/streams/stream.ts'
import { shakenHands } from './support/connected.ts'
import { type End, Pair, seeded } from './support/pair.ts'

const MIB = 1024 * 1024

/** Reads all that arrives on streams of `end`. */
class Reader {
  readonly chunks = new Map<number, Buffer[]>()
  ended = 0

  constructor(pair: Pair, end: End) {
    const before = pair.onevent
    pair.onevent = (from, event) => {
      before(from, event)
      if (from !== end || event.type !== 'streamReadable') return
      this.#read(end, event.stream)
    }
  }

  #read(end: End, stream: Stream): void {
    const list = this.chunks.get(stream.id) ?? []
    this.chunks.set(stream.id, list)
    for (let chunk = end.connection.streams.read(stream); chunk !== null; chunk = end.connection.streams.read(stream)) list.push(chunk)
    if (stream.receive!.ended) this.ended++
  }

  digest(id: number): string {
    return digest(...(this.chunks.get(id) ?? []))
  }
}

function digest(...chunks: Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

function send(end: End, data: Buffer): Stream {
  const stream = end.connection.streams.openStream('bidi')!
  stream.send!.write(data)
  stream.send!.finish()
  return stream
}

test('a handshake takes one round trip, and its confirmation another', () => {
  const pair = new Pair({ delayMillis: 50 })
  assert.ok(pair.run(() => pair.client.has('handshakeCompleted')))
  assert.equal(pair.now - 1000, 100)
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  assert.equal(pair.now - 1000, 200)
  const completed = pair.client.events.find((event) => event.type === 'handshakeCompleted')
  assert.equal(completed?.alpn, 'test')
  pair.release()
})

for (const { loss, seed } of [
  { loss: 0, seed: 1 },
  { loss: 0.05, seed: 2 },
  { loss: 0.2, seed: 3 },
]) {
  test(`10 MB arrive intact both ways at ${loss * 100} % loss (seed ${seed})`, () => {
    const random = seeded(seed)
    const pair = shakenHands({ drop: () => random() < loss })
    const data = { client: Buffer.alloc(10 * MIB), server: Buffer.alloc(10 * MIB) }
    randomFillSync(data.client)
    randomFillSync(data.server)
    const atServer = new Reader(pair, pair.server)
    const atClient = new Reader(pair, pair.client)
    const up = send(pair.client, data.client)
    const down = send(pair.server, data.server)
    assert.ok(
      pair.run(() => atServer.ended === 1 && atClient.ended === 1, 3_600_000),
      `stuck at ${pair.now}`,
    )
    assert.equal(atServer.digest(up.id), digest(data.client))
    assert.equal(atClient.digest(down.id), digest(data.server))
    pair.release()
  })
}

test('handshakes survive 30 % loss', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = seeded(seed)
    const pair = new Pair({ drop: () => random() < 0.3 })
    const done = pair.run(() => pair.client.has('handshakeConfirmed') && pair.server.has('handshakeCompleted'), 30_000)
    assert.ok(done, `seed ${seed} did not connect by ${pair.now}`)
    pair.release()
  }
})

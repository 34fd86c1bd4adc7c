// Which stream's data goes first. RFC 9000 section 2.3, RFC 9218 section 10.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Priority } from '../src/core/streams/priority.ts'
import type { Stream } from '../src/core/streams/stream.ts'
import { connected, open, read, say } from './support/connected.ts'
import { type Pair, seeded } from './support/pair.ts'
import { dial, readAll, serve } from './support/server.ts'

const KIB = 1024

/** Uploads so many bytes on a stream of this priority. */
function send(pair: Pair, priority: Priority, bytes: number): Stream {
  const stream = say(pair.client, Buffer.alloc(bytes), 'uni')
  pair.client.connection.streams.prioritize(stream, priority)
  return stream
}

/** Runs until all streams have ended at the server. Returns their ids in the order in which they did, and what each had when the first one ended. */
function upload(pair: Pair, count: number): { ended: number[]; had: Map<number, number> } {
  const ended: number[] = []
  const got = new Map<number, number>()
  let had = new Map<number, number>()
  pair.onevent = (end, event) => {
    if (event.type === 'streamReadable') {
      got.set(event.stream.id, (got.get(event.stream.id) ?? 0) + read(end, event.stream).length)
    }
    if (event.type !== 'streamEnded' || end.side !== 'server') return
    if (ended.length === 0) had = new Map(got)
    ended.push(event.stream.id)
  }
  assert.ok(pair.run(() => ended.length === count, 60_000))
  return { ended, had }
}

test('the more urgent goes first, though it was written last', () => {
  const pair = connected()
  const low = send(pair, { urgency: 7, incremental: true }, 200 * KIB)
  const middle = send(pair, { urgency: 3, incremental: false }, 200 * KIB)
  const high = send(pair, { urgency: 0, incremental: true }, 200 * KIB)
  const { ended, had } = upload(pair, 3)
  assert.deepEqual(ended, [high.id, middle.id, low.id])
  assert.ok((had.get(low.id) ?? 0) === 0, 'nothing of the least urgent was sent before the end of the most urgent')
  pair.release()
})

test('streams that share get the same, and end together', () => {
  const pair = connected()
  const streams = Array.from({ length: 4 }, () => send(pair, { urgency: 3, incremental: true }, 100 * KIB))
  const { had } = upload(pair, 4)
  for (const { id } of streams) assert.ok(had.get(id)! >= 90 * KIB, `stream ${id} had ${had.get(id)} bytes when the first one ended`)
  pair.release()
})

test('groups get the same, whatever they have to send, and within one the higher order goes first', () => {
  const pair = connected()
  const [crowd, few] = [{}, {}]
  const ranked = (group: object, order: number, kib: number): Stream =>
    send(pair, { urgency: 3, incremental: true, group, order }, kib * KIB)
  const [last, middle, next] = [ranked(crowd, -1, 40), ranked(crowd, 0, 40), ranked(crowd, 9007199254740991, 40)]
  const beside = ranked(few, 0, 110)
  const { ended } = upload(pair, 4)
  assert.deepEqual(ended, [next.id, middle.id, beside.id, last.id])
  pair.release()
})

test('streams that do not share end one after the other, also where packets are lost', () => {
  for (const loss of [0, 0.05]) {
    const random = seeded(11)
    const pair = connected({ drop: () => random() < loss })
    const ids = Array.from({ length: 4 }, () => send(pair, { urgency: 3, incremental: false }, 100 * KIB).id)
    const { ended, had } = upload(pair, 4)
    if (loss === 0) assert.deepEqual(ended, ids)
    assert.ok((had.get(ids[3]!) ?? 0) < 50 * KIB, `the last one had ${had.get(ids[3]!)} bytes when the first one ended`)
    pair.release()
  }
})

test('an urgent stream without credit keeps nobody from sending, and goes first again once it has some. RFC 9000 section 4.1', () => {
  const pair = connected({ server: { initialMaxStreamDataUni: 50 * KIB, initialMaxData: 1 << 24 } })
  const high = send(pair, { urgency: 0, incremental: false }, 400 * KIB)
  const low = send(pair, { urgency: 7, incremental: false }, 40 * KIB)
  let lowEnded = false
  // The server does not read what is urgent until all of the other has come.
  pair.onevent = (end, event) => {
    if (event.type !== 'streamReadable' || event.stream.id === high.id) return
    read(end, event.stream)
    lowEnded = event.stream.receive!.ended
  }
  assert.ok(pair.run(() => lowEnded))
  assert.equal(high.send!.unsent, 350 * KIB)
  const second = send(pair, { urgency: 7, incremental: false }, 40 * KIB)
  const stream = pair.server.connection.streams.find(high.id)!
  read(pair.server, stream)
  const { ended } = upload(pair, 2)
  assert.deepEqual(new Set(ended), new Set([high.id, second.id]))
  assert.ok(low.ended)
  pair.release()
})

test('the credit of the connection, spent by the less urgent, goes to the more urgent as soon as there is more', () => {
  const pair = connected({ server: { initialMaxData: 60 * KIB } })
  const low = send(pair, { urgency: 7, incremental: true }, 300 * KIB)
  pair.run(() => low.send!.finalSize === 60 * KIB)
  const high = send(pair, { urgency: 0, incremental: true }, 200 * KIB)
  assert.equal(high.send!.finalSize, 0)
  const stream = pair.server.connection.streams.find(low.id)!
  read(pair.server, stream)
  const { ended, had } = upload(pair, 2)
  assert.deepEqual(ended, [high.id, low.id])
  // Shared, it would be as many as the other's; what follows the last of that may overtake its end.
  assert.ok(had.get(low.id)! <= 60 * KIB, `the less urgent got ${had.get(low.id)} bytes before the end of the other`)
  pair.release()
})

test('a stream that is reset while others are more urgent is forgotten at once', () => {
  const pair = connected()
  const busy = open(pair.client, 'uni')
  pair.client.connection.streams.prioritize(busy, { urgency: 0, incremental: false })
  busy.send!.write(Buffer.alloc(4 * KIB * KIB))
  const given = send(pair, { urgency: 7, incremental: false }, 10 * KIB)
  assert.equal(given.queued, true)
  pair.client.connection.streams.resetStream(given, 3n)
  assert.equal(given.queued, false)
  pair.release()
})

test('over sockets: setPriority, and the option of a new stream', async () => {
  const order: bigint[] = []
  const all = Promise.withResolvers<void>()
  const server = await serve(async (stream) => {
    await readAll(stream)
    order.push(stream.id)
    if (order.length === 3) all.resolve()
  })
  const session = await dial(server.address)
  await session.opened
  const [low, middle, high] = await Promise.all([
    session.createUnidirectionalStream({ priority: 'low', incremental: false, highWaterMark: 4096 }),
    session.createUnidirectionalStream(),
    session.createUnidirectionalStream(),
  ])
  assert.deepEqual(low.priority, { level: 'low', incremental: false })
  assert.equal(low.highWaterMark, 4096)
  assert.deepEqual(middle.priority, { level: 'default', incremental: true })
  high.setPriority({ urgency: 5 })
  assert.equal(high.priority?.level, 'low')
  high.setPriority({ level: 'high' })
  assert.deepEqual(high.priority, { level: 'high', incremental: true })
  const ends = [low, middle, high].map((stream) => stream.end(Buffer.alloc(8 * KIB * KIB)))
  await Promise.all([all.promise, ...ends])
  assert.deepEqual(order, [high.id, middle.id, low.id])
  assert.equal(high.priority, null)
  high.setPriority({ level: 'low' })
  for (const wrong of [
    { level: 'urgent' as 'high' },
    { incremental: 1 as unknown as boolean },
    { urgency: 8 },
    { urgency: 0.5 },
    { group: 1 as unknown as object },
    { order: Number.NaN },
  ])
    assert.throws(() => low.setPriority(wrong), {
      code: 'ERR_QUIC_OPTION',
      message: /^Option (priority is "urgent"; it may be high, default, low|incremental is 1|urgency is (8|0.5)|group is 1|order is NaN)/,
    })
  await assert.rejects(session.createBidirectionalStream({ highWaterMark: -1 }), {
    code: 'ERR_QUIC_OPTION',
    message: /highWaterMark is -1/,
  })
  await session.close()
  await server.endpoint.close()
})

// What the peer allows at this moment: streams, bytes, datagrams. RFC 9000 section 4, RFC 9221 section 5.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connected, say } from './support/connected.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

test('who does not want to wait for a stream hears at once that there is none', async () => {
  const server = await serve(echo, { transportParams: { initialMaxStreamsUni: 1 } })
  const session = await dial(server.address)
  await session.opened
  const first = await session.createUnidirectionalStream({ wait: false })
  await assert.rejects(session.createUnidirectionalStream({ wait: false }), { code: 'ERR_QUIC_STREAM_LIMIT' })
  // Those of the other kind are counted apart, and who waits is served.
  const other = await session.createBidirectionalStream({ wait: false })
  const waiting = session.createUnidirectionalStream()
  await first.end('over')
  const next = await waiting
  await Promise.all([next.end(), other.end(), readAll(other)])
  await assert.rejects(session.createUnidirectionalStream({ wait: 1 as unknown as boolean }), { code: 'ERR_QUIC_OPTION' })
})

test("the room that credit leaves is the less of the stream's and of the connection's, what others have written counted first", async () => {
  const transportParams = { initialMaxStreamDataBidiRemote: 10_000, initialMaxStreamDataUni: 5000, initialMaxData: 12_000 }
  const server = await serve(() => undefined, { transportParams })
  const session = await dial(server.address)
  await session.opened
  const [one, two] = await Promise.all([session.createBidirectionalStream(), session.createUnidirectionalStream()])
  assert.deepEqual([one.creditRoom, two.creditRoom], [10_000, 5000])
  one.writeSync(new Uint8Array(9000))
  assert.deepEqual([one.creditRoom, two.creditRoom], [1000, 3000])
  // What is beyond the credit of its own stream keeps nobody else waiting.
  two.writeSync(new Uint8Array(6000))
  assert.deepEqual([one.creditRoom, two.creditRoom], [0, 0])
  assert.deepEqual([one.sendable, two.sendable], [9000, 5000])
  two.resetStream()
  await two.moved()
  assert.deepEqual([one.creditRoom, two.creditRoom], [1000, 0])
})

test('that bytes of a stream have left is told when it is next so', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  const stream = await session.createBidirectionalStream()
  stream.writeSync(new Uint8Array(500))
  assert.equal(stream.stats.bytesUnsent, 500)
  await stream.moved()
  assert.equal(stream.stats.bytesUnsent, 0)
  assert.equal(stream.sendable, 0)
  const end = stream.moved()
  stream.destroy()
  await end
})

test('acknowledged bytes of streams are counted once, lost packets or not', () => {
  let count = 0
  const pair = connected({ drop: () => ++count % 7 === 0 })
  say(pair.client, Buffer.alloc(100_000), 'uni')
  const { streams } = pair.client.connection
  assert.ok(pair.run(() => streams.bytesAcknowledged === 100_000, 60_000))
  assert.ok(streams.sendCredit.resent > 0)
  pair.release()
})

test('that no datagram waits any more is told, also at the end', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  await session.opened
  await session.datagramsDrained()
  for (let sent = 0; sent < 100; sent++) void session.sendDatagram(new Uint8Array(1000))
  await session.datagramsDrained()
  const { datagramsSent, datagramBytesSent } = session.stats
  assert.equal(datagramsSent, 100)
  assert.equal(datagramBytesSent, 100_000)
  void session.sendDatagram(new Uint8Array(1000))
  const drained = session.datagramsDrained()
  session.destroy()
  await drained
  await session.datagramsDrained()
})

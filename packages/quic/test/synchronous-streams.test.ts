// Streams for readers and writers that want no promise, and what they hear when the peer gives up. RFC 9000 sections 2.2, 3.5 and 19.4.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QuicStream } from '../src/index.ts'
import { dial, echo, serve } from './support/server.ts'

test('readSync gives what is there, undefined where nothing is yet, and null at the end; onreadable hears that there is more', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  const stream = await session.createBidirectionalStream()
  assert.equal(stream.readSync(), undefined)
  const ended = Promise.withResolvers<Buffer>()
  const chunks: Uint8Array[] = []
  stream.onreadable = () => {
    for (let chunk = stream.readSync(); chunk !== undefined; chunk = stream.readSync()) {
      if (chunk === null) return ended.resolve(Buffer.concat(chunks))
      chunks.push(chunk)
    }
  }
  const data = Buffer.alloc(300_000, 7)
  stream.writeSync(data.subarray(0, 1))
  stream.endSync(data.subarray(1))
  assert.deepEqual(await ended.promise, data)
  await stream.closed
  assert.equal(stream.readSync(), null)
})

test('onreadable is silent once the end was read, and tells of it when a stream ends whose end nobody has read', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  for (const readsOn of [true, false]) {
    const stream = await session.createBidirectionalStream()
    const seen: unknown[] = []
    const target = Buffer.alloc(100)
    stream.onreadable = () => {
      do seen.push(stream.readIntoSync(target))
      while (readsOn && typeof seen.at(-1) === 'number')
    }
    stream.endSync('abcd')
    await stream.closed
    // The end may come a little later than the bytes.
    const news = seen.filter((got) => got !== undefined)
    assert.deepEqual(news, [4, null], readsOn ? 'by one call' : 'by two')
  }
})

test('readIntoSync fills what it is given', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  const stream = await session.createBidirectionalStream()
  const target = Buffer.alloc(3)
  assert.equal(stream.readIntoSync(target), undefined)
  stream.endSync('abcd')
  const readable = Promise.withResolvers<void>()
  stream.onreadable = () => readable.resolve()
  await readable.promise
  assert.equal(stream.readIntoSync(target), 3)
  assert.equal(target.toString(), 'abc')
  await stream.readInto(target)
  assert.equal(target.toString(), 'dbc')
  await stream.closed
  assert.equal(stream.readIntoSync(target), null)
})

test('onreset hears of a reset at once, also while content waits that nobody reads', async () => {
  const reset = Promise.withResolvers<bigint>()
  const arrived = Promise.withResolvers<QuicStream>()
  const server = await serve((stream) => {
    stream.onreset = reset.resolve
    stream.onreadable = () => arrived.resolve(stream)
  })
  const session = await dial(server.address)
  const stream = await session.createBidirectionalStream()
  stream.writeSync('never read')
  await arrived.promise
  stream.resetStream(258)
  assert.equal(await reset.promise, 258n)
  const received = await arrived.promise
  await assert.rejects(received.read(), { code: 'ERR_QUIC_STREAM_RESET', errorCode: 258n })
})

test('onstopsending hears that the peer wants no more, and writing fails from then on', async () => {
  const server = await serve((stream) => stream.stopSending(256))
  const session = await dial(server.address)
  const stream = await session.createBidirectionalStream()
  const stopped = Promise.withResolvers<bigint>()
  stream.onstopsending = stopped.resolve
  stream.writeSync('begun')
  assert.equal(await stopped.promise, 256n)
  assert.throws(() => stream.writeSync('more'), { code: 'ERR_QUIC_STOP_SENDING', errorCode: 256n })
})

test('onclosed hears how a stream ended: null where all went well', async () => {
  const server = await serve((stream) => (stream.direction === 'uni' ? stream.stopSending(7) : echo(stream)))
  const session = await dial(server.address)
  const outcome = (stream: QuicStream): Promise<unknown> => new Promise((resolve) => Object.assign(stream, { onclosed: resolve }))
  const well = await session.createBidirectionalStream()
  const ended = outcome(well)
  well.endSync('x')
  while ((await well.read()) !== null);
  assert.equal(await ended, null)
  const stopped = await session.createUnidirectionalStream()
  const gone = outcome(stopped)
  stopped.writeSync('x')
  assert.equal(((await gone) as { code: string }).code, 'ERR_QUIC_STOP_SENDING')
})

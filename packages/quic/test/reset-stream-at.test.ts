// Resets that deliver the beginning of a stream, between two connections, and as users call them. draft-ietf-quic-reliable-stream-reset.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Stream } from '../src/core/streams/stream.ts'
import { QuicError, type QuicSession, type QuicStream } from '../src/index.ts'
import { at, closeOf, connected, described, open, read, settle } from './support/connected.ts'
import { newContexts, Pair, type PairOptions, seeded } from './support/pair.ts'
import { dial, serve } from './support/server.ts'

const BOTH: PairOptions = { client: { resetStreamAt: true }, server: { resetStreamAt: true } }

/** What the server reads of a stream, until it finds the reset. */
function readToReset(pair: Pair, stream: Stream): { bytes: Buffer; code: bigint } {
  const chunks: Buffer[] = []
  let code: bigint | null = null
  const look = (there: Stream): void => {
    chunks.push(read(pair.server, there))
    code = there.receive!.resetCode
    if (code !== null) pair.server.connection.streams.resetRead(there)
  }
  pair.onevent = (end, event) => {
    if (end === pair.server && event.type === 'streamReadable') look(event.stream)
  }
  const already = pair.server.connection.streams.find(stream.id)
  if (already !== undefined) look(already)
  assert.ok(
    pair.run(() => code !== null, 60_000),
    described(pair),
  )
  return { bytes: Buffer.concat(chunks), code: code! }
}

for (const seed of [1, 2, 3, 4]) {
  test(`on a path that loses a fifth, seed ${seed}: what was promised arrives, and the reset behind it (section 5)`, () => {
    const random = seeded(seed)
    let lossy = false
    const pair = connected({ ...BOTH, seed, drop: () => lossy && random() < 0.2 })
    lossy = true
    const data = randomBytes(100_000)
    const stream = open(pair.client, 'uni')
    stream.send!.write(data)
    pair.run(() => stream.send!.finalSize > 20_000, 5000)
    assert.equal(pair.client.connection.streams.resetStreamAt(stream, 7n, 60_000), true)
    const { bytes, code } = readToReset(pair, stream)
    assert.equal(code, 7n)
    assert.ok(bytes.length >= 60_000 && bytes.equals(data.subarray(0, bytes.length)), `${bytes.length}`)
    lossy = false
    settle(pair)
    assert.equal(stream.send!.state, 'dataReceived')
    assert.deepEqual([pair.client.connection.streams.open, pair.server.connection.streams.open], [0, 0])
    pair.release()
  })
}

test('the reset waits for credit as the data before it does (section 4)', () => {
  const pair = connected({ ...BOTH, server: { resetStreamAt: true, initialMaxStreamDataUni: 1000 } })
  const stream = open(pair.client, 'uni')
  const data = randomBytes(5000)
  stream.send!.write(data)
  pair.client.connection.streams.resetStreamAt(stream, 7n, 4000)
  pair.run(() => false, 1000)
  const there = at(pair.server, stream)
  assert.deepEqual([there.receive!.received, there.receive!.state], [1000, 'receive'])
  const { bytes } = readToReset(pair, stream)
  assert.ok(bytes.equals(data.subarray(0, 4000)))
  assert.equal(closeOf(pair.server), null)
  pair.release()
})

test('bytes beyond the promise give the connection its credit back, read or not (section 5.3)', () => {
  const pair = connected({ ...BOTH, server: { resetStreamAt: true, initialMaxData: 10_000 } })
  for (let round = 0; round < 20; round++) {
    const stream = open(pair.client, 'uni')
    stream.send!.write(randomBytes(4000))
    pair.run(() => stream.send!.unsent === 0, 10_000)
    assert.equal(stream.send!.unsent, 0, `round ${round}`)
    pair.client.connection.streams.resetStreamAt(stream, 7n, 10)
    // Ten bytes of each stream are never read.
    pair.run(() => pair.server.connection.streams.find(stream.id)?.receive?.isReset ?? false, 1000)
  }
  assert.equal(closeOf(pair.server), null)
  pair.release()
})

test('the owner hears of the reset once the promise is read, and not before', () => {
  const pair = connected(BOTH)
  const stream = open(pair.client, 'uni')
  stream.send!.write(randomBytes(100))
  pair.client.connection.streams.resetStreamAt(stream, 7n, 50)
  pair.run(() => false, 1000)
  const there = at(pair.server, stream)
  assert.equal(there.receive!.state, 'dataReceived')
  assert.equal(pair.server.has('streamReset'), false)
  assert.equal(read(pair.server, there).length, 50)
  pair.server.drain()
  assert.deepEqual(
    pair.server.events.flatMap((event) => (event.type === 'streamReset' ? [event.code] : [])),
    [7n],
  )
  pair.release()
})

test('STOP_SENDING is answered with RESET_STREAM, and the code that was said before (sections 5.2 and 5.4)', () => {
  const pair = connected({ ...BOTH, server: { resetStreamAt: true, initialMaxStreamDataUni: 100 } })
  const stream = open(pair.client, 'uni')
  stream.send!.write(randomBytes(500))
  pair.run(() => false, 500)
  pair.client.connection.streams.resetStreamAt(stream, 7n, 500)
  pair.server.connection.streams.stopSending(at(pair.server, stream), 9n)
  settle(pair)
  assert.deepEqual([stream.send!.state, stream.send!.resetCode], ['resetReceived', 7n])
  assert.deepEqual([pair.client.connection.streams.open, pair.server.connection.streams.open], [0, 0])
  pair.release()
})

test('to a peer that does not take part everything is given up, with RESET_STREAM (section 3)', () => {
  const pair = connected({ client: { resetStreamAt: true } })
  assert.equal(pair.client.connection.streams.peerTakesResetAt, false)
  assert.equal(pair.server.connection.streams.peerTakesResetAt, true)
  const stream = open(pair.client, 'uni')
  stream.send!.write(randomBytes(500))
  pair.client.connection.streams.resetStreamAt(stream, 7n, 500)
  settle(pair)
  assert.deepEqual([stream.send!.state, stream.send!.reliableSize], ['resetReceived', null])
  pair.release()
})

describe('in 0-RTT (section 3)', () => {
  /** A second session with the ticket of a first, whose client resets its stream at once. */
  function resumed(
    then: boolean,
    now: boolean,
    admit: boolean,
    resets: boolean = true,
  ): { pair: Pair; stream: Stream; release: () => void } {
    const contexts = newContexts()
    const first = new Pair({ contexts, server: { resetStreamAt: then } })
    assert.ok(first.run(() => first.client.has('ticketReceived')))
    const { ticket } = first.client.events.find((each) => each.type === 'ticketReceived')!
    first.release()
    const pair = new Pair({ contexts, ticket, admit: () => admit, server: { resetStreamAt: now } })
    const stream = open(pair.client, 'uni')
    stream.send!.write(Buffer.from('promised, and not'))
    if (resets) pair.client.connection.streams.resetStreamAt(stream, 7n, 8)
    return {
      pair,
      stream,
      release: () => {
        pair.release()
        contexts.client.release()
        contexts.server.release()
      },
    }
  }

  test('it is remembered that the server takes part', () => {
    const { pair, stream, release } = resumed(true, true, true)
    assert.equal(stream.send!.reliableSize, 8)
    assert.deepEqual(readToReset(pair, stream), { bytes: Buffer.from('promised'), code: 7n })
    assert.equal(pair.server.connection.streams.open, 0)
    release()
  })

  test('a server that refuses 0-RTT gets all of it again', () => {
    const { pair, stream, release } = resumed(true, true, false)
    assert.deepEqual(readToReset(pair, stream), { bytes: Buffer.from('promised'), code: 7n })
    release()
  })

  test('a server that refuses 0-RTT and takes no part any more gets RESET_STREAM', () => {
    const { pair, stream, release } = resumed(true, false, false)
    assert.equal(readToReset(pair, stream).code, 7n)
    assert.equal(stream.send!.reliableSize, null)
    assert.equal(closeOf(pair.client), null)
    release()
  })

  test('a server that accepts 0-RTT and takes no part any more breaks the rule', () => {
    const { pair, release } = resumed(true, false, true, false)
    pair.run(() => closeOf(pair.client) !== null, 5000)
    const reason = closeOf(pair.client)
    assert.ok(reason?.type === 'closed' && reason.initiator === 'local' && /resetStreamAt is false and was true/.test(reason.reason))
    release()
  })
})

describe('as users call it', () => {
  /** A session, and the server's side of the next stream that is opened in it. */
  async function together(resetStreamAt: boolean = true): Promise<{ session: QuicSession; accepted: Promise<QuicStream> }> {
    const { promise: accepted, resolve } = Promise.withResolvers<QuicStream>()
    const server = await serve(resolve, { transportParams: { resetStreamAt } })
    const session = await dial(server.address)
    await session.opened
    return { session, accepted }
  }

  const RESET = { code: 'ERR_QUIC_STREAM_RESET', errorCode: 7n }

  for (const [way, readOn] of Object.entries<(stream: QuicStream) => Promise<Buffer>>({
    read: async (stream) => {
      const chunks: Uint8Array[] = []
      await assert.rejects(async () => {
        for (let chunk = await stream.read(); chunk !== null; chunk = await stream.read()) chunks.push(chunk)
      }, RESET)
      return Buffer.concat(chunks)
    },
    readInto: async (stream) => {
      const target = Buffer.alloc(3)
      const chunks: Buffer[] = []
      await assert.rejects(async () => {
        for (let count = await stream.readInto(target); count !== null; count = await stream.readInto(target))
          chunks.push(Buffer.from(target.subarray(0, count)))
      }, RESET)
      return Buffer.concat(chunks)
    },
    'for await': async (stream) => {
      const chunks: Uint8Array[] = []
      await assert.rejects(async () => {
        for await (const batch of stream) chunks.push(...batch)
      }, RESET)
      return Buffer.concat(chunks)
    },
    'a Web Stream': async (stream) => {
      const chunks: Uint8Array[] = []
      await assert.rejects(async () => {
        for await (const chunk of stream.readable) chunks.push(chunk)
      }, RESET)
      return Buffer.concat(chunks)
    },
  })) {
    test(`${way}: the promised bytes, then the error`, async () => {
      const { session, accepted } = await together()
      assert.equal(session.reliableReset, true)
      const stream = await session.createUnidirectionalStream()
      stream.writeSync('header and more')
      stream.resetStream(7, { reliableSize: 6 })
      await assert.rejects(stream.write('more'), RESET)
      await assert.rejects(stream.closed, RESET)
      const there = await accepted
      const told = new Promise((resolve) => {
        there.onreset = resolve
      })
      assert.equal((await readOn(there)).toString(), 'header')
      assert.equal(await told, 7n)
      await assert.rejects(there.closed, RESET)
      await session.close()
    })
  }

  test('a peer that takes no part is known, and gets a reset of everything', async () => {
    const { session, accepted } = await together(false)
    assert.equal(session.reliableReset, false)
    const stream = await session.createUnidirectionalStream()
    stream.writeSync('header and more')
    stream.resetStream(7, { reliableSize: 6 })
    await assert.rejects((await accepted).read(), RESET)
    await session.close()
  })

  test('a size that is none, or beyond what was written, is refused by name; a second, larger one changes nothing', async () => {
    const { session, accepted } = await together()
    const stream = await session.createUnidirectionalStream()
    stream.writeSync('four')
    for (const reliableSize of [5, -1, 0.5, Number.NaN]) {
      assert.throws(() => stream.resetStream(7, { reliableSize }), { code: 'ERR_QUIC_OPTION', message: /reliableSize/ })
    }
    await assert.rejects(dial('127.0.0.1:9', { transportParams: { resetStreamAt: 1 as never } }), { code: 'ERR_QUIC_OPTION' })
    stream.resetStream(7, { reliableSize: 2 })
    stream.resetStream(8, { reliableSize: 3 })
    const there = await accepted
    assert.equal(Buffer.from((await there.read())!).toString(), 'fo')
    await assert.rejects(there.read(), (error) => error instanceof QuicError && error.errorCode === 7n)
    await session.close()
  })
})

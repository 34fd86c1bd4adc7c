// Credit on both levels: senders are held back, go on when readers do, and nothing is lost or leaked. RFC 9000 section 4.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Stream } from '../src/core/streams/stream.ts'
import type { TransportParameters } from '../src/core/wire/transport-parameters.ts'
import { at, closeOf, connected, described, open, read, say } from './support/connected.ts'
import { Pair, type PairOptions, seeded } from './support/pair.ts'

const window = (connection: number, stream: number): Partial<TransportParameters> => ({
  initialMaxData: connection,
  initialMaxStreamDataBidiLocal: stream,
  initialMaxStreamDataBidiRemote: stream,
  initialMaxStreamDataUni: stream,
})

/** Lets time pass until nobody has anything to say. */
function quiet(pair: Pair): void {
  pair.run(() => false, 3000)
}

test('a stream sends up to its limit, says that it is blocked, and goes on as the reader reads', () => {
  const pair = connected({ server: window(1 << 20, 1000) })
  const data = randomBytes(5000)
  const stream = say(pair.client, data)
  quiet(pair)
  const there = at(pair.server, stream)
  assert.equal(there.receive!.received, 1000)
  assert.equal(stream.send!.blocked, true)
  assert.equal(stream.send!.credit.blockedAt, 1000)
  const chunks: Buffer[] = []
  for (let round = 0; round < 20; round++) {
    chunks.push(read(pair.server, there))
    quiet(pair)
  }
  assert.ok(Buffer.concat(chunks).equals(data))
  assert.ok(stream.send!.ended)
  pair.release()
})

test('the connection sends up to its limit, over all streams together', () => {
  const pair = connected({ server: window(2500, 2000) })
  const first = say(pair.client, randomBytes(2000))
  const second = say(pair.client, randomBytes(2000))
  quiet(pair)
  const [one, two] = [at(pair.server, first), at(pair.server, second)]
  assert.equal(one.receive!.received + two.receive!.received, 2500)
  assert.equal(pair.client.connection.streams.sendCredit.room, 0)
  assert.equal(pair.client.connection.streams.sendCredit.blockedAt, 2500)
  read(pair.server, one)
  read(pair.server, two)
  quiet(pair)
  assert.equal(one.receive!.received + two.receive!.received, 4000, 'what was read is credited')
  pair.release()
})

test('what is not read is not credited', () => {
  const pair = connected({ server: window(1 << 20, 4000) })
  const stream = say(pair.client, randomBytes(20_000))
  quiet(pair)
  const there = at(pair.server, stream)
  assert.equal(there.receive!.received, 4000)
  pair.pass(20_000)
  assert.equal(there.receive!.received, 4000)
  pair.release()
})

describe('tiny windows and slow readers', () => {
  for (const [connection, stream] of [
    [1, 1],
    [1, 100],
    [100, 1],
    [7, 5],
    [1500, 1499],
    [64, 4096],
  ] as const) {
    test(`${connection} bytes for the connection, ${stream} for a stream`, () => {
      const random = seeded(connection * 1000 + stream)
      const pair = connected({
        server: window(connection, stream),
        client: window(connection, stream),
        drop: () => random() < 0.05,
        delayMillis: 1,
      })
      const size = Math.min(connection, stream) < 10 ? 60 : 6000
      const sent = new Map<number, Buffer>()
      for (const end of [pair.client, pair.server]) {
        for (const direction of ['bidi', 'uni'] as const) {
          const data = randomBytes(size)
          sent.set(say(end, data, direction).id, data)
        }
      }
      const got = new Map<number, Buffer>()
      const readSome = (): void => {
        for (const end of [pair.client, pair.server]) {
          for (const one of [...end.connection.streams.all()]) {
            if (one.receive === null || random() < 0.5) continue
            const chunk = end.connection.streams.read(one)
            if (chunk !== null) got.set(one.id, Buffer.concat([got.get(one.id) ?? Buffer.alloc(0), chunk]))
          }
        }
        pair.after(3, readSome)
      }
      readSome()
      assert.ok(
        pair.run(() => [...sent].every(([id, data]) => got.get(id)?.length === data.length), 600_000),
        described(pair),
      )
      for (const [id, data] of sent) assert.ok(got.get(id)!.equals(data), `stream ${id} arrived changed`)
      pair.release()
    })
  }
})

describe('streams that end early give their connection credit back', () => {
  const SMALL: PairOptions = { server: window(4000, 3000), client: window(4000, 3000), delayMillis: 1 }
  const ROUNDS = 12

  /** Uses up much more than the connection's window, a stream at a time, and lets `abandon` end each. */
  function exhaust(abandon: (pair: Pair, stream: Stream, there: Stream) => void, options: PairOptions = SMALL, bytes = 2500): void {
    const pair = connected(options)
    for (let round = 0; round < ROUNDS; round++) {
      const stream = open(pair.client)
      stream.send!.write(randomBytes(2500))
      quiet(pair)
      const there = at(pair.server, stream)
      assert.equal(there.receive!.received, 2500, `round ${round}: the connection's credit leaks`)
      abandon(pair, stream, there)
      quiet(pair)
    }
    const { receiveCredit } = pair.server.connection.streams
    assert.equal(receiveCredit.used, ROUNDS * bytes)
    assert.equal(receiveCredit.wantsRaise, false)
    assert.equal(closeOf(pair.server), null)
    pair.release()
  }

  test('reset by the sender, the reset seen', () => {
    exhaust((pair, stream, there) => {
      pair.client.connection.streams.resetStream(stream, 1n)
      quiet(pair)
      assert.equal(there.receive!.resetCode, 1n)
      pair.server.connection.streams.resetRead(there)
    })
  })

  test('reset by the sender, and nobody looks', () => {
    exhaust((pair, stream) => {
      pair.client.connection.streams.resetStream(stream, 1n)
    })
  })

  test('reset with data that never arrived', () => {
    let cut = false
    exhaust(
      (pair, stream) => {
        cut = true
        stream.send!.write(randomBytes(400))
        pair.run(() => true)
        cut = false
        pair.client.connection.streams.resetStream(stream, 1n)
      },
      { ...SMALL, drop: () => cut },
      2900,
    )
  })

  test('stopped by the reader, unread', () => {
    exhaust((pair, _, there) => {
      pair.server.connection.streams.stopSending(there, 2n)
    })
  })

  test('stopped by the reader while the sender goes on', () => {
    const pair = connected({ ...SMALL, delayMillis: 50 })
    const stream = open(pair.client)
    stream.send!.write(randomBytes(2500))
    pair.run(() => pair.server.connection.streams.find(stream.id)?.receive?.received === 2500)
    pair.server.connection.streams.stopSending(at(pair.server, stream), 2n)
    // On its way before the sender hears of the stop.
    stream.send!.write(randomBytes(400))
    quiet(pair)
    assert.equal(stream.send!.state, 'resetReceived')
    const other = open(pair.client)
    for (const _ of [1, 2]) other.send!.write(randomBytes(1500))
    quiet(pair)
    assert.equal(at(pair.server, other).receive!.received, 3000)
    pair.release()
  })
})

test('streams blocked on the connection go on when a reset elsewhere gives credit', () => {
  const pair = connected({ server: window(3000, 3000), delayMillis: 5 })
  const first = open(pair.client)
  first.send!.write(randomBytes(3000))
  quiet(pair)
  const second = say(pair.client, randomBytes(2000))
  quiet(pair)
  assert.equal(pair.server.connection.streams.find(second.id), undefined, 'there is no credit for a byte of it')
  pair.client.connection.streams.resetStream(first, 9n)
  assert.ok(pair.run(() => pair.server.connection.streams.find(second.id)?.receive?.received === 2000, 5000))
  pair.release()
})

test('MAX_DATA and MAX_STREAM_DATA that are lost are said again', () => {
  let mute = false
  const pair = connected({ server: window(1000, 1000), drop: (from) => mute && from === 'server', delayMillis: 5 })
  const stream = say(pair.client, randomBytes(3000))
  quiet(pair)
  const there = at(pair.server, stream)
  mute = true
  const chunks = [read(pair.server, there)]
  pair.pass(100)
  mute = false
  quiet(pair)
  assert.equal(there.receive!.received, 2000)
  for (let round = 0; round < 3; round++) {
    chunks.push(read(pair.server, there))
    quiet(pair)
  }
  assert.equal(Buffer.concat(chunks).length, 3000)
  pair.release()
})

test('a window of nothing lets nothing through but the end', () => {
  const pair = connected({ server: window(0, 0) })
  const stream = open(pair.client)
  stream.send!.write(Buffer.from('x'))
  const empty = open(pair.client)
  empty.send!.finish()
  quiet(pair)
  assert.equal(at(pair.server, empty).receive!.state, 'dataReceived')
  assert.equal(at(pair.server, stream).receive!.received, 0)
  assert.equal(read(pair.server, at(pair.server, empty)).length, 0)
  pair.release()
})

test('what was sent and lost needs no credit to be sent again', () => {
  let cut = false
  const pair = connected({ server: window(2000, 2000), drop: (from) => cut && from === 'client' })
  cut = true
  const stream = say(pair.client, randomBytes(2000))
  pair.pass(15)
  cut = false
  quiet(pair)
  assert.equal(at(pair.server, stream).receive!.state, 'dataReceived')
  pair.release()
})

test('nobody ever sends more than was allowed', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seeded(seed)
    const pair = new Pair({ server: window(5000, 3000), client: window(4000, 1000), drop: () => random() < 0.1, delayMillis: 2 })
    let ended = 0
    pair.onevent = (end, event) => {
      if (event.type === 'streamEnded') ended++
      if (event.type === 'handshakeCompleted') for (let i = 0; i < 5; i++) say(end, randomBytes(4000), 'uni')
    }
    const readSome = (): void => {
      for (const { connection } of [pair.client, pair.server]) {
        for (const stream of [...connection.streams.all()]) if (stream.receive && random() < 0.3) connection.streams.read(stream)
      }
      pair.after(2, readSome)
    }
    readSome()
    pair.oncheck = () => {
      for (const { connection } of [pair.client, pair.server]) {
        const { sendCredit, receiveCredit } = connection.streams
        assert.ok(sendCredit.used <= sendCredit.limit && receiveCredit.used <= receiveCredit.limit, `seed ${seed}`)
        for (const { send } of connection.streams.all()) if (send) assert.ok(send.finalSize <= send.credit.limit, `seed ${seed}`)
      }
    }
    assert.ok(
      pair.run(() => ended === 20, 60_000),
      `seed ${seed}: ${described(pair)}`,
    )
    pair.release()
  }
})

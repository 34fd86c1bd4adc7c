// What a caller hands to sessions and streams by mistake is refused where it is handed over, by name and range, and nothing else comes of it: neither the session nor the
// process ends. Wrong options of `connect` and `listen` are in session-options.test.ts and beside their tables.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CongestionController } from '../src/congestion.ts'
import { Cubic } from '../src/congestion.ts'
import { listen, QuicEndpoint, type QuicSession } from '../src/index.ts'
import { certificate, dial, echo, readAll, serve } from './support/server.ts'

const CODES: readonly (readonly [unknown, RegExp])[] = [
  [-1, /Option code is -1; it must be a whole number from 0 to 9007199254740991/],
  [1.5, /code is 1.5/],
  [Number.NaN, /code is NaN/],
  ['7', /code is 7/],
  [null, /code is null/],
  [2 ** 62, /code is 4611686018427388000/],
  [2n ** 62n, /code is 4611686018427387904; it must be a whole number from 0 to 4611686018427387903/],
]

const NO_BYTES: readonly unknown[] = [5, null, {}, [1, 2], new ArrayBuffer(3), new DataView(new ArrayBuffer(3)), new Uint16Array(1)]

async function withSession(use: (session: QuicSession) => Promise<void>): Promise<void> {
  const server = await serve(echo)
  const session = await dial(server.address)
  await session.opened
  await use(session)
  // It is as good as before.
  const stream = await session.createBidirectionalStream()
  const echoed = readAll(stream)
  await stream.end('still there')
  assert.equal((await echoed).toString(), 'still there')
  session.destroy()
  await session.closed
  await server.endpoint.close()
}

test('a code that no frame can carry is refused, of streams and of sessions (RFC 9000 section 16)', () =>
  withSession(async (session) => {
    const stream = await session.createBidirectionalStream()
    for (const [given, message] of CODES) {
      const code = given as number
      const refused = { code: 'ERR_QUIC_OPTION', message }
      assert.throws(() => stream.resetStream(code), refused)
      assert.throws(() => stream.stopSending(code), refused)
      if (given !== null) assert.throws(() => stream.destroy(undefined, { code }), refused)
      assert.throws(() => session.destroy(undefined, { code }), refused)
      await assert.rejects(session.close({ code }), refused)
    }
    assert.throws(() => session.destroy(undefined, { reason: 5 as unknown as string }), { message: /reason is 5; it must be text/ })
    assert.equal(session.closing, false)
    stream.resetStream(2n ** 62n - 1n)
    await assert.rejects(stream.write('x'), { errorCode: 2n ** 62n - 1n })
  }))

test('what is no bytes is sent by nobody, and copied to by nobody', () =>
  withSession(async (session) => {
    const stream = await session.createBidirectionalStream()
    for (const given of NO_BYTES) {
      const bytes = given as Uint8Array
      const refused = {
        code: 'ERR_QUIC_OPTION',
        message: /^Option (chunk|datagram|target) is .*; it must be .*a Buffer or (a )?Uint8Array/,
      }
      await assert.rejects(stream.write(bytes), refused)
      assert.throws(() => stream.writeSync(bytes), refused)
      await assert.rejects(stream.end(bytes), refused)
      await assert.rejects(stream.readInto(bytes), refused)
      assert.throws(() => stream.readIntoSync(bytes), refused)
      await assert.rejects(session.sendDatagram(bytes), refused)
    }
    const echoed = readAll(stream)
    await stream.end(new Uint8Array([1, 2, 3]))
    assert.deepEqual([...(await echoed)], [1, 2, 3])
  }))

test('highWaterMark may be anything from 0, with which a write waits until all has left, to 1 GiB', () =>
  withSession(async (session) => {
    const stream = await session.createBidirectionalStream({ highWaterMark: 0 })
    const echoed = readAll(stream)
    assert.equal(stream.writeSync('a'), false)
    await stream.drained()
    await stream.write('b')
    for (const wrong of [-1, Number.NaN, 'x', 2 ** 30 + 1]) {
      assert.throws(() => (stream.highWaterMark = wrong as number), {
        code: 'ERR_QUIC_OPTION',
        message: /highWaterMark is .*; it must be a whole number from 0 to 1073741824/,
      })
    }
    // Who waits already goes on as soon as it is enough.
    const waiting = stream.write(new Uint8Array(1000))
    stream.highWaterMark = 2000
    await waiting
    await stream.end()
    assert.equal((await echoed).length, 1002)
  }))

test("a controller of one's own that lacks a member is refused, by function and by object", () =>
  withSession(async (session) => {
    const before = session.congestionController
    for (const choice of [null, {}, { ...new Cubic(1200), window: 5 }] as unknown as CongestionController[]) {
      const refused = { code: 'ERR_QUIC_OPTION', message: /is no congestion controller: it lacks packetsAcknowledged, packetsLost/ }
      assert.throws(() => (session.congestionController = choice), refused)
      assert.throws(() => (session.congestionController = () => choice), refused)
      await assert.rejects(dial('127.0.0.1:9', { congestion: () => choice }), refused)
    }
    assert.equal(session.congestionController, before)
  }))

test('a listener that is no function, and options that are none, are refused', async () => {
  await assert.rejects(listen(undefined as unknown as () => void, { alpn: 'test', sni: { '*': certificate } }), {
    code: 'ERR_QUIC_OPTION',
    message: /onsession is undefined; it must be a function/,
  })
  await assert.rejects(dial('127.0.0.1:9', { servername: '' }), { code: 'ERR_QUIC_OPTION', message: /servername is empty/ })
})

test('where no handshake can begin, opened and closed say why, and nothing stays open', async () => {
  // OpenSSL passes over groups that it does not know when they are marked so, and finds that none is left.
  const session = await dial('127.0.0.1:9', { groups: '?none-such' })
  const why = { code: 'ERR_QUIC_HANDSHAKE', initiator: 'local', message: /no suitable groups/ } as const
  await assert.rejects(session.opened, why)
  await assert.rejects(session.closed, why)
  await session.endpoint.closed
})

test('an endpoint that is closed takes no session and no listener; one that listens, no other listener', async () => {
  const server = await serve(echo)
  const closed = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  await closed.close()
  const listening = (endpoint: QuicEndpoint): Promise<unknown> => listen(() => {}, { alpn: 'test', sni: { '*': certificate }, endpoint })
  await assert.rejects(dial(server.address, { endpoint: closed }), { code: 'ERR_QUIC_CLOSED', message: 'The endpoint is closed.' })
  await assert.rejects(listening(closed), { code: 'ERR_QUIC_CLOSED' })
  await assert.rejects(listening(server.endpoint), { code: 'ERR_QUIC_OPTION', message: /endpoint listens already/ })
  await (await dial(server.address)).close()
  await server.endpoint.close()
})

// Choosing, making and changing congestion controllers through the public API, over real sockets.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Bbr, CarefulResume, Cubic, NewReno } from '../src/congestion.ts'
import { PathMemory, QuicEndpoint, type QuicSession, type SessionOptions } from '../src/index.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

async function withSession(
  options: Partial<SessionOptions>,
  use: (session: QuicSession, peer: QuicSession) => Promise<void>,
): Promise<void> {
  const server = await serve(echo, options)
  const session = await dial(server.address, options)
  await session.opened
  await use(session, server.sessions[0]!)
  await session.close()
  await server.endpoint.close()
}

async function exchange(session: QuicSession, bytes: number): Promise<void> {
  const stream = await session.createBidirectionalStream()
  const data = randomBytes(bytes)
  const received = readAll(stream)
  await stream.end(data)
  assert.ok((await received).equals(data))
}

test('CUBIC is the default (RFC 9438)', () =>
  withSession({}, async (session, peer) => {
    assert.equal(session.congestionController.name, 'cubic')
    assert.equal(peer.congestionController.name, 'cubic')
  }))

for (const [congestion, name] of [
  ['newreno', 'newreno'],
  ['bbr', 'bbr'],
  ['bbr3', 'bbr3'],
  ['copa', 'copa'],
] as const) {
  test(`${congestion} carries a megabyte both ways`, () =>
    withSession({ congestion }, async (session) => {
      assert.equal(session.congestionController.name, name)
      await exchange(session, 1_000_000)
    }))
}

test("node:quic's option cc chooses too", () =>
  withSession({ cc: 'reno' }, async (session) => assert.equal(session.congestionController.name, 'newreno')))

test('a function makes a controller of one’s own for each connection', async () => {
  const made: Cubic[] = []
  class Mine extends Cubic {}
  const congestion = (size: number): Cubic => {
    made.push(new Mine(size, 20))
    return made.at(-1)!
  }
  await withSession({ congestion }, async (session, peer) => {
    assert.ok(session.congestionController instanceof Mine)
    assert.equal(made.length, 2)
    assert.notEqual(session.congestionController, peer.congestionController)
  })
})

test('the controller is changed while data flows, by name or by object, and so are its parameters', () =>
  withSession({}, async (session) => {
    const flowing = exchange(session, 4_000_000)
    session.congestionController = 'newreno'
    assert.ok(session.congestionController instanceof NewReno)
    await new Promise(setImmediate)
    const bbr = new Bbr(1200, { expectedBandwidth: 5000 })
    session.congestionController = bbr
    assert.equal(session.congestionController, bbr)
    bbr.parameters.maximumExpectedBandwidth = 50_000
    await flowing
    assert.ok(bbr.bandwidth > 0 && bbr.bandwidth <= 50_000)
    assert.throws(
      () => {
        session.congestionController = 'vegas' as 'cubic'
      },
      { code: 'ERR_QUIC_OPTION', message: /congestionController is "vegas"; it may be cubic/ },
    )
  }))

test('the initial window is an option (RFC 6928)', () =>
  withSession({ initialWindow: 32 }, async (session) => assert.ok(session.congestionController.window >= 32 * 1200)))

for (const [options, message] of [
  [{ congestion: 'vegas' as 'cubic' }, /congestion is "vegas"; it may be cubic, newreno, reno, bbr, bbr3, copa, or a function/],
  [{ cc: 'vegas' as 'cubic' }, /cc is "vegas"/],
  [{ congestion: 'cubic', cc: 'cubic' }, /cc is another name for congestion/],
  [{ initialWindow: 1 }, /initialWindow is 1; it must be a whole number from 2 to 100/],
  [{ initialRtt: 0 }, /initialRtt is 0; it must be a whole number from 1 to 60000/],
  [{ carefulResume: 'yes' as unknown as boolean }, /carefulResume is none of true, false and a PathMemory/],
  [{ carefulResume: true, congestion: 'bbr' }, /carefulResume does not go with "bbr"/],
  [{ initialProbeTimeout: 60_001 }, /initialProbeTimeout is 60001/],
] as const satisfies readonly (readonly [Partial<SessionOptions>, RegExp])[]) {
  test(`wrong options are refused: ${JSON.stringify(options)}`, () =>
    assert.rejects(dial('127.0.0.1:9', options), { code: 'ERR_QUIC_OPTION', message }))
}

/** Hears of each connection that has something to tell of its path. */
class Watched extends PathMemory {
  readonly told: string[] = []

  override learn(connection: Parameters<PathMemory['learn']>[0]): void {
    this.told.push(connection.side)
    super.learn(connection)
  }
}

test('carefulResume: what is known of a path is what the next session begins with, on both sides (RFC 9959)', async () => {
  const paths = new Watched()
  await withSession({ carefulResume: paths }, async (session, peer) => {
    assert.ok(session.congestionController instanceof Cubic && peer.congestionController instanceof Cubic)
  })
  assert.deepEqual(paths.told.sort(), ['client', 'server'])
  paths.keep('127.0.0.1', { window: 1_000_000, rttMillis: 1 })
  await withSession({ carefulResume: paths }, async (session, peer) => {
    assert.ok(session.congestionController instanceof CarefulResume && peer.congestionController instanceof CarefulResume)
    assert.equal(session.congestionController.phase, 'reconnaissance')
    await exchange(session, 1_000_000)
  })
  await withSession({}, async (session) => assert.ok(session.congestionController instanceof Cubic))
})

test('carefulResume: true keeps what is learnt with the endpoint', async () => {
  const server = await serve(echo)
  const endpoint = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  endpoint.pathMemory.keep('127.0.0.1', { window: 1_000_000, rttMillis: 1 })
  const session = await dial(server.address, { endpoint, carefulResume: true })
  await session.opened
  assert.ok(session.congestionController instanceof CarefulResume)
  await exchange(session, 1_000_000)
  await session.close()
  await endpoint.close()
  await server.endpoint.close()
})

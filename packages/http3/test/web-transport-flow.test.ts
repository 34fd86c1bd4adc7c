// Sessions of the newest draft: which draft two ends speak, the limits of a session both ways, and resets that say whose stream it was.
// draft-ietf-webtrans-http3 sections 3.1, 4.4, 5 and 7.1.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fieldValue } from '../src/core/fields/field-section.ts'
import { draftSettings, formerDraftSettings } from '../src/core/webtransport/drafts.ts'
import { streamHeader, UNI_STREAM } from '../src/core/webtransport/wire.ts'
import { WebTransportPool } from '../src/webtransport/connection-pool.ts'
import { WebTransportError } from '../src/webtransport/error.ts'
import { type WebTransportServerOptions, webTransportSettings } from '../src/webtransport/server.ts'
import type { WebTransportSession } from '../src/webtransport/session.ts'
import type { WebTransport, WebTransportOptions } from '../src/webtransport/web-transport.ts'
import { type ServerSetup, text, type WebTransportServer, webTransportServer, write } from './support/web-transport.ts'
import { NEWEST, plainClient, plainServer } from './support/web-transport-peers.ts'

const LIMITS = { data: 1000, bidi: 2, uni: 2 }

/** Two ends of one session, and the upgrade token that it was asked for with. */
async function joined(
  setup: ServerSetup = {},
  options: WebTransportOptions = {},
): Promise<{ server: WebTransportServer; client: WebTransport; session: WebTransportSession; token: string | undefined }> {
  const { promise, resolve } = Promise.withResolvers<{ session: WebTransportSession; token: string | undefined }>()
  const server = await webTransportServer((request) => {
    resolve({ session: request.accept(), token: fieldValue(request.fields, ':protocol') })
  }, setup)
  const client = server.client('/', options)
  client.closed.catch(() => undefined)
  await client.ready
  const { session, token } = await promise
  session.closed.catch(() => undefined)
  return { server, client, session, token }
}

async function next<T>(streams: ReadableStream<T>): Promise<T> {
  const reader = streams.getReader()
  const { value } = await reader.read()
  reader.releaseLock()
  return value!
}

describe('the draft (sections 3.1 and 7.1)', () => {
  test('is the newest, where both ends can do what it takes', async () => {
    const { token, client } = await joined()
    assert.equal(token, 'webtransport-h3')
    client.close()
  })

  test('is one before, where one end takes no reliable resets', async () => {
    const transportParams = { resetStreamAt: false }
    for (const [setup, options] of [
      [{ quic: { transportParams } }, {}],
      [{}, { quic: { transportParams } }],
    ] as const) {
      const { token, client, session } = await joined(setup, options)
      assert.equal(token, 'webtransport')
      await write(await client.createUnidirectionalStream(), 'as before')
      assert.equal(await text(await next(session.incomingUnidirectionalStreams)), 'as before')
      client.close()
    }
  })

  test('needs a client that says what it can do: another is answered with H3_MESSAGE_ERROR', async () => {
    const server = await webTransportServer((request) => request.accept())
    for (const settings of [formerDraftSettings(1), new Map([...draftSettings(1, LIMITS)].slice(1))]) {
      const stream = await (await plainClient(server, settings)).request(NEWEST)
      await assert.rejects(stream.response(), { errorCode: 0x10en })
    }
  })

  test('cannot be where the server has no draft that the client knows', async () => {
    const server = await plainServer(new Map())
    const client = server.client()
    await assert.rejects(client.ready, (error) => error instanceof WebTransportError && error.source === 'session')
  })

  test('a server that says the newest alone, and cannot do it, is told: WT_REQUIREMENTS_NOT_MET', async () => {
    const server = await plainServer(new Map([[0x2c7cf000, 1]]), { transportParams: { resetStreamAt: false } })
    const client = server.client()
    await assert.rejects(client.ready)
    await assert.rejects(server.sessions[0]!.quic.closed, { errorCode: 0x212c0d48n })
  })

  test('a server whose setting has no meaning is told: H3_SETTINGS_ERROR', async () => {
    const server = await plainServer(new Map([[0x2c7cf000, 2]]))
    const client = server.client()
    await assert.rejects(client.ready)
    await assert.rejects(server.sessions[0]!.quic.closed, { errorCode: 0x109n })
  })
})

describe('limits of a session (section 5)', () => {
  const SMALL: WebTransportServerOptions = { maxSessionData: 10_000, maxSessionStreams: 4 }

  for (const [who, of] of [
    ['client', ({ client, session }: Awaited<ReturnType<typeof joined>>) => [client, session]],
    ['server', ({ client, session }: Awaited<ReturnType<typeof joined>>) => [session, client]],
  ] as const) {
    test(`bytes: what a ${who} writes waits until the other end has read (section 5.4)`, async () => {
      const both = await joined(SMALL)
      const [writer, reader] = of(both) as [WebTransportSession, WebTransportSession]
      const size = who === 'client' ? 100_000 : 30 * 2 ** 20
      const body = Buffer.alloc(size, 'millrace')
      const outgoing = await writer.createUnidirectionalStream()
      const written = write(outgoing, body.toString())
      const incoming = await next(reader.incomingUnidirectionalStreams)
      assert.equal((await text(incoming)).length, size)
      await written
      both.client.close()
    })
  }

  test('no byte beyond the limit leaves, however many streams it is on, and what was read is given again', async () => {
    const both = await joined(SMALL)
    const streams = await Promise.all([1, 2, 3].map(() => both.client.createUnidirectionalStream()))
    const writes = streams.map((stream) => write(stream, 'x'.repeat(7000)))
    const arrived: ReadableStream<Uint8Array>[] = []
    while (arrived.length < 3) arrived.push(await next(both.session.incomingUnidirectionalStreams))
    const counts = await Promise.all(streams.map((stream) => stream.getStats()))
    assert.equal(
      counts.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
      10_000,
    )
    const rest = Promise.all(arrived.map(text))
    await Promise.all(writes)
    assert.deepEqual(
      (await rest).map(({ length }) => length),
      [7000, 7000, 7000],
    )
    both.client.close()
  })

  test('credit that comes goes to the streams of the highest order first (W3C WebTransport, send-order rules)', async () => {
    const both = await joined({ maxSessionData: 1000 })
    const plug = await both.client.createUnidirectionalStream()
    await plug.getWriter().write(new Uint8Array(1000))
    const orders = [0, -7, 3]
    const streams = await Promise.all(orders.map((sendOrder) => both.client.createUnidirectionalStream({ sendOrder })))
    const [low, lowest, high] = streams
    const writes = streams.map((stream) => write(stream!, 'x'.repeat(1000)))
    await (await next(both.session.incomingUnidirectionalStreams)).cancel()
    await writes[2]
    const written = await Promise.all([high!, low!, lowest!].map(async (stream) => (await stream.getStats()).bytesWritten))
    assert.deepEqual(written, [1000, 0, 0])
    both.client.close()
    await Promise.allSettled(writes)
  })

  test('streams: more are opened when others have ended; who does not wait is told (section 5.3)', async () => {
    const { client, session } = await joined(SMALL)
    for (let count = 0; count < 4; count++) await (await client.createUnidirectionalStream()).getWriter().write(Uint8Array.of(count))
    await assert.rejects(client.createUnidirectionalStream(), { name: 'QuotaExceededError' })
    // The other kind has a limit of its own.
    await client.createBidirectionalStream()
    const waiting = [0, 1].map(() => client.createUnidirectionalStream({ waitUntilAvailable: true }))
    for (let count = 0; count < 2; count++) await (await next(session.incomingUnidirectionalStreams)).cancel()
    for (const stream of await Promise.all(waiting)) await write(stream, 'at last')
    client.close()
  })

  test('bytes of streams that were given up come back: those never sent at once, those sent with the final size (section 5.4)', async () => {
    const { client, session } = await joined(SMALL)
    for (let round = 0; round < 20; round++) {
      const stream = await client.createUnidirectionalStream({ waitUntilAvailable: true })
      const writer = stream.getWriter()
      writer.closed.catch(() => undefined)
      const write = writer.write(new Uint8Array(9000)).catch(() => undefined)
      const arrived = await next(session.incomingUnidirectionalStreams)
      if (round % 2 === 0) await writer.abort(new WebTransportError('enough', { streamErrorCode: 7 })).catch(() => undefined)
      else await arrived.cancel()
      await write
      await arrived.cancel().catch(() => undefined)
    }
    await write(await client.createUnidirectionalStream({ waitUntilAvailable: true }), 'still there')
    assert.equal(await text(await next(session.incomingUnidirectionalStreams)), 'still there')
    client.close()
  })

  test('a session that ends lets go of who waits', async () => {
    const { client } = await joined(SMALL)
    for (let count = 0; count < 4; count++) await client.createUnidirectionalStream()
    const place = client.createUnidirectionalStream({ waitUntilAvailable: true })
    const stream = await client.createBidirectionalStream()
    const writing = stream.writable.getWriter().write(new Uint8Array(50_000))
    client.close()
    await assert.rejects(place, { name: 'InvalidStateError' })
    await assert.rejects(writing)
  })

  test('without flow control there is one session at a time: a second is H3_REQUEST_REJECTED, and clients take another connection (section 5.1)', async () => {
    const server = await webTransportServer((request) => void request.accept(), { maxSessionData: 0, maxSessionStreams: 0 })
    const h3 = await plainClient(server, draftSettings(1, LIMITS))
    const [first, second] = [await h3.request(NEWEST), await h3.request(NEWEST)]
    assert.equal(fieldValue(await first.response(), ':status'), '200')
    await assert.rejects(second.response(), { errorCode: 0x10bn })

    const pool = new WebTransportPool()
    const before = server.sessions.length
    const clients = [0, 1].map(() => server.client('/', { allowPooling: true, pool }))
    await Promise.all(clients.map((client) => client.ready))
    assert.equal(server.sessions.length - before, 2)
    for (const client of clients) client.close()
    await pool.close()
  })

  test('sessions of one connection have limits of their own', async () => {
    const pool = new WebTransportPool()
    const server = await webTransportServer((request) => void request.accept(), SMALL)
    const clients = [0, 1].map(() => server.client('/', { allowPooling: true, pool }))
    await Promise.all(clients.map((client) => client.ready))
    assert.equal(server.sessions.length, 1)
    const stuck = (await clients[0]!.createUnidirectionalStream()).getWriter()
    const writing = stuck.write(new Uint8Array(20_000)).catch(() => undefined)
    await write(await clients[1]!.createUnidirectionalStream(), 'y'.repeat(9000))
    for (const client of clients) client.close()
    await writing
    await pool.close()
  })
})

describe('resets (section 4.4)', () => {
  test('a stream that is given up at once is still known to be of its session, with the code', async () => {
    const { client, session } = await joined()
    const { writable } = await client.createBidirectionalStream()
    await writable.abort(new WebTransportError('enough', { streamErrorCode: 77 }))
    const { readable } = await next(session.incomingBidirectionalStreams)
    await assert.rejects(
      readable.getReader().read(),
      (error) => error instanceof WebTransportError && error.streamErrorCode === 77 && error.source === 'stream',
    )
    client.close()
  })

  test('so is each of very many, one way and the other', async () => {
    const { client, session } = await joined()
    for (const [from, to] of [
      [client, session],
      [session, client],
    ] as const) {
      for (let count = 0; count < 300; count++) {
        const stream = await from.createUnidirectionalStream({ waitUntilAvailable: true })
        await stream.abort(new WebTransportError('', { streamErrorCode: count }))
        await assert.rejects(text(await next(to.incomingUnidirectionalStreams)), { streamErrorCode: count })
      }
    }
    client.close()
  })

  test('what a peer promised to deliver is read before its reset is found', async () => {
    const server = await webTransportServer(async (request) => {
      const session = request.accept()
      const { quic } = server.sessions[0]!
      const stream = await quic.createUnidirectionalStream()
      const header = streamHeader(UNI_STREAM, 0)
      stream.writeSync(Buffer.concat([header, Buffer.from('promised, and not')]))
      stream.resetStream(0x52e4a40fa8db, { reliableSize: header.length + 8 })
      await session.closed.catch(() => undefined)
    })
    const client = server.client()
    await client.ready
    const reader = (await next(client.incomingUnidirectionalStreams)).getReader()
    assert.equal(Buffer.from((await reader.read()).value!).toString(), 'promised')
    await assert.rejects(reader.read(), { streamErrorCode: 0 })
    client.close()
  })
})

test('a protocol that was not offered ends the session with WT_ALPN_ERROR (section 3.3)', async () => {
  const seen = Promise.withResolvers<unknown>()
  const server = await plainServer(webTransportSettings().settings!, {}, (stream) => {
    stream.respond([':status', '200', 'wt-protocol', '"other"'])
    stream.closed.catch(seen.resolve)
  })
  const client = server.client('/', { protocols: ['mine'] })
  await assert.rejects(client.ready)
  assert.equal(((await seen.promise) as { errorCode?: bigint }).errorCode, 0x0817b3ddn)
})

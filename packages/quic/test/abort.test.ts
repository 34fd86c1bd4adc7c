// An AbortSignal at every stage: before and while connecting and listening, on an open session, and while a stream waits to be opened.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { listen, type QuicSession } from '../src/index.ts'
import { certificate, destroyedAtEnd, dial, echo, readAll, serve } from './support/server.ts'

const ABORTED = { code: 'ERR_QUIC_APPLICATION', errorCode: 1n, initiator: 'local', reason: 'enough' } as const

function listenWith(signal: AbortSignal, onsession: (session: QuicSession) => void = () => {}): ReturnType<typeof listen> {
  return listen(onsession, { alpn: 'test', sni: { '*': certificate }, endpoint: { address: '127.0.0.1:0' }, signal })
}

test('connect rejects with the reason of a signal that was aborted before, or is while it is at work', async () => {
  const server = await serve(echo)
  const reason = new Error('enough')
  await assert.rejects(dial(server.address, { signal: AbortSignal.abort(reason) }), reason)
  const controller = new AbortController()
  const connecting = dial(server.address, { signal: controller.signal })
  controller.abort(reason)
  await assert.rejects(connecting, reason)
  await server.endpoint.close()
})

test('listen does so too, and its port is free again', async () => {
  const reason = new Error('enough')
  await assert.rejects(listenWith(AbortSignal.abort(reason)), reason)
  const controller = new AbortController()
  const listening = listenWith(controller.signal)
  controller.abort(reason)
  await assert.rejects(listening, reason)
})

test('a session whose signal is aborted ends at once with code 1, in its handshake or after it, and so do its streams', async () => {
  const server = await serve(echo)
  for (const waits of [false, true]) {
    const controller = new AbortController()
    const session = await dial(server.address, { signal: controller.signal })
    if (waits) await session.opened
    const stream = waits ? await session.createBidirectionalStream() : null
    const reading = stream === null ? null : readAll(stream)
    controller.abort(new Error('enough'))
    if (!waits) await assert.rejects(session.opened, ABORTED)
    if (reading !== null) await assert.rejects(reading, ABORTED)
    await assert.rejects(session.closed, ABORTED)
  }
  await server.endpoint.close()
})

test('an endpoint whose signal is aborted takes its sessions with it', async () => {
  const controller = new AbortController()
  const taken = Promise.withResolvers<QuicSession>()
  const endpoint = await listenWith(controller.signal, taken.resolve)
  destroyedAtEnd(endpoint)
  const session = await dial(`127.0.0.1:${endpoint.address.port}`)
  await (await taken.promise).opened
  controller.abort()
  await endpoint.closed
  await session.closed
})

test('a signal that outlives sessions and endpoints holds none of them', async () => {
  const server = await serve(echo)
  const { signal } = new AbortController()
  for (let i = 0; i < 3; i++) await (await dial(server.address, { signal })).close()
  await (await listenWith(signal)).close()
  await new Promise(setImmediate)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
  await server.endpoint.close()
})

test('a stream that waits to be allowed is given up, and those behind it are opened in turn (RFC 9000 section 4.6)', async () => {
  const server = await serve(echo, { transportParams: { initialMaxStreamsBidi: 1 } })
  const session = await dial(server.address)
  const first = await session.createBidirectionalStream()
  const controller = new AbortController()
  const { signal } = controller
  const second = session.createBidirectionalStream({ signal })
  const third = session.createBidirectionalStream()
  const reason = new Error('enough')
  controller.abort(reason)
  await assert.rejects(second, reason)
  await assert.rejects(session.createBidirectionalStream({ signal }), reason)
  const echoed = readAll(first)
  await first.end('one')
  assert.equal((await echoed).toString(), 'one')
  assert.equal((await third).id, 4n)
  await assert.rejects(session.createBidirectionalStream({ signal: 5 as unknown as AbortSignal }), {
    code: 'ERR_QUIC_OPTION',
    message: /signal is 5; it must be an AbortSignal/,
  })
  assert.equal(getEventListeners(signal, 'abort').length, 0)
  session.destroy()
  await session.closed
  await server.endpoint.close()
})

test('Web Streams and Node.js streams over a stream heed signals of their own', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  const stream = await session.createBidirectionalStream()
  const controller = new AbortController()
  const endless = new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(new Uint8Array(1000)) })
  const piping = endless.pipeTo(stream.writable, { signal: controller.signal })
  await stream.read()
  const reason = new Error('enough')
  controller.abort(reason)
  await assert.rejects(piping, reason)
  await assert.rejects(stream.write('more'), { code: 'ERR_QUIC_STREAM_RESET' })
  session.destroy()
  await session.closed
  await server.endpoint.close()
})

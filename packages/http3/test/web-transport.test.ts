// WebTransport as in browsers, against our server. W3C WebTransport; draft-ietf-webtrans-http3.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldValue } from '../src/core/fields/field-section.ts'
import { WebTransportPool } from '../src/webtransport/connection-pool.ts'
import { WebTransportError } from '../src/webtransport/error.ts'
import type { WebTransportSession } from '../src/webtransport/session.ts'
import { WebTransport } from '../src/webtransport/web-transport.ts'
import { get } from './support/loopback.ts'
import { text, webTransportServer, write } from './support/web-transport.ts'

/** Sends everything back: streams as streams of their kind, datagrams as datagrams. */
async function echo(session: WebTransportSession): Promise<void> {
  const bidirectional = async () => {
    for await (const { readable, writable } of session.incomingBidirectionalStreams) void readable.pipeTo(writable).catch(() => undefined)
  }
  const unidirectional = async () => {
    for await (const readable of session.incomingUnidirectionalStreams) {
      void readable.pipeTo(await session.createUnidirectionalStream()).catch(() => undefined)
    }
  }
  const datagrams = session.datagrams.readable.pipeTo(session.datagrams.createWritable())
  await Promise.allSettled([bidirectional(), unidirectional(), datagrams])
}

test('streams of both kinds and datagrams go there and back', async () => {
  const server = await webTransportServer((request) => void echo(request.accept()))
  const transport = server.client('/echo?x=1')
  assert.equal(transport.reliability, 'pending')
  await transport.ready
  assert.equal(transport.reliability, 'supports-unreliable')

  const { readable, writable } = await transport.createBidirectionalStream()
  await write(writable, 'both ways')
  assert.equal(await text(readable), 'both ways')

  await write(await transport.createUnidirectionalStream(), 'one way')
  const incoming = transport.incomingUnidirectionalStreams.getReader()
  assert.equal(await text((await incoming.read()).value!), 'one way')

  const writer = transport.datagrams.writable.getWriter()
  const reader = transport.datagrams.readable.getReader()
  await writer.write(new TextEncoder().encode('at most once'))
  assert.equal(Buffer.from((await reader.read()).value!).toString(), 'at most once')
  assert.ok(transport.datagrams.maxDatagramSize > 1000)

  transport.close({ closeCode: 7, reason: 'enough' })
  assert.deepEqual(await transport.closed, { closeCode: 7, reason: 'enough' })
})

test('a server opens streams too, and what it opens with its answer is not lost', async () => {
  const server = await webTransportServer(async (request) => {
    const session = request.accept()
    const { readable, writable } = await session.createBidirectionalStream()
    await write(writable, 'question')
    await write(await session.createUnidirectionalStream(), await text(readable))
  })
  const transport = server.client()
  const [asked] = await Promise.all([transport.incomingBidirectionalStreams.getReader().read(), transport.ready])
  assert.equal(await text(asked.value!.readable), 'question')
  await write(asked.value!.writable, 'answer')
  const answered = await transport.incomingUnidirectionalStreams.getReader().read()
  assert.equal(await text(answered.value!), 'answer')
  transport.close()
})

test('megabytes go through a stream, and readers bring memory of their own', async () => {
  const size = 5_000_000
  const server = await webTransportServer((request) => void echo(request.accept()))
  const transport = server.client()
  const { readable, writable } = await transport.createBidirectionalStream()
  const body = Buffer.alloc(size, 'millrace')
  const writer = writable.getWriter()
  const written = writer.write(body).then(() => writer.close())
  const reader = readable.getReader({ mode: 'byob' })
  const got = Buffer.alloc(size)
  let length = 0
  let buffer = new ArrayBuffer(100_000)
  while (true) {
    const { value, done } = await reader.read(new Uint8Array(buffer))
    if (done) break
    got.set(value, length)
    length += value.length
    buffer = value.buffer
  }
  await written
  assert.ok(got.equals(body))
  const stats = await readable.getStats()
  assert.equal(stats.bytesRead, size)
  assert.equal((await writable.getStats()).bytesAcknowledged, size)
  assert.ok((await transport.getStats()).bytesSent! > size)
  transport.close()
})

test('codes of applications arrive as they were given (section 4.4)', async () => {
  const heard = Promise.withResolvers<WebTransportSession>()
  const server = await webTransportServer((request) => heard.resolve(request.accept()))
  const transport = server.client()
  const session = await heard.promise
  const incoming = session.incomingBidirectionalStreams.getReader()
  for (const code of [0, 30, 0xffffffff]) {
    const { readable, writable } = await transport.createBidirectionalStream()
    const writer = writable.getWriter()
    await writer.write(new Uint8Array(10))
    const theirs = (await incoming.read()).value!
    const reader = theirs.readable.getReader()
    await reader.read()
    await writer.abort(new WebTransportError('gone', { streamErrorCode: code }))
    await assert.rejects(reader.read(), { name: 'WebTransportError', source: 'stream', streamErrorCode: code })
    const theirWriter = theirs.writable.getWriter()
    await readable.cancel(new WebTransportError('unwanted', { streamErrorCode: code }))
    await assert.rejects(theirWriter.closed, { name: 'WebTransportError', source: 'stream', streamErrorCode: code })
  }
  transport.close()
})

test('the end of a session ends its streams, and tells why (section 6)', async () => {
  const heard = Promise.withResolvers<WebTransportSession>()
  const server = await webTransportServer((request) => heard.resolve(request.accept()))
  const transport = server.client()
  const session = await heard.promise
  const stream = await transport.createUnidirectionalStream()
  const writer = stream.getWriter()
  await writer.write(new Uint8Array(1))
  const theirs = (await session.incomingUnidirectionalStreams.getReader().read()).value!.getReader()
  await theirs.read()
  session.close({ closeCode: 0xdeadbeef, reason: 'bye, grüße' })
  assert.deepEqual(await transport.closed, { closeCode: 0xdeadbeef, reason: 'bye, grüße' })
  assert.deepEqual(await session.closed, { closeCode: 0xdeadbeef, reason: 'bye, grüße' })
  await assert.rejects(writer.closed, { name: 'WebTransportError', source: 'session' })
  await assert.rejects(theirs.read(), { name: 'WebTransportError', source: 'session' })
  await assert.rejects(transport.createUnidirectionalStream(), { name: 'InvalidStateError' })
  assert.equal((await transport.incomingUnidirectionalStreams.getReader().read()).done, true)
})

test('a server asks to come to an end, and the session goes on until it does (section 4.7)', async () => {
  const server = await webTransportServer(async (request) => {
    const session = request.accept()
    await session.drain()
    await echo(session)
  })
  const transport = server.client()
  await transport.draining
  const { readable, writable } = await transport.createBidirectionalStream()
  await write(writable, 'still here')
  assert.equal(await text(readable), 'still here')
  transport.close()
})

test('a server that shuts a connection down drains all of its sessions (section 4.7)', async () => {
  const server = await webTransportServer((request) => void echo(request.accept()))
  const pool = new WebTransportPool()
  const transports = ['/a', '/b'].map((path) => server.client(path, { allowPooling: true, pool }))
  await Promise.all(transports.map((transport) => transport.ready))
  const down = server.sessions[0]!.shutdown()
  await Promise.all(transports.map((transport) => transport.draining))
  for (const transport of transports) transport.close()
  await down
})

test('what is rejected, or not accepted, is no session', async () => {
  const server = await webTransportServer((request) => {
    if (request.path === '/forbidden') request.reject(403)
  })
  for (const [path, status] of [
    ['/forbidden', 403],
    ['/nobody', 404],
  ] as const) {
    const transport = server.client(path)
    await assert.rejects(transport.ready, { name: 'WebTransportError', source: 'session', message: `The server answers ${status}.` })
    await assert.rejects(transport.closed, { name: 'WebTransportError' })
  }
})

test('protocols are offered and chosen (section 3.3)', async () => {
  const server = await webTransportServer((request) => {
    assert.deepEqual(request.protocols, ['moq-00', 'a "quoted" one'])
    assert.throws(() => request.accept({ protocol: 'other' }), TypeError)
    request.accept({ protocol: 'a "quoted" one', fields: ['x-served-by', 'edge'] })
  })
  const transport = server.client('/', { protocols: ['moq-00', 'a "quoted" one'] })
  await transport.ready
  assert.equal(transport.protocol, 'a "quoted" one')
  assert.equal(transport.responseHeaders?.get('x-served-by'), 'edge')
  transport.close()
})

test('many sessions share a connection, each with streams of its own', async () => {
  const server = await webTransportServer((request) => void echo(request.accept()))
  const pool = new WebTransportPool()
  const transports = Array.from({ length: 5 }, (_, index) => server.client(`/${index}`, { allowPooling: true, pool }))
  await Promise.all(
    transports.map(async (transport, index) => {
      const { readable, writable } = await transport.createBidirectionalStream()
      await write(writable, `session ${index}`)
      assert.equal(await text(readable), `session ${index}`)
    }),
  )
  assert.equal(server.sessions.length, 1)
  transports[0]!.close()
  const { readable, writable } = await transports[1]!.createBidirectionalStream()
  await write(writable, 'the others go on')
  assert.equal(await text(readable), 'the others go on')
  for (const transport of transports) transport.close()
  await pool.close()
})

test('a session too many is refused, the others go on', async () => {
  const server = await webTransportServer((request) => void request.accept(), { maxSessions: 2 })
  const pool = new WebTransportPool()
  const options = { allowPooling: true, pool }
  const [a, b] = [server.client('/', options), server.client('/', options)]
  await Promise.all([a.ready, b.ready])
  await assert.rejects(server.client('/', options).ready, { name: 'WebTransportError' })
  a.close()
  await a.closed
  b.close()
  await pool.close()
})

test('requests beside sessions are served as ever, on the same connection', async () => {
  const server = await webTransportServer((request) => void echo(request.accept()), {
    onrequest: (stream) => stream.respond([':status', '204'], { endStream: true }),
  })
  const pool = new WebTransportPool()
  const transport = server.client('/', { allowPooling: true, pool })
  await transport.ready
  const { h3 } = await pool.hub({ url: new URL(server.url), hashes: [], quic: {} })
  const stream = await h3.request(get(), { endStream: true })
  assert.equal(fieldValue(await stream.response(), ':status'), '204')
  assert.equal(await stream.read(), null)
  transport.close()
  await pool.close()
})

test('the constructor refuses what browsers refuse', () => {
  for (const url of ['nonsense', 'http://a.example/', 'https://a.example/#x', 'https://a.example/#']) {
    assert.throws(() => new WebTransport(url), { name: 'SyntaxError' }, url)
  }
  for (const protocols of [[''], ['a', 'a'], ['\u00e9'], ['x'.repeat(513)]]) {
    assert.throws(() => new WebTransport('https://a.example/', { protocols }), { name: 'SyntaxError' })
  }
  const serverCertificateHashes = [{ algorithm: 'sha-256', value: new Uint8Array(32) }]
  assert.throws(() => new WebTransport('https://a.example/', { allowPooling: true, serverCertificateHashes }), {
    name: 'NotSupportedError',
  })
})

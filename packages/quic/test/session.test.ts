// The public API over real sockets on loopback.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createCertificate } from '../../native/test/certificates.ts'
import { connect, listen, type QuicError } from '../src/index.ts'
import { certificate, dial, echo, readAll, serve } from './support/server.ts'

const MIB = 1024 * 1024

for (const udp of ['batched', 'portable'] as const) {
  test(`a stream is echoed, 10 MiB both ways at once (${udp})`, async () => {
    const server = await serve(echo, { endpoint: { address: '127.0.0.1:0', udp } })
    const session = await dial(server.address, { endpoint: { udp } })
    const info = await session.opened
    assert.equal(info.protocol, 'test')
    const stream = await session.createBidirectionalStream()
    const data = randomBytes(10 * MIB)
    const received = readAll(stream)
    await stream.end(data)
    assert.ok((await received).equals(data))
    await stream.closed
    await session.close()
    await server.endpoint.close()
  })
}

test('a unidirectional stream and its end arrive', async () => {
  const received = Promise.withResolvers<string>()
  const server = await serve(async (stream) => received.resolve((await readAll(stream)).toString()))
  const session = await dial(server.address)
  const stream = await session.createUnidirectionalStream()
  await stream.write('hello ')
  await stream.end('world')
  assert.equal(await received.promise, 'hello world')
  await session.close()
  await server.endpoint.close()
})

test('more streams than the limit allows are opened in turn', async () => {
  const server = await serve(echo, { transportParams: { initialMaxStreamsBidi: 4 } })
  const session = await dial(server.address)
  const replies = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      const stream = await session.createBidirectionalStream()
      void stream.end(`message ${i}`)
      return (await readAll(stream)).toString()
    }),
  )
  assert.deepEqual(
    replies,
    Array.from({ length: 100 }, (_, i) => `message ${i}`),
  )
  await session.close()
  await server.endpoint.close()
})

test('streams that come before anyone listens for them wait', async () => {
  const server = await serve(() => {})
  const session = await dial(server.address)
  await session.opened
  const served = server.sessions[0]!
  served.onstream = undefined
  const stream = await session.createUnidirectionalStream()
  // Acknowledged: it is at the server.
  await stream.end('early')
  const heard = Promise.withResolvers<string>()
  served.onstream = async (late) => heard.resolve((await readAll(late)).toString())
  assert.equal(await heard.promise, 'early')
  await session.close()
  await server.endpoint.close()
})

test('Web Streams and a Duplex carry the same bytes', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  const web = await session.createBidirectionalStream()
  const writer = web.writable.getWriter()
  void writer.write(Buffer.from('web')).then(() => writer.close())
  assert.equal(await new Response(web.readable).text(), 'web')
  const duplex = (await session.createBidirectionalStream()).toDuplex()
  duplex.end('duplex')
  const chunks: Buffer[] = []
  for await (const chunk of duplex) chunks.push(chunk)
  assert.equal(Buffer.concat(chunks).toString(), 'duplex')
  await session.close()
  await server.endpoint.close()
})

test('a reader brings memory of its own, by itself or as BYOB, down to the last byte', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  const sent = randomBytes(300_000)
  const stream = await session.createBidirectionalStream()
  void stream.end(sent)
  const target = Buffer.alloc(70_000)
  const got: Buffer[] = []
  for (let count = await stream.readInto(target); count !== null; count = await stream.readInto(target)) {
    got.push(Buffer.from(target.subarray(0, count)))
  }
  assert.ok(Buffer.concat(got).equals(sent))
  assert.equal(await stream.readInto(target), null)
  await assert.rejects(stream.readInto(Buffer.alloc(0)), { code: 'ERR_QUIC_OPTION', message: /^Option target has no room/ })

  const other = await session.createBidirectionalStream()
  void other.end(sent)
  const reader = other.readable.getReader({ mode: 'byob' })
  const read: Buffer[] = []
  for (let memory = new Uint8Array(50_000); ; ) {
    const { value, done } = await reader.read(memory)
    if (done) break
    read.push(Buffer.from(value))
    memory = new Uint8Array(value.buffer)
  }
  assert.ok(Buffer.concat(read).equals(sent))
  await session.close()
  await server.endpoint.close()
})

test('a reader that stops holds the sender back', async () => {
  const server = await serve(() => {})
  const session = await dial(server.address)
  const stream = await session.createUnidirectionalStream()
  stream.highWaterMark = 64 * 1024
  let written = 0
  const chunk = Buffer.alloc(64 * 1024)
  const stuck = (async () => {
    while (true) {
      await stream.write(chunk)
      written += chunk.length
    }
  })()
  // The stream's window is 1 MiB: the writer comes to rest at that and one high-water mark, and the server can say when it has all arrived.
  await server.sessions[0]!.opened
  while (server.sessions[0]!.stats.bytesReceived < MIB) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(written <= MIB + 2 * stream.highWaterMark, `${written} bytes`)
  session.destroy()
  await assert.rejects(stuck, { code: 'ERR_QUIC_CLOSED' })
  await server.endpoint.close()
})

test('a reset and a stop tell their codes to the other side', async () => {
  const seen = Promise.withResolvers<unknown>()
  const server = await serve(async (stream) => {
    stream.stopSending(7)
    await stream.read().catch(() => {})
    stream.resetStream(8)
    seen.resolve(null)
  })
  const session = await dial(server.address)
  const stream = await session.createBidirectionalStream()
  await stream.write('x')
  await seen.promise
  await assert.rejects(stream.read(), { code: 'ERR_QUIC_STREAM_RESET', errorCode: 8n, initiator: 'peer' })
  await assert.rejects(stream.closed, { code: 'ERR_QUIC_STOP_SENDING', errorCode: 7n })
  await session.close()
  await server.endpoint.close()
})

test('of several who read, the first that asked is served first, whatever they ask for', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  const stream = await session.createBidirectionalStream()
  const target = Buffer.alloc(3)
  const reads = [stream.readInto(target), stream.read(), stream[Symbol.asyncIterator]().next(), stream.readInto(target), stream.read()]
  await stream.write('abcdef')
  assert.equal(await reads[0], 3)
  assert.equal(target.toString(), 'abc')
  assert.equal(String(await reads[1]), 'def')
  await stream.end('ghi')
  assert.deepEqual(await reads[2], { done: false, value: [Buffer.from('ghi')] })
  assert.deepEqual(await Promise.all(reads.slice(3)), [null, null])
  await session.close()
  await server.endpoint.close()
})

test('leaving the loop over a stream tells the peer to stop', async () => {
  const stopped = Promise.withResolvers<unknown>()
  const server = await serve(async (stream) => {
    for (let error: unknown = null; error === null; ) error = await stream.write('and so on').then(() => null, stopped.resolve)
  })
  const session = await dial(server.address)
  const stream = await session.createBidirectionalStream()
  void stream.end('question')
  for await (const chunks of stream) {
    assert.match(String(Buffer.concat(chunks)), /^and so on/)
    break
  }
  await assert.rejects(stream.read(), { code: 'ERR_QUIC_CLOSED' })
  const { code, errorCode } = (await stopped.promise) as QuicError
  assert.deepEqual([code, errorCode], ['ERR_QUIC_STOP_SENDING', 0n])
  session.destroy()
  await server.endpoint.close()
})

test('who asks for the end of a stream late is told what it was', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  const well = await session.createBidirectionalStream()
  await well.end('all')
  await readAll(well)
  const failed = await session.createBidirectionalStream()
  failed.writeSync('some')
  session.destroy()
  await session.closed
  await well.closed
  await assert.rejects(failed.closed, { code: 'ERR_QUIC_CLOSED' })
  await server.endpoint.close()
})

test('closing with a code is an error for the peer, closing with none is not', async () => {
  const server = await serve(echo)
  const first = await dial(server.address)
  await first.opened
  await first.close()
  await server.sessions[0]!.closed
  const second = await dial(server.address)
  await second.opened
  second.destroy(undefined, { code: 42, reason: 'enough' })
  await assert.rejects(server.sessions[1]!.closed, { code: 'ERR_QUIC_APPLICATION', errorCode: 42n, reason: 'enough', initiator: 'peer' })
  await server.endpoint.close()
})

test('a certificate of an unknown authority is refused, by name of the option that would help', async () => {
  const server = await serve(echo)
  const stranger = createCertificate({ name: 'elsewhere' })
  const session = await dial(server.address, { ca: stranger.certs })
  await assert.rejects(session.opened, (error: QuicError) => error.code === 'ERR_QUIC_CERTIFICATE' && error.initiator === 'local')
  const trusting = await dial(server.address, { ca: stranger.certs, rejectUnauthorized: false })
  await trusting.opened
  await trusting.close()
  await server.endpoint.close()
})

test('a server without a common protocol refuses', async () => {
  const server = await serve(echo)
  const session = await dial(server.address, { alpn: 'other' })
  await assert.rejects(session.opened, { code: 'ERR_QUIC_HANDSHAKE' })
  await server.endpoint.close()
})

test('nobody there: the handshake times out', async () => {
  const server = await serve(echo)
  const { address } = server
  await server.endpoint.close()
  const session = await dial(address, { handshakeTimeout: 100 })
  await assert.rejects(session.opened, { code: 'ERR_QUIC_HANDSHAKE' })
  await assert.rejects(session.closed, { code: 'ERR_QUIC_HANDSHAKE' })
})

test('a port in use and wrong options are told', async () => {
  const server = await serve(echo)
  await assert.rejects(serve(echo, { endpoint: { address: server.address } }), { code: 'ERR_QUIC_LISTEN' })
  await assert.rejects(
    listen(() => {}, { alpn: 'test' }),
    { code: 'ERR_QUIC_OPTION' },
  )
  await assert.rejects(connect('localhost', { alpn: 'test' }), { code: 'ERR_QUIC_OPTION', message: /address/ })
  await assert.rejects(connect('localhost:1'), { code: 'ERR_QUIC_OPTION', message: /alpn/ })
  await assert.rejects(dial(server.address, { maxDatagramSize: 100 }), { code: 'ERR_QUIC_OPTION', message: /maxDatagramSize.*1200/ })
  await assert.rejects(dial(server.address, { ca: 'nonsense' }), { code: 'ERR_QUIC_OPTION', message: /ca/ })
  await assert.rejects(
    listen(() => {}, { alpn: 'test', sni: { '*': { keys: certificate.keys, certs: 'nonsense' } } }),
    { code: 'ERR_QUIC_OPTION', message: /sni/ },
  )
  await server.endpoint.close()
})

test('a signal ends a session', async () => {
  const server = await serve(echo)
  const controller = new AbortController()
  const session = await dial(server.address, { signal: controller.signal })
  await session.opened
  controller.abort()
  await assert.rejects(session.closed, { code: 'ERR_QUIC_APPLICATION', initiator: 'local' })
  await assert.rejects(session.createBidirectionalStream())
  await server.endpoint.close()
})

test('sessions share an endpoint', async () => {
  const server = await serve(echo)
  const first = await dial(server.address)
  const second = await dial(server.address, { endpoint: first.endpoint })
  await Promise.all([first.opened, second.opened])
  assert.equal(first.path.local.port, second.path.local.port)
  await first.close()
  const stream = await second.createBidirectionalStream()
  void stream.end('still here')
  assert.equal((await readAll(stream)).toString(), 'still here')
  await second.close()
  await server.endpoint.close()
})

test('keys are updated on demand, and by themselves, while data goes on', async (t) => {
  const server = await serve(echo, { keyUpdateInterval: 200 })
  t.after(() => server.endpoint.destroy())
  const session = await dial(server.address)
  session.updateKey()
  // Three probe timeouts lie between two updates.
  while (session.stats.keyUpdates < 2) {
    const stream = await session.createBidirectionalStream()
    const data = randomBytes(MIB)
    const received = readAll(stream)
    await stream.end(data)
    assert.ok((await received).equals(data))
  }
  await session.close()
  assert.throws(() => session.updateKey(), { code: 'ERR_QUIC_CLOSED' })
  await assert.rejects(dial(server.address, { keyUpdateInterval: 0 }), { code: 'ERR_QUIC_OPTION' })
})

// CONNECT, extended CONNECT and HTTP datagrams. RFC 9114 section 4.4, RFC 9220, RFC 9297.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldValue } from '../src/core/fields/field-section.ts'
import { get, loopback, readAll } from './support/loopback.ts'

const DATAGRAMS = { transportParams: { maxDatagramFrameSize: 65_535 } }

test('CONNECT opens a tunnel: content both ways until both have ended, and no trailers', async () => {
  const { client } = await loopback(async (stream) => {
    assert.deepEqual(stream.requestFields, [':method', 'CONNECT', ':authority', 'a.example:443'])
    stream.respond([':status', '200'])
    assert.throws(() => stream.end(['x', '1']), { code: 'ERR_HTTP3_STATE' })
    for await (const chunk of stream) await stream.write(chunk)
    stream.end()
  })
  const stream = await client.request([':method', 'CONNECT', ':authority', 'a.example:443'])
  assert.equal((await stream.response())[1], '200')
  stream.writeSync('ping')
  assert.equal(Buffer.from((await stream.read())!).toString(), 'ping')
  stream.end()
  assert.equal((await readAll(stream)).length, 0)
  await stream.closed
})

test('CONNECT that is refused is answered as any request', async () => {
  const { client } = await loopback((stream) => {
    stream.respond([':status', '403', 'content-length', '2'])
    stream.writeSync('no')
    stream.end()
  })
  const stream = await client.request([':method', 'CONNECT', ':authority', 'a.example:22'])
  assert.equal((await stream.response())[1], '403')
  assert.equal((await readAll(stream)).toString(), 'no')
})

test('extended CONNECT waits for the SETTINGS that permit it (RFC 9220 section 3)', async () => {
  const onrequest = (stream: { requestFields: readonly string[]; respond: (fields: string[]) => void }): void =>
    stream.respond([':status', '200', 'x-protocol', fieldValue(stream.requestFields, ':protocol')!])
  const { client } = await loopback(onrequest, { server: { enableConnectProtocol: true } })
  const stream = await client.request([...get('/chat').with(1, 'CONNECT'), ':protocol', 'websocket'])
  assert.equal(fieldValue(await stream.response(), 'x-protocol'), 'websocket')
  stream.destroy()
})

test('datagrams belong to their request, in both directions, also when they come before it (RFC 9297 section 2)', async () => {
  const options = { client: { enableDatagrams: true }, server: { enableDatagrams: true }, clientQuic: DATAGRAMS, serverQuic: DATAGRAMS }
  const { client, server } = await loopback((stream) => {
    stream.ondatagram = (payload) => assert.ok(stream.sendDatagram(Buffer.concat([payload, Buffer.from(` on ${stream.id}`)])))
    stream.respond([':status', '200'])
  }, options)
  assert.equal((await client.settings).h3Datagram, true)
  assert.equal((await server.settings).h3Datagram, true)
  const streams = await Promise.all(['/0', '/1'].map((path) => client.request(get(path))))
  const received = streams.map((stream) => {
    const { promise, resolve } = Promise.withResolvers<string>()
    stream.ondatagram = (payload) => resolve(Buffer.from(payload).toString())
    assert.ok(stream.sendDatagram(Buffer.from('hello')))
    return promise
  })
  assert.deepEqual(await Promise.all(received), ['hello on 0', 'hello on 4'])
  assert.equal(streams[0]!.sendDatagram(new Uint8Array(65_536)), false)
  for (const stream of streams) stream.destroy()
})

test('datagrams that one side does not take are not sent (RFC 9297 section 2.1.1)', async () => {
  const { client } = await loopback((stream) => stream.respond([':status', '200']), {
    client: { enableDatagrams: true },
    clientQuic: DATAGRAMS,
    serverQuic: DATAGRAMS,
  })
  await client.settings
  const stream = await client.request(get())
  assert.equal(stream.sendDatagram(Buffer.from('nobody listens')), false)
  stream.destroy()
})

test('content that nobody reads stops its sender, and goes on when somebody does', async () => {
  const { client } = await loopback(
    async (stream) => {
      stream.respond([':status', '200'])
      for (let count = 0; count < 400; count++) await stream.write(Buffer.alloc(100_000, count))
      stream.end()
    },
    { clientQuic: { transportParams: { initialMaxStreamDataBidiLocal: 100_000 }, maxStreamWindow: 100_000 } },
  )
  const stream = await client.request(get(), { endStream: true })
  await stream.response()
  let largest = 0
  const target = new Uint8Array(30_000)
  let total = 0
  for (let count = await stream.readInto(target); count !== null; count = await stream.readInto(target)) {
    total += count
    largest = Math.max(largest, client.quic.stats.streamBytesReceived - total)
  }
  assert.equal(total, 40_000_000)
  assert.ok(largest < 1_000_000, `${largest} bytes came that nobody had asked for`)
})

test('read, readSync and readInto take turns on one stream', async () => {
  const body = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index % 251))
  const { client } = await loopback((stream) => {
    stream.respond([':status', '200'])
    for (let at = 0; at < body.length; at += 3000) stream.writeSync(body.subarray(at, at + 3000))
    stream.end(['x-end', '1'])
  })
  const stream = await client.request(get(), { endStream: true })
  const all: Buffer[] = []
  const target = new Uint8Array(70)
  for (let turn = 0; ; turn++) {
    const got = turn % 3 === 0 ? await stream.read() : turn % 3 === 1 ? stream.readSync() : await stream.readInto(target)
    if (got === null) break
    if (typeof got === 'number') all.push(Buffer.from(target.subarray(0, got)))
    else if (got !== undefined) all.push(Buffer.from(got))
  }
  assert.deepEqual(Buffer.concat(all), body)
  assert.deepEqual(stream.trailers, ['x-end', '1'])
})

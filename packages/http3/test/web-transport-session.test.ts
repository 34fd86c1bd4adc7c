// Secrets and counts of sessions, and what the constructor is given. W3C WebTransport, "WebTransport Interface".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WebTransportPool } from '../src/webtransport/connection-pool.ts'
import type { WebTransportSession } from '../src/webtransport/session.ts'
import { WebTransport, type WebTransportOptions } from '../src/webtransport/web-transport.ts'
import { text, webTransportServer, write } from './support/web-transport.ts'

const [label, context] = [Buffer.from('label'), Buffer.from('context')]

test('both ends of a session export the same, and no other session does, though it be on the same connection (section 4.8)', async () => {
  const sessions: WebTransportSession[] = []
  const server = await webTransportServer((request) => void sessions.push(request.accept()), { quic: { exporter: true } })
  const pool = new WebTransportPool()
  const transports = [1, 2].map(() => server.client('/', { allowPooling: true, pool }))
  const exported = async (of: readonly WebTransportSession[]): Promise<string[]> =>
    (await Promise.all(of.map((each) => each.exportKeyingMaterial(label, context, 48)))).map((bytes) => Buffer.from(bytes).toString('hex'))
  const ours = await exported(transports)
  assert.deepEqual(ours.toSorted(), (await exported(sessions)).toSorted())
  assert.equal(server.sessions.length, 1)
  assert.notEqual(ours[0], ours[1])
  for (const [name, of, length] of [
    [new Uint8Array(256), context, 32],
    [label, new Uint8Array(256), 32],
    [label, context, 0],
    [label, context, 8161],
  ] as const) {
    await assert.rejects(transports[0]!.exportKeyingMaterial(name, of, length), RangeError)
  }
  assert.equal((await transports[0]!.exportKeyingMaterial(new ArrayBuffer(255), new Uint8Array(255), 4096)).length, 4096)
  transports[0]!.close()
  await assert.rejects(transports[0]!.exportKeyingMaterial(label, context, 32), { name: 'InvalidStateError' })
  transports[1]!.close()
  await pool.close()
})

test('a server that keeps nothing to export from says so', async () => {
  const accepted = Promise.withResolvers<WebTransportSession>()
  const server = await webTransportServer((request) => accepted.resolve(request.accept()))
  const transport = server.client()
  const session = await accepted.promise
  await assert.rejects(session.exportKeyingMaterial(label, context, 32), { name: 'InvalidStateError', message: /exporter/ })
  transport.close()
})

test('counts tell payload from what it costs, and stay after the end', async () => {
  const accepted = Promise.withResolvers<WebTransportSession>()
  const server = await webTransportServer((request) => accepted.resolve(request.accept()))
  const transport = server.client()
  const session = await accepted.promise
  const written = write(await transport.createUnidirectionalStream(), 'x'.repeat(100_000))
  assert.equal((await text((await session.incomingUnidirectionalStreams.getReader().read()).value!)).length, 100_000)
  await written
  const writer = transport.datagrams.createWritable().getWriter()
  await writer.write(new Uint8Array(1000))
  await session.datagrams.readable.getReader().read()
  const stats = await transport.getStats()
  assert.ok(stats.bytesSent! >= 101_000 && stats.bytesSent! < 103_000, `${stats.bytesSent}`)
  assert.ok(stats.bytesSentOverhead! > 0)
  assert.ok(stats.bytesAcknowledged! >= 100_000 && stats.bytesAcknowledged! <= stats.bytesSent!)
  // As many as that takes, of 1452 bytes each.
  assert.ok(stats.packetsSent! >= 69 && stats.packetsReceived! > 0 && stats.bytesReceived! > 0)
  assert.deepEqual([stats.bytesLost! >= 0, stats.packetsLost! >= 0], [true, true])
  assert.ok(stats.smoothedRtt > 0 && stats.minRtt > 0 && stats.rttVariation >= 0)
  assert.ok(stats.estimatedSendRate! > 0)
  assert.equal(typeof stats.atSendCapacity, 'boolean')
  transport.close({ closeCode: 1 })
  const last = await transport.getStats()
  assert.ok(last.bytesSent! >= stats.bytesSent!)
  assert.deepEqual(await transport.getStats(), last)
})

test('on a shared connection, counts that would tell of other sessions are left out', async () => {
  const server = await webTransportServer((request) => void request.accept())
  const transport = server.client('/', { allowPooling: true, pool: new WebTransportPool() })
  const stats = await transport.getStats()
  assert.deepEqual(Object.keys(stats).toSorted(), [
    'atSendCapacity',
    'datagrams',
    'estimatedSendRate',
    'minRtt',
    'rttVariation',
    'smoothedRtt',
  ])
  transport.close()
})

test('of a session that could not begin there are no counts, streams or secrets', async () => {
  const server = await webTransportServer((request) => request.reject(403))
  const transport = server.client()
  for (const wanted of [
    () => transport.getStats(),
    () => transport.createUnidirectionalStream(),
    () => transport.exportKeyingMaterial(label, context, 32),
  ]) {
    // Before it is known, and afterwards.
    await assert.rejects(wanted(), { name: 'InvalidStateError' })
    await assert.rejects(wanted(), { name: 'InvalidStateError' })
  }
  assert.equal(transport.reliability, 'pending')
})

test('streams that are anticipated are allowed from the beginning', async () => {
  const accepted = Promise.withResolvers<WebTransportSession>()
  const server = await webTransportServer((request) => accepted.resolve(request.accept()))
  const transport = server.client('/', {
    anticipatedConcurrentIncomingUnidirectionalStreams: 200,
    anticipatedConcurrentIncomingBidirectionalStreams: 1,
  })
  assert.equal(transport.anticipatedConcurrentIncomingUnidirectionalStreams, 200)
  const session = await accepted.promise
  for (let count = 0; count < 200; count++) await session.createUnidirectionalStream()
  await assert.rejects(session.createUnidirectionalStream(), { name: 'QuotaExceededError' })
  for (let count = 0; count < 128; count++) await session.createBidirectionalStream()
  await assert.rejects(session.createBidirectionalStream(), { name: 'QuotaExceededError' })
  transport.close()
})

test('header fields of the response are told, but the one that is an attribute of its own', async () => {
  const server = await webTransportServer((request) => {
    assert.equal(request.fields.includes('x-asked'), true)
    request.accept({ protocol: 'one', fields: ['x-told', 'yes'] })
  })
  const transport = server.client('/', { protocols: ['one'], headers: { 'X-Asked': '1' } })
  assert.deepEqual([transport.responseHeaders, transport.protocol], [null, ''])
  await transport.ready
  assert.equal(transport.responseHeaders, transport.responseHeaders)
  assert.deepEqual([...transport.responseHeaders!.keys()].includes('wt-protocol'), false)
  assert.equal(transport.responseHeaders!.get('x-told'), 'yes')
  assert.equal(transport.protocol, 'one')
  transport.close()
})

test('options that are none are refused with TypeError', () => {
  const wrong: readonly object[] = [
    { congestionControl: 'fast' },
    { datagramsReadableType: 'chunks' },
    { anticipatedConcurrentIncomingUnidirectionalStreams: 65_536 },
    { anticipatedConcurrentIncomingBidirectionalStreams: -1 },
    { headers: { 'WT-Available-Protocols': '"one"' } },
  ]
  for (const options of wrong) assert.throws(() => new WebTransport('https://a.example/', options as WebTransportOptions), TypeError)
  assert.equal(WebTransport.supportsReliableOnly, false)
})

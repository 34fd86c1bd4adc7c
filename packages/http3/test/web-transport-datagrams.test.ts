// Ages, line lengths and memory of datagrams. W3C WebTransport, "WebTransportDatagramDuplexStream Interface".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WebTransportSession } from '../src/webtransport/session.ts'
import type { WebTransportOptions } from '../src/webtransport/web-transport.ts'
import { text, webTransportServer, write } from './support/web-transport.ts'

async function ends(options: WebTransportOptions = {}) {
  const accepted = Promise.withResolvers<WebTransportSession>()
  const server = await webTransportServer((request) => accepted.resolve(request.accept()))
  return { transport: server.client('/', options), accepted: accepted.promise }
}

async function sent(session: WebTransportSession, ...payloads: readonly string[]): Promise<void> {
  const writer = session.datagrams.createWritable().getWriter()
  for (const payload of payloads) await writer.write(Buffer.from(payload))
  await writer.close()
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  return Buffer.from((await reader.read()).value!).toString()
}

test('those that cannot leave in time are dropped and counted, and their writers go on', async () => {
  const { transport, accepted } = await ends()
  // Nothing leaves before the session is there.
  transport.datagrams.outgoingMaxAge = Number.MIN_VALUE
  await sent(transport, 'late', 'later')
  await transport.ready
  transport.datagrams.outgoingMaxAge = null
  await sent(transport, 'in time')
  assert.equal(await next((await accepted).datagrams.readable.getReader()), 'in time')
  assert.equal((await transport.getStats()).datagrams.expiredOutgoing, 2)
  transport.close()
})

test('those that nobody reads in time are dropped and counted', async () => {
  const { transport, accepted } = await ends()
  const { datagrams } = await accepted
  await transport.ready
  datagrams.incomingMaxBufferedDatagrams = 2
  datagrams.incomingMaxAge = Number.MIN_VALUE
  await sent(transport, 'a', 'b', 'c')
  // They have come when what was sent behind them has.
  const session = await accepted
  await write(await transport.createUnidirectionalStream(), 'behind')
  assert.equal(await text((await session.incomingUnidirectionalStreams.getReader().read()).value!), 'behind')
  const reader = datagrams.readable.getReader()
  const waiting = reader.read()
  datagrams.incomingMaxAge = null
  await sent(transport, 'd')
  assert.equal(Buffer.from((await waiting).value!).toString(), 'd')
  const { droppedIncoming, expiredIncoming } = (await session.getStats()).datagrams
  assert.deepEqual([droppedIncoming, expiredIncoming], [1, 2])
  transport.close()
})

test('a writer waits when its line is full, and each writable has a line of its own', async () => {
  const { transport, accepted } = await ends()
  transport.datagrams.outgoingMaxBufferedDatagrams = 2
  const [full, other] = [transport.datagrams.createWritable().getWriter(), transport.datagrams.createWritable().getWriter()]
  await full.write(Buffer.from('1'))
  let isTaken = false
  const second = full.write(Buffer.from('2')).then(() => {
    isTaken = true
  })
  await other.write(Buffer.from('3'))
  assert.equal(isTaken, false)
  await transport.ready
  await second
  const reader = (await accepted).datagrams.readable.getReader()
  assert.deepEqual([await next(reader), await next(reader), await next(reader)].toSorted(), ['1', '2', '3'])
  await assert.rejects(full.write('text' as unknown as ArrayBuffer), TypeError)
  transport.close()
})

test('those too large for a packet are dropped', async () => {
  const { transport, accepted } = await ends()
  await transport.ready
  const { maxDatagramSize } = transport.datagrams
  await sent(transport, 'x'.repeat(maxDatagramSize + 1), 'y'.repeat(maxDatagramSize))
  assert.equal(await next((await accepted).datagrams.readable.getReader()), 'y'.repeat(maxDatagramSize))
  assert.equal((await transport.getStats()).datagrams.droppedOutgoing, 1)
  transport.close()
})

test('the end of a session closes its writables, locked or not; a session that breaks fails them', async () => {
  const { transport, accepted } = await ends()
  const [idle, held] = [transport.datagrams.createWritable(), transport.datagrams.createWritable()]
  const writer = held.getWriter()
  await transport.ready
  ;(await accepted).close({ closeCode: 3 })
  await writer.closed
  await assert.rejects(writer.write(new Uint8Array(1)), TypeError)
  await idle.getWriter().closed
  const broken = (await ends()).transport
  const failing = broken.datagrams.createWritable().getWriter()
  const pending = failing.write(new Uint8Array(1))
  broken.close()
  await assert.rejects(pending, { name: 'WebTransportError', source: 'session' })
  await assert.rejects(failing.closed, { name: 'WebTransportError', source: 'session' })
})

test('as a stream of bytes: each into the memory that its reader brings, and RangeError where it does not fit', async () => {
  const { transport, accepted } = await ends({ datagramsReadableType: 'bytes' })
  const session = await accepted
  const reader = transport.datagrams.readable.getReader({ mode: 'byob' })
  await sent(session, 'first', '', 'second')
  const first = await reader.read(new Uint8Array(2000))
  assert.equal(Buffer.from(first.value!).toString(), 'first')
  const second = await reader.read(new Uint8Array(6))
  assert.equal(Buffer.from(second.value!).toString(), 'second')
  reader.releaseLock()
  const plain = transport.datagrams.readable.getReader()
  await sent(session, 'third')
  assert.equal(await next(plain), 'third')
  plain.releaseLock()
  const again = transport.datagrams.readable.getReader({ mode: 'byob' })
  const small = again.read(new Uint8Array(3))
  await sent(session, 'fourth')
  await assert.rejects(small, RangeError)
  transport.close()
})

test('as a stream of bytes, the end gives a waiting reader its memory back', async () => {
  const { transport, accepted } = await ends({ datagramsReadableType: 'bytes' })
  const session = await accepted
  const waiting = transport.datagrams.readable.getReader({ mode: 'byob' }).read(new Uint8Array(9))
  session.close()
  const { done, value } = await waiting
  assert.deepEqual([done, value?.byteLength], [true, 0])
})

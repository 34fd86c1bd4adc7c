// Whole writes, and writes that are given up. W3C WebTransport, "WebTransportWriter Interface"; limits of streams.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WebTransportError } from '../src/webtransport/error.ts'
import type { WebTransportSession } from '../src/webtransport/session.ts'
import { text, webTransportServer, write } from './support/web-transport.ts'

/** Credit of each stream: nobody reads, so that there is no more. */
const CREDIT = 10_000

async function withCredit(transportParams: object = { initialMaxStreamDataUni: CREDIT }) {
  const accepted = Promise.withResolvers<WebTransportSession>()
  const server = await webTransportServer((request) => accepted.resolve(request.accept()), { quic: { transportParams } })
  const transport = server.client()
  await transport.ready
  return { transport, session: await accepted.promise }
}

test('an atomic write leaves whole, or is refused and the stream goes on', async () => {
  const { transport, session } = await withCredit()
  const writer = (await transport.createUnidirectionalStream()).getWriter()
  await writer.atomicWrite(Buffer.alloc(6000, 'a'))
  await assert.rejects(writer.atomicWrite(Buffer.alloc(6000, 'b')), { name: 'AbortError' })
  await writer.atomicWrite(Buffer.alloc(100, 'c'))
  const closed = writer.close()
  const { value } = await session.incomingUnidirectionalStreams.getReader().read()
  assert.equal(await text(value!), 'a'.repeat(6000) + 'c'.repeat(100))
  await closed
  transport.close()
})

test('what waits behind an atomic write that is refused is refused with it; where others wait, the stream fails', async () => {
  const { transport } = await withCredit()
  const writer = (await transport.createUnidirectionalStream()).getWriter()
  const both = [writer.atomicWrite(new Uint8Array(CREDIT)), writer.atomicWrite(new Uint8Array(1))]
  for (const refused of both) await assert.rejects(refused, { name: 'AbortError' })
  await writer.atomicWrite(new Uint8Array(1))
  const mixed = [writer.atomicWrite(new Uint8Array(CREDIT)), writer.write(new Uint8Array(1)), writer.atomicWrite(new Uint8Array(1))]
  for (const refused of mixed) await assert.rejects(refused, { name: 'AbortError' })
  await assert.rejects(writer.closed, { name: 'AbortError' })
  transport.close()
})

test('an atomic write counts what waits on other streams, and is none where the lock is gone', async () => {
  const { transport } = await withCredit({ initialMaxData: CREDIT, initialMaxStreamDataUni: CREDIT })
  const [busy, idle] = await Promise.all([transport.createUnidirectionalStream(), transport.createUnidirectionalStream()])
  await busy.getWriter().write(new Uint8Array(CREDIT - 1000))
  const writer = idle.getWriter()
  await assert.rejects(writer.atomicWrite(new Uint8Array(1001)), { name: 'AbortError' })
  await writer.atomicWrite(new Uint8Array(10))
  await assert.rejects(writer.atomicWrite('text' as unknown as ArrayBuffer), TypeError)
  writer.releaseLock()
  await assert.rejects(writer.atomicWrite(new Uint8Array(1)), TypeError)
  transport.close()
})

test('an abort does not wait for a write that waits for credit', async () => {
  const { transport, session } = await withCredit()
  const writer = (await transport.createUnidirectionalStream()).getWriter()
  const pending = writer.write(new Uint8Array(4 * 2 ** 20))
  const { value } = await session.incomingUnidirectionalStreams.getReader().read()
  const reason = new WebTransportError('enough', { streamErrorCode: 77 })
  await Promise.all([writer.abort(reason), assert.rejects(pending, reason)])
  await assert.rejects(text(value!), { name: 'WebTransportError', streamErrorCode: 77 })
  transport.close()
})

test('what was committed arrives though the stream is aborted', async () => {
  const { transport, session } = await withCredit({ initialMaxStreamDataUni: 5000 })
  const writer = (await transport.createUnidirectionalStream()).getWriter()
  await writer.write(Buffer.alloc(8000, 'a'))
  writer.commit()
  await writer.write(Buffer.alloc(8000, 'b'))
  await writer.abort(new WebTransportError('enough', { streamErrorCode: 5 }))
  const { value } = await session.incomingUnidirectionalStreams.getReader().read()
  const reader = value!.getReader()
  let got = ''
  while (got.length < 8000) got += Buffer.from((await reader.read()).value!).toString()
  assert.equal(got, 'a'.repeat(8000))
  await assert.rejects(reader.read(), { name: 'WebTransportError', streamErrorCode: 5 })
  transport.close()
})

test('a stream too many is refused at once, or waited for', async () => {
  // HTTP/3 has three of its own.
  const { transport, session } = await withCredit({ initialMaxStreamsUni: 4, initialMaxStreamsBidi: 2 })
  const first = await transport.createUnidirectionalStream()
  await assert.rejects(transport.createUnidirectionalStream(), { name: 'QuotaExceededError' })
  // The session itself is the other.
  await transport.createBidirectionalStream()
  await assert.rejects(transport.createBidirectionalStream(), { name: 'QuotaExceededError' })
  const second = transport.createUnidirectionalStream({ waitUntilAvailable: true })
  const incoming = session.incomingUnidirectionalStreams.getReader()
  const ended = write(first, 'first')
  assert.equal(await text((await incoming.read()).value!), 'first')
  await ended
  await write(await second, 'second')
  assert.equal(await text((await incoming.read()).value!), 'second')
  const never = transport.createBidirectionalStream({ waitUntilAvailable: true })
  transport.close()
  await assert.rejects(never, { name: 'InvalidStateError' })
})

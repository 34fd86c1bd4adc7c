// What leaves first: groups, orders within them, streams and datagrams beside each other. W3C WebTransport, "send-order rules".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WebTransportReceiveStream } from '../src/webtransport/receive-stream.ts'
import type { WebTransportSendStream } from '../src/webtransport/send-stream.ts'
import type { WebTransportSession } from '../src/webtransport/session.ts'
import type { WebTransport } from '../src/webtransport/web-transport.ts'
import { webTransportServer } from './support/web-transport.ts'

const MIB = 2 ** 20
/** So that the order alone decides, and no credit. */
const ROOM = { transportParams: { initialMaxData: 64 * MIB, initialMaxStreamDataUni: 16 * MIB } }

interface Ends {
  readonly transport: WebTransport
  readonly session: WebTransportSession
}

async function ends(): Promise<Ends> {
  const accepted = Promise.withResolvers<WebTransportSession>()
  const server = await webTransportServer((request) => accepted.resolve(request.accept()), { quic: ROOM })
  const transport = server.client()
  await transport.ready
  return { transport, session: await accepted.promise }
}

/** Sends so many bytes, each of which is the stream's name. */
async function send(stream: WebTransportSendStream, name: string, bytes: number): Promise<void> {
  const writer = stream.getWriter()
  await writer.write(Buffer.alloc(bytes, name))
  await writer.close()
}

/** The names of `count` streams, in the order in which they end, and what had arrived of the others when the first did. */
async function arrivals({ session }: Ends, count: number): Promise<{ names: string[]; beside: number }> {
  const names: string[] = []
  const streams: WebTransportReceiveStream[] = []
  let beside = 0
  const drain = async (stream: WebTransportReceiveStream): Promise<void> => {
    let name = ''
    for await (const chunk of stream) name = String.fromCharCode(chunk[0]!)
    if (names.push(name) > 1) return
    const received = await Promise.all(streams.map(async (each) => (each === stream ? 0 : (await each.getStats()).bytesReceived)))
    beside = received.reduce((sum, bytes) => sum + bytes, 0)
  }
  const reading: Promise<void>[] = []
  for await (const stream of session.incomingUnidirectionalStreams) {
    streams.push(stream)
    reading.push(drain(stream))
    if (reading.length === count) break
  }
  await Promise.all(reading)
  return { names, beside }
}

test('higher orders arrive first, also those that were set afterwards', async () => {
  const both = await ends()
  const { transport } = both
  const [low, middle, high] = await Promise.all([
    transport.createUnidirectionalStream({ sendOrder: -(2 ** 40) }),
    transport.createUnidirectionalStream(),
    transport.createUnidirectionalStream({ sendOrder: -5 }),
  ])
  assert.deepEqual([low.sendOrder, middle.sendOrder, high.sendOrder], [-(2 ** 40), 0, -5])
  high.sendOrder = 2 ** 40
  const sent = [send(low, 'l', 4 * MIB), send(middle, 'm', 4 * MIB), send(high, 'h', 4 * MIB)]
  const { names } = await arrivals(both, 3)
  await Promise.all(sent)
  assert.deepEqual(names, ['h', 'm', 'l'])
  transport.close()
})

test('groups have equal shares, however many streams they have, and orders of their own', async () => {
  const both = await ends()
  const { transport } = both
  const [few, many] = [transport.createSendGroup(), transport.createSendGroup()]
  const crowd = await Promise.all([1, 2, 3, 4].map(() => transport.createUnidirectionalStream({ sendGroup: many, sendOrder: 9 })))
  const alone = await transport.createUnidirectionalStream()
  assert.equal(alone.sendGroup, null)
  alone.sendGroup = few
  const sent = [...crowd.map((stream) => send(stream, 'c', 2 * MIB)), send(alone, 'a', 2 * MIB)]
  const { names, beside } = await arrivals(both, 5)
  await Promise.all(sent)
  assert.equal(names[0], 'a')
  // A group's share is two of the eight megabytes; without groups all of them would be there.
  assert.ok(beside < 4 * MIB, `${beside} bytes of the others`)
  assert.deepEqual(await few.getStats(), { bytesWritten: 2 * MIB, bytesSent: 2 * MIB, bytesAcknowledged: 2 * MIB })
  assert.deepEqual(await many.getStats(), { bytesWritten: 8 * MIB, bytesSent: 8 * MIB, bytesAcknowledged: 8 * MIB })
  transport.close()
})

test('counts of a group are those of its streams, wherever they went before', async () => {
  const { transport } = await ends()
  const [one, two] = [transport.createSendGroup(), transport.createSendGroup()]
  const stream = await transport.createUnidirectionalStream({ sendGroup: one })
  await stream.getWriter().write(new Uint8Array(10))
  assert.equal((await one.getStats()).bytesWritten, 10)
  stream.sendGroup = two
  assert.deepEqual([(await one.getStats()).bytesWritten, (await two.getStats()).bytesWritten], [0, 10])
  stream.sendGroup = null
  assert.equal((await two.getStats()).bytesWritten, 0)
  transport.close()
})

test("another session's group is refused", async () => {
  const [{ transport }, other] = await Promise.all([ends(), ends()])
  const sendGroup = other.transport.createSendGroup()
  await assert.rejects(transport.createUnidirectionalStream({ sendGroup }), TypeError)
  await assert.rejects(transport.createBidirectionalStream({ sendGroup }), TypeError)
  assert.throws(() => transport.datagrams.createWritable({ sendGroup }), TypeError)
  const stream = await transport.createUnidirectionalStream()
  assert.throws(() => Reflect.set(stream, 'sendGroup', sendGroup), { name: 'InvalidStateError' })
  assert.throws(() => Reflect.set(transport.datagrams.createWritable(), 'sendGroup', sendGroup), { name: 'InvalidStateError' })
  transport.close()
  await transport.closed
  assert.throws(() => transport.createSendGroup(), { name: 'InvalidStateError' })
  assert.throws(() => transport.datagrams.createWritable(), { name: 'InvalidStateError' })
})

test('datagrams of a higher order go first, and groups take turns', async () => {
  const accepted = Promise.withResolvers<WebTransportSession>()
  const transport = (await webTransportServer((request) => accepted.resolve(request.accept()))).client()
  const sendGroup = transport.createSendGroup()
  // What is written before the session is there waits for it.
  const writables = [
    { name: 'l', writable: transport.datagrams.createWritable() },
    { name: 'h', writable: transport.datagrams.createWritable({ sendOrder: 1 }) },
    { name: 'g', writable: transport.datagrams.createWritable({ sendGroup, sendOrder: -9 }) },
  ]
  const writers = writables.map(({ name, writable }) => ({ name, writer: writable.getWriter() }))
  for (const { name, writer } of writers) for (let count = 0; count < 2; count++) void writer.write(Buffer.from(name))
  const reader = (await accepted.promise).datagrams.readable.getReader()
  let names = ''
  while (names.length < 6) names += Buffer.from((await reader.read()).value!).toString()
  assert.equal(names, 'hghgll')
  transport.close()
})

test('a datagram waits for streams of a higher order in its group, and for no others', async () => {
  const both = await ends()
  const { transport } = both
  transport.datagrams.outgoingMaxBufferedDatagrams = 1
  const stream = await transport.createUnidirectionalStream({ sendOrder: 5 })
  const arrived = arrivals(both, 1)
  const sent = send(stream, 's', 8 * MIB)
  const unsent = async (): Promise<number> => {
    const { bytesWritten, bytesSent } = await stream.getStats()
    return bytesWritten - bytesSent
  }
  const sendGroup = transport.createSendGroup()
  const write = (options: Parameters<typeof transport.datagrams.createWritable>[0]): Promise<void> =>
    transport.datagrams.createWritable(options).getWriter().write(Buffer.from('d'))
  const late = write({ sendOrder: 4 }).then(unsent)
  const beside = write({ sendGroup, sendOrder: -1 }).then(unsent)
  const equal = write({ sendOrder: 5 }).then(unsent)
  assert.ok((await equal) > 0)
  assert.ok((await beside) > 0)
  assert.equal(await late, 0)
  await Promise.all([sent, arrived])
  transport.close()
})

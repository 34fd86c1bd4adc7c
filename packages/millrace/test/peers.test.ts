// What other peers may send. Whatever it is, it costs them their own connection and nobody else's.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { connect as connectQuic, type QuicSession, type QuicStream } from '@millrace/quic'
import { marshal, mold } from '@millrace/y3'
import { connect, definePlugin, type Edge, run } from '../src/index.ts'
import { frameTable } from '../src/protocol/frame.ts'
import { FrameBatch } from '../src/protocol/frame-batch.ts'
import { FrameReader } from '../src/protocol/frame-reader.ts'
import { decodeFarewell, encodeGreeting, type Greeting, type Role } from '../src/protocol/greeting.ts'
import type { Message } from '../src/protocol/message.ts'
import { addressOf, numbered, setUp, stopAfter, texts } from './support.ts'

const greeting = (role: Role = 'source', instance: Uint8Array = randomBytes(16)): Greeting => {
  return { version: 1, role, instance, name: 'stranger', observed: [], credentials: new Uint8Array(0) }
}
const frame = (type: number, body: Uint8Array): Uint8Array => {
  const batch = new FrameBatch()
  batch.frame(type, body)
  return Buffer.concat(batch.take())
}
const hello = (own: Greeting = greeting()): Uint8Array => frame(frameTable.HELLO.type, encodeGreeting(own))
const message = (text: string): Message => {
  return {
    tag: 0x11,
    id: 1,
    sourceTimeMicros: 0,
    trace: null,
    mixed: false,
    wantsAcknowledgement: true,
    packet: marshal(0x11, text, mold('')),
  }
}

/** A QUIC connection to the edge by someone who is free to say anything. */
async function stranger(edge: Edge): Promise<QuicSession> {
  const session = await connectQuic(addressOf(edge), { alpn: 'millrace/1', rejectUnauthorized: false })
  after(() => session.destroy())
  await session.opened
  return session
}

async function answer(stream: QuicStream, frames: FrameReader): Promise<{ type: number; body: Uint8Array }> {
  for (;;) {
    if (frames.next()) return { type: frames.type, body: frames.bytes.subarray(frames.start, frames.end) }
    const chunk = await stream.read()
    if (chunk === null) throw new Error('the stream has ended')
    frames.push(chunk)
  }
}

const badControl: readonly (readonly [what: string, bytes: Uint8Array, wire: bigint])[] = [
  ['a frame that has no place there', frame(frameTable.MESSAGE.type, new Uint8Array(8)), 0x02n],
  ['an answer where a hello is due', frame(frameTable.WELCOME.type, encodeGreeting(greeting())), 0x02n],
  ['a hello that announces too much', Buffer.from([0x01, 0x80, 0xff, 0xff, 0xff]), 0x03n],
  ['a hello that is cut', frame(frameTable.HELLO.type, encodeGreeting(greeting()).subarray(0, 10)), 0x01n],
  ['a version that is not spoken', hello({ ...greeting(), version: 9 }), 0x05n],
  ['a role that does not exist', frame(frameTable.HELLO.type, Buffer.from([1, 9, ...randomBytes(16), 0, 0, 0])), 0x01n],
  ['a role that is not served', hello(greeting('sink')), 0x06n],
  ['a plugin that the workflow does not have', hello(greeting('plugin')), 0x07n],
  ['two hellos', Buffer.concat([hello(), hello()]), 0x02n],
]

for (const [what, bytes, wire] of badControl) {
  test(`${what} closes that connection with code ${wire}, and the others go on`, async () => {
    const { edge, source, output } = await setUp({})
    await source.write('0x11', 'before')
    const session = await stranger(edge)
    const control = await session.createBidirectionalStream()
    control.writeSync(bytes)
    await assert.rejects(session.closed, { code: 'ERR_QUIC_APPLICATION', errorCode: wire })
    await source.write('0x11', 'after')
    assert.deepEqual(texts(await output.count(2)), ['before', 'after'])
  })
}

const badFlows: readonly (readonly [what: string, bytes: Uint8Array, wire: bigint])[] = [
  ['a message before its flow is named', frame(frameTable.MESSAGE.type, Buffer.from([0, 0x11, 1, 1, 0x81, 0])), 0x02n],
  ['a lane that does not exist', frame(frameTable.FLOW.type, Buffer.from([0x40, 64, 1])), 0x01n],
  ['a sequence of 0', frame(frameTable.FLOW.type, Buffer.from([1, 0])), 0x01n],
  [
    'a flow that is named twice',
    Buffer.concat([frame(frameTable.FLOW.type, Buffer.from([1, 1])), frame(frameTable.FLOW.type, Buffer.from([1, 1]))]),
    0x02n,
  ],
  [
    'flags that do not exist',
    Buffer.concat([frame(frameTable.FLOW.type, Buffer.from([1, 1])), frame(frameTable.MESSAGE.type, Buffer.from([0x80, 0x11, 1, 1]))]),
    0x01n,
  ],
  [
    'a message that is cut',
    Buffer.concat([frame(frameTable.FLOW.type, Buffer.from([1, 1])), frame(frameTable.MESSAGE.type, Buffer.from([0x04, 0x11, 1, 1, 0]))]),
    0x01n,
  ],
  ['a message over 16 MiB', Buffer.from([frameTable.MESSAGE.type, 0x81, 0x80, 0x00, 0x00]), 0x03n],
  ['an acknowledgement in the wrong direction', frame(frameTable.ACK.type, Buffer.from([1])), 0x02n],
]

for (const [what, bytes, wire] of badFlows) {
  test(`${what} closes that connection with code ${wire}, and the others go on`, async () => {
    const { edge, source, output } = await setUp({})
    await source.write('0x11', 'before')
    const session = await stranger(edge)
    const control = await session.createBidirectionalStream()
    control.writeSync(hello())
    assert.equal((await answer(control, new FrameReader('control'))).type, frameTable.WELCOME.type)
    const flow = await session.createBidirectionalStream()
    flow.writeSync(bytes)
    await assert.rejects(session.closed, { code: 'ERR_QUIC_APPLICATION', errorCode: wire })
    await source.write('0x11', 'after')
    assert.deepEqual(texts(await output.count(2)), ['before', 'after'])
  })
}

test('a refusal says what is wrong before the connection closes', async () => {
  const { edge } = await setUp({ places: [{ name: 'echo' }] })
  const session = await stranger(edge)
  const control = await session.createBidirectionalStream()
  control.writeSync(hello(greeting('plugin')))
  const { type, body } = await answer(control, new FrameReader('control'))
  assert.equal(type, frameTable.REFUSED.type)
  assert.deepEqual(decodeFarewell(body), { code: 0x07, reason: "no plugin 'stranger' in workflow 'test'; its plugins: 'echo'" })
})

test('a plugin hears why it is refused', async () => {
  const { edge, plugins } = await setUp({
    plugins: [definePlugin({ name: 'dialled', observed: '0x11', mold: '', handle: (value) => value })],
  })
  const plugin = (name: string) => definePlugin({ name, observed: '0x11', mold: '', handle: (value) => value })
  const options = { edge: addressOf(edge), report: () => {} }
  await assert.rejects(run(plugin('unknown'), options), {
    code: 'ERR_MILLRACE_NAME',
    message: "no plugin 'unknown' in workflow 'test'; its plugins: 'dialled'",
  })
  await assert.rejects(run(plugin('dialled'), options), { code: 'ERR_MILLRACE_NAME', message: /^the edge dials plugin 'dialled' at port/ })
  await assert.rejects(connect(`127.0.0.1:${plugins[0]!.address!.port}`), {
    code: 'ERR_MILLRACE_ROLE',
    message: /^this is plugin 'dialled', which works for edges/,
  })
})

test('frames of types that are not known are skipped', async () => {
  const { edge } = await setUp({})
  const session = await stranger(edge)
  const control = await session.createBidirectionalStream()
  control.writeSync(frame(0x3e, randomBytes(100)))
  control.writeSync(hello())
  assert.equal((await answer(control, new FrameReader('control'))).type, frameTable.WELCOME.type)
})

test('what a source sends again on a new connection is confirmed and not taken twice', async () => {
  const { edge, output } = await setUp({})
  const instance = randomBytes(16)
  const send = async (first: number, all: readonly string[]): Promise<bigint> => {
    const session = await stranger(edge)
    const control = await session.createBidirectionalStream()
    control.writeSync(hello(greeting('source', instance)))
    await answer(control, new FrameReader('control'))
    const flow = await session.createBidirectionalStream()
    const batch = new FrameBatch()
    batch.flow(0x11, first)
    for (const text of all) batch.message(message(text))
    for (const chunk of batch.take()) flow.writeSync(chunk)
    const frames = new FrameReader('back')
    for (;;) {
      const { type, body } = await answer(flow, frames)
      assert.equal(type, frameTable.ACK.type)
      if (body[0] === first + all.length - 1) return BigInt(body[0])
    }
  }
  await send(1, ['a', 'b', 'c'])
  await send(2, ['b', 'c', 'd'])
  await send(4, ['d', 'e'])
  assert.deepEqual(texts(output.items), ['a', 'b', 'c', 'd', 'e'])
})

test('a plugin that answers what it was not sent loses its connection, and its messages are kept', async () => {
  const { edge, source, reports, output } = await setUp({ places: [{ name: 'stranger' }] })
  const session = await stranger(edge)
  const flows: QuicStream[] = []
  const opened = new Promise<void>((resolve) => {
    session.onstream = (stream) => {
      flows.push(stream)
      resolve()
    }
  })
  const control = await session.createBidirectionalStream()
  control.writeSync(hello({ ...greeting('plugin'), observed: [0x11] }))
  await source.write('0x11', 'kept')
  await opened
  flows[0]!.writeSync(frame(frameTable.ACK.type, Buffer.from([9])))
  await assert.rejects(session.closed, { errorCode: 0x02n })
  stopAfter(
    await run(definePlugin({ name: 'stranger', observed: '0x11', mold: '', handle: (value) => value }), {
      edge: addressOf(edge),
      report: reports.report,
    }),
  )
  assert.deepEqual(texts(await output.count(1)), ['kept'])
})

test('random datagrams to the port leave a live source and a live plugin alone', async () => {
  const echo = definePlugin({ name: 'echo', observed: '0x11', mold: '', handle: (value) => `${value}!` })
  const { edge, source, output, plugins } = await setUp({ plugins: [echo] })
  const socket = createSocket('udp4')
  after(() => socket.close())
  const send = promisify((bytes: Uint8Array, port: number, done: () => void) => socket.send(bytes, port, '127.0.0.1', done))
  for (let round = 0; round < 500; round++) {
    const bytes = randomBytes(1 + ((round * 37) % 1400))
    // Half of them look like QUIC: a long header of version 1.
    if (round % 2 === 0) Buffer.from([0xc3, 0, 0, 0, 1]).copy(bytes)
    await send(bytes, edge.address.port)
    await send(bytes, plugins[0]!.address!.port)
    if (round % 50 === 0) await source.write('0x11', String(round / 50))
  }
  assert.deepEqual(
    texts(await output.count(10)),
    numbered(10, (text) => `${text}!`),
  )
})

test('random bytes on every kind of stream leave a live source alone', async () => {
  const { edge, source, output } = await setUp({})
  for (let round = 0; round < 20; round++) {
    const session = await stranger(edge)
    const stream = await session.createBidirectionalStream()
    stream.writeSync(round % 2 === 0 ? randomBytes(200) : Buffer.concat([hello(), randomBytes(200)]))
    void stream.end().catch(() => undefined)
    await source.write('0x11', String(round))
    session.destroy()
  }
  assert.deepEqual(texts(await output.count(20)), numbered(20))
})

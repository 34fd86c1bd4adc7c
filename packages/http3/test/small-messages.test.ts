// A small message leaves in one piece: header section, content and end in one write, one STREAM frame and one packet, whoever sends it. What counts is the
// order of bytes in the log, so that no clock decides. RFC 9114 section 4.1, RFC 9000 section 19.8.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { createServer, fetch, serve } from '../src/index.ts'
import type { Http3Session } from '../src/session/http3-session.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import { JOINED } from '../src/session/sending-half.ts'
import { connectHttp3, identity } from './support/client.ts'
import { get, loopback, post, readAll } from './support/loopback.ts'
import { agent, origin } from './support/origin.ts'
import { logOf, type ReadLog, readLog } from './support/qlog.ts'

/** STREAM frames with new bytes of a stream that left, or arrived: where each begins, how long it is, and whether the stream ends there. */
function framesOn(log: ReadLog, id: number, event: 'packet_sent' | 'packet_received'): { offset: number; length: number; fin: boolean }[] {
  const frames = new Map<number, { offset: number; length: number; fin: boolean }>()
  for (const { name, data } of log.events) {
    if (name !== `quic:${event}`) continue
    for (const frame of data.frames as { frame_type: string; stream_id: number; offset: number; fin: boolean; raw: { length: number } }[]) {
      if (frame.frame_type !== 'stream' || frame.stream_id !== id || frames.has(frame.offset)) continue
      frames.set(frame.offset, { offset: frame.offset, length: frame.raw.length, fin: frame.fin })
    }
  }
  return [...frames.values()].sort((a, b) => a.offset - b.offset)
}

/** All of a stream came in one frame, more than its content, and its end with it. */
function isOnePiece(frames: ReturnType<typeof framesOn>, content: number): void {
  assert.deepEqual(
    frames.map(({ offset, fin }) => [offset, fin]),
    [[0, true]],
  )
  assert.ok(frames[0]!.length > content, `${frames[0]!.length} bytes`)
}

const REQUESTS = [0, 4, 8]
const CONTENT = Buffer.alloc(200, 'content ')

/** What a client hears of three responses, one after the other. */
async function responsesOf(port: number): Promise<ReadLog> {
  const client = await connectHttp3(port, { qlog: true })
  const log = logOf(client)
  await client.settings
  for (const _ of REQUESTS) assert.deepEqual(await readAll(await client.request(get(), { endStream: true })), CONTENT)
  client.destroy()
  return readLog(await log)
}

describe('a small response leaves in one piece', () => {
  test('of a program of node:http', async () => {
    const server = createServer({ ...identity }, (_, response) => void response.end(CONTENT))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const log = await responsesOf(server.address()!.port)
    for (const id of REQUESTS) isOnePiece(framesOn(log, id, 'packet_received'), CONTENT.length)
    await server[Symbol.asyncDispose]()
  })

  for (const [what, answer] of [
    ['of a function', () => new Response(CONTENT)],
    ['of a function that takes a turn', async () => new Response(CONTENT)],
  ] as const) {
    test(what, async () => {
      const server = await serve({ ...identity, port: 0, hostname: '127.0.0.1', fetch: answer })
      const log = await responsesOf(server.address()!.port)
      for (const id of REQUESTS) isOnePiece(framesOn(log, id, 'packet_received'), CONTENT.length)
      await server[Symbol.asyncDispose]()
    })
  }

  for (const [what, respond] of [
    ['given with its fields', (stream: Http3Stream) => stream.respond([':status', '200'], { content: CONTENT, endStream: true })],
    [
      'written behind them in the same turn',
      (stream: Http3Stream) => {
        stream.respond([':status', '200'])
        stream.writeSync(CONTENT)
        stream.end()
      },
    ],
  ] as const) {
    test(what, async () => {
      const { client } = await loopback(respond, { clientQuic: { qlog: true } })
      const log = logOf(client)
      await client.settings
      for (const _ of REQUESTS) assert.deepEqual(await readAll(await client.request(get(), { endStream: true })), CONTENT)
      client.destroy()
      const read = readLog(await log)
      for (const id of REQUESTS) isOnePiece(framesOn(read, id, 'packet_received'), CONTENT.length)
    })
  }
})

async function echo(stream: Http3Stream): Promise<void> {
  stream.respond([':status', '200'])
  for await (const chunk of stream) stream.writeSync(chunk)
  stream.end()
}

describe('a request with little content leaves in one piece', () => {
  test('by fetch', async () => {
    const logs: Promise<string>[] = []
    const { url, sessions } = await origin({
      quic: { qlog: true },
      http3(stream) {
        if (logs.length === 0) logs.push(logOf(stream.session))
        return echo(stream)
      },
    })
    const dispatcher = agent({ http3: 'only' })
    for (const _ of REQUESTS) {
      const init = { method: 'POST', body: CONTENT, dispatcher } as Parameters<typeof fetch>[1]
      assert.deepEqual(Buffer.from(await (await fetch(url, init)).arrayBuffer()), CONTENT)
    }
    await dispatcher.close()
    sessions[0]!.destroy()
    const log = readLog((await logs[0])!)
    for (const id of REQUESTS) isOnePiece(framesOn(log, id, 'packet_received'), CONTENT.length)
  })

  for (const [what, request] of [
    ['given with its fields', (session: Http3Session) => session.request(post(), { content: CONTENT, endStream: true })],
    [
      'written when the stream is there',
      async (session: Http3Session) => {
        const stream = await session.request(post())
        stream.writeSync(CONTENT)
        stream.end()
        return stream
      },
    ],
  ] as const) {
    test(what, async () => {
      const { client } = await loopback(echo, { clientQuic: { qlog: true } })
      const log = logOf(client)
      await client.settings
      for (const _ of REQUESTS) assert.deepEqual(await readAll(await request(client)), CONTENT)
      client.destroy()
      const read = readLog(await log)
      for (const id of REQUESTS) isOnePiece(framesOn(read, id, 'packet_sent'), CONTENT.length)
    })
  }
})

for (const length of [0, 1, 63, 64, JOINED, JOINED + 1, 100_000]) {
  test(`content of ${length} bytes arrives as it was given, as text or bytes, with more behind it and without`, async () => {
    const { client } = await loopback(async (stream) => {
      const got = await readAll(stream)
      stream.respond([':status', '200', 'x-length', `${got.length}`], { content: got.toString() })
      stream.writeSync('more')
      stream.end(['x-trailer', '1'])
    })
    const content = Buffer.alloc(length, 'abc')
    const stream = await client.request(post(), { content, endStream: true })
    assert.deepEqual(await readAll(stream), Buffer.concat([content, Buffer.from('more')]))
    assert.deepEqual(stream.trailers, ['x-trailer', '1'])
    client.destroy()
  })
}

// The more urgent response goes first, whoever said so and when. RFC 9218. What goes first is read from the server's log, packet by packet: when a response is
// complete at the client depends on what was lost, on how much credit is there, and on how the reader is scheduled.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QuicStream } from '@millrace/quic'
import { fieldValue } from '../src/core/fields/field-section.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import { get, loopback, readAll } from './support/loopback.ts'
import { LiveLog, type ReadLog, readLog } from './support/qlog.ts'

/** Some hundred packets, and all responses together within the credit that a client gives at the beginning: nobody waits for credit. */
const BODY = Buffer.alloc(150_000)

interface StreamFrame {
  readonly frame_type: string
  readonly stream_id: number
  readonly fin: boolean
}

/** Paths of the streams in the order in which the last new byte of each was sent. */
function orderOfEnds({ events }: ReadLog, paths: ReadonlyMap<number, string>): string[] {
  const order = new Set<string>()
  for (const { name, data } of events) {
    if (name !== 'quic:packet_sent') continue
    for (const { frame_type: type, stream_id: id, fin } of data.frames as StreamFrame[]) {
      if (type === 'stream' && fin && paths.has(id)) order.add(paths.get(id)!)
    }
  }
  return [...order]
}

/** Requests, of which the server answers none before all have come, and it knows what `between` says; the order in which the answers leave. */
async function raced(
  requests: readonly { readonly path: string; readonly field?: string; readonly options?: object }[],
  answer: (stream: Http3Stream) => readonly string[] = () => [],
  between: (streams: readonly Http3Stream[], log: LiveLog) => Promise<void> = async () => {},
): Promise<string[]> {
  const waiting: Http3Stream[] = []
  const all = Promise.withResolvers<void>()
  const { client, server } = await loopback(
    (stream) => {
      waiting.push(stream)
      if (waiting.length === requests.length) all.resolve()
    },
    { serverQuic: { qlog: true } },
  )
  const log = new LiveLog(server)
  await client.settings
  const streams = await Promise.all(
    requests.map(({ path, field, options }) =>
      client.request(get(path, field === undefined ? [] : ['priority', field]), { endStream: true, ...options }),
    ),
  )
  await all.promise
  await between(streams, log)
  // In one turn: whoever was asked first is not first to leave by that.
  for (const stream of waiting) stream.respond([':status', '200', ...answer(stream)], { content: BODY, endStream: true })
  await Promise.all(streams.map(readAll))
  const paths = new Map(streams.map((stream) => [stream.streamId, fieldValue(stream.requestFields, ':path')!]))
  await client.shutdown()
  return orderOfEnds(readLog(await log.whole), paths)
}

test('by the priority field of the request, and by the option that writes it', async () => {
  const requests = [
    { path: '/late', field: 'u=7' },
    { path: '/usual' },
    { path: '/soon', options: { priority: { urgency: 1, incremental: false } } },
    { path: '/first', field: 'u=0' },
  ]
  assert.deepEqual(await raced(requests), ['/first', '/soon', '/usual', '/late'])
})

test('by what the response says, where it says something', async () => {
  const answer = (stream: Http3Stream) => (fieldValue(stream.requestFields, ':path') === '/b' ? ['priority', 'u=1'] : [])
  assert.deepEqual(await raced([{ path: '/a' }, { path: '/b', field: 'u=6' }], answer), ['/b', '/a'])
})

test('by PRIORITY_UPDATE, after the request was sent', async () => {
  const order = await raced([{ path: '/a' }, { path: '/b', field: 'u=6' }, { path: '/c' }], undefined, async ([, b, c], log) => {
    b!.setPriority({ urgency: 0, incremental: false })
    c!.setPriority({ urgency: 1, incremental: true })
    assert.throws(() => c!.setPriority({ urgency: 9, incremental: true }), RangeError)
    await log.has('"frame_type":"priority_update"', 2)
  })
  assert.deepEqual(order, ['/b', '/c', '/a'])
})

test('what is of use piece by piece shares with its like, and so do tunnels (RFC 9218 sections 4.2 and 11)', async () => {
  const carriers: QuicStream[] = []
  const scheduled: (readonly [level: string, incremental: boolean])[] = []
  const { client, server } = await loopback((stream) => {
    const { level, incremental } = carriers.at(-1)!.priority!
    scheduled.push([level, incremental])
    stream.respond([':status', '204'], { endStream: true })
  })
  const { onstream } = server.quic
  server.quic.onstream = (stream) => {
    if (stream.direction === 'bidi') carriers.push(stream)
    onstream!(stream)
  }
  for (const fields of [
    get(),
    get('/', ['priority', 'u=1, i']),
    get('/', ['priority', 'i=?0']),
    [':method', 'CONNECT', ':authority', 'a:7'],
  ]) {
    const stream = await client.request(fields, { endStream: true })
    await stream.response()
  }
  assert.deepEqual(scheduled, [
    ['default', false],
    ['high', true],
    ['default', false],
    ['default', true],
  ])
})

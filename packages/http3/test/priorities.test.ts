// The more urgent response goes first, whoever said so and when. RFC 9218.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldValue } from '../src/core/fields/field-section.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import { get, loopback } from './support/loopback.ts'

const BODY = Buffer.alloc(2_000_000)

/** Requests, of which the server answers none before all have come; the order in which they end. */
async function raced(
  requests: readonly { readonly path: string; readonly field?: string; readonly options?: object }[],
  answer: (stream: Http3Stream) => readonly string[] = () => [],
  between?: (streams: readonly Http3Stream[]) => void,
): Promise<string[]> {
  const waiting: Http3Stream[] = []
  const all = Promise.withResolvers<void>()
  const another = Promise.withResolvers<void>()
  const { client } = await loopback((stream) => {
    if (waiting.length === requests.length) {
      stream.respond([':status', '204'], { endStream: true })
      another.resolve()
      return
    }
    waiting.push(stream)
    if (waiting.length === requests.length) all.resolve()
  })
  await client.settings
  const streams = await Promise.all(
    requests.map(({ path, field, options }) =>
      client.request(get(path, field === undefined ? [] : ['priority', field]), { endStream: true, ...options }),
    ),
  )
  await all.promise
  if (between !== undefined) {
    between(streams)
    // What the control stream said before is known by when a later request is there.
    await client.request(get('/another'), { endStream: true })
    await another.promise
  }
  for (const stream of waiting) {
    stream.respond([':status', '200', ...answer(stream)])
    stream.writeSync(BODY)
    stream.end()
  }
  const order: string[] = []
  const target = new Uint8Array(65_536)
  await Promise.all(
    streams.map(async (stream) => {
      while ((await stream.readInto(target)) !== null);
      order.push(fieldValue(stream.requestFields, ':path')!)
    }),
  )
  await client.shutdown()
  return order
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
  const order = await raced([{ path: '/a' }, { path: '/b', field: 'u=6' }, { path: '/c' }], undefined, ([, b, c]) => {
    b!.setPriority({ urgency: 0, incremental: false })
    c!.setPriority({ urgency: 1, incremental: true })
    assert.throws(() => c!.setPriority({ urgency: 9, incremental: true }), RangeError)
  })
  assert.deepEqual(order, ['/b', '/c', '/a'])
})

// Requests that one side gives up, and answers that come before the request has ended. RFC 9114 sections 4.1 and 4.1.1.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HTTP3_ERRORS } from '../src/core/wire/http3-error.ts'
import { HttpError } from '../src/session/error.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import { get, loopback, post, readAll } from './support/loopback.ts'

test('a client cancels by its signal: the server hears of it, its signal aborts, the session goes on', async () => {
  const requests: Http3Stream[] = []
  const aborted = Promise.withResolvers<unknown>()
  const { client } = await loopback((stream) => {
    requests.push(stream)
    stream.signal.addEventListener('abort', () => aborted.resolve(stream.signal.reason))
    stream.respond([':status', '200'])
    stream.writeSync('begun')
  })
  const controller = new AbortController()
  const stream = await client.request(get(), { endStream: true, signal: controller.signal })
  await stream.response()
  const reason = new Error('no longer wanted')
  controller.abort(reason)
  await assert.rejects(stream.read(), reason)
  await assert.rejects(stream.closed, reason)
  const heard = await aborted.promise
  assert.ok(heard instanceof HttpError)
  assert.deepEqual([heard.code, heard.errorCode], ['ERR_HTTP3_STOPPED', BigInt(HTTP3_ERRORS.H3_REQUEST_CANCELLED)])
  await assert.rejects(requests[0]!.closed, { code: 'ERR_HTTP3_STOPPED' })
  assert.equal((await (await client.request(get(), { endStream: true })).response())[1], '200')
})

test('a signal that aborted before sends nothing', async () => {
  const { client } = await loopback(() => assert.fail('there is no request'))
  await assert.rejects(client.request(get(), { signal: AbortSignal.abort(new Error('early')) }), /early/)
  assert.equal(client.openStreams, 0)
})

test('a server rejects without having processed: the client may send it again, and is told so', async () => {
  const { client } = await loopback((stream) => stream.destroy('H3_REQUEST_REJECTED'))
  const stream = await client.request(post())
  await assert.rejects(stream.response(), { code: 'ERR_HTTP3_REFUSED', retryable: true })
})

test('a server without a handler rejects', async () => {
  const { client, server } = await loopback(() => {})
  server.onrequest = undefined
  await assert.rejects((await client.request(get(), { endStream: true })).response(), { code: 'ERR_HTTP3_REFUSED', retryable: true })
})

test('a server gives up half way: the response is not to be used, and not safe to ask for again', async () => {
  const { client } = await loopback(async (stream) => {
    stream.respond([':status', '200'])
    await stream.write('half')
    stream.destroy('H3_INTERNAL_ERROR')
  })
  const stream = await client.request(get(), { endStream: true })
  await assert.rejects(
    async () => {
      await stream.response()
      await readAll(stream)
    },
    { code: 'ERR_HTTP3_RESET', errorCode: BigInt(HTTP3_ERRORS.H3_INTERNAL_ERROR), retryable: false },
  )
})

describe('a handler that fails ends its stream with H3_INTERNAL_ERROR', () => {
  test('by a promise that rejects with what ended the stream, which is no unhandled rejection', async () => {
    const { client } = await loopback(async (stream) => {
      for await (const _ of stream);
    })
    const stream = await client.request(post())
    stream.writeSync('x')
    stream.reset('H3_REQUEST_CANCELLED')
    await assert.rejects(stream.response(), { name: 'HttpError' })
  })
})

test('an answer before the request has ended is whole, and the rest of the request is not wanted: H3_NO_ERROR (4.1)', async () => {
  const { client } = await loopback((stream) => {
    stream.respond([':status', '413'])
    stream.writeSync('too large')
    stream.end()
  })
  const stream = await client.request(post())
  const sending = (async () => {
    while (true) await stream.write(new Uint8Array(100_000))
  })()
  assert.equal((await stream.response())[1], '413')
  assert.equal((await readAll(stream)).toString(), 'too large')
  await assert.rejects(sending, { code: 'ERR_HTTP3_STOPPED', errorCode: BigInt(HTTP3_ERRORS.H3_NO_ERROR) })
  assert.equal(stream.signal.aborted, false)
})

test('an answer to a request whose end is still on its way leaves it in peace', async () => {
  const ended: Promise<void>[] = []
  const { client } = await loopback((stream) => {
    stream.respond([':status', '200'], { endStream: true })
    ended.push(stream.closed)
  })
  const stream = await client.request(post())
  await stream.response()
  assert.equal(await stream.read(), null)
  stream.end()
  await stream.closed
  await ended[0]
})

test('a client that has read enough stops the server', async () => {
  const stopped = Promise.withResolvers<unknown>()
  const { client } = await loopback(async (stream) => {
    stream.respond([':status', '200'])
    try {
      while (true) await stream.write(new Uint8Array(100_000))
    } catch (error) {
      stopped.resolve(error)
    }
  })
  const stream = await client.request(get(), { endStream: true })
  for await (const chunk of stream) if (chunk.length > 0) break
  const error = await stopped.promise
  assert.ok(error instanceof HttpError)
  assert.deepEqual([error.code, error.errorCode], ['ERR_HTTP3_STOPPED', BigInt(HTTP3_ERRORS.H3_REQUEST_CANCELLED)])
})

test('a client resets in every state of a request (CVE-2024-45403, CVE-2024-32974)', async () => {
  const { client, server } = await loopback(async (stream) => {
    const path = stream.requestFields[7]
    if (path === '/unanswered') return
    stream.respond([':status', '200'])
    if (path === '/reading') for await (const chunk of stream) await stream.write(chunk)
    if (path === '/ended') stream.end()
  })
  for (const path of ['/unanswered', '/answered', '/reading', '/ended']) {
    for (const sent of ['nothing', 'content', 'all'] as const) {
      for (const give of ['reset', 'stop', 'destroy'] as const) {
        const stream = await client.request(post(path))
        if (sent !== 'nothing') stream.writeSync('content')
        if (sent === 'all') stream.end(['x-trailer', '1'])
        if (path !== '/unanswered') await stream.response()
        if (give === 'reset') stream.reset('H3_REQUEST_CANCELLED')
        if (give === 'stop') stream.stopSending('H3_REQUEST_CANCELLED')
        stream.destroy()
        await stream.closed.catch(() => {})
      }
    }
  }
  const last = await client.request(get('/ended'), { endStream: true })
  assert.equal((await last.response())[1], '200')
  await readAll(last)
  await client.shutdown()
  await server.closed
  assert.equal(server.openStreams, 0)
})

test('what a caller may not send is refused before it leaves', async () => {
  const { client } = await loopback((stream) => {
    assert.throws(() => stream.respond([':status', '200', 'x', 'a\r\nb']), { code: 'ERR_HTTP3_FIELDS' })
    assert.throws(() => stream.respond([':status', '103']), { code: 'ERR_HTTP3_FIELDS' })
    assert.throws(() => stream.informational([':status', '200']), { code: 'ERR_HTTP3_FIELDS' })
    assert.throws(() => stream.writeSync('before'), { code: 'ERR_HTTP3_STATE' })
    assert.throws(() => stream.end(), { code: 'ERR_HTTP3_STATE' })
    stream.respond([':status', '200'])
    assert.throws(() => stream.respond([':status', '200']), { code: 'ERR_HTTP3_STATE' })
    assert.throws(() => stream.end([':status', '200']), { code: 'ERR_HTTP3_FIELDS' })
    stream.end(['x-trailer', '1'])
    stream.end()
    assert.throws(() => stream.writeSync('behind'), { code: 'ERR_HTTP3_STATE' })
  })
  await assert.rejects(client.request(['x', '1']), { code: 'ERR_HTTP3_FIELDS' })
  await assert.rejects(client.request([...get(), 'X', '1']), { code: 'ERR_HTTP3_FIELDS' })
  await assert.rejects(client.request([...get().with(1, 'CONNECT'), ':protocol', 'websocket']), { code: 'ERR_HTTP3_FIELDS' })
  const stream = await client.request(get(), { endStream: true })
  assert.throws(() => stream.respond([':status', '200']), { code: 'ERR_HTTP3_STATE' })
  assert.throws(() => stream.writeSync('x'), { code: 'ERR_HTTP3_STATE' })
  await readAll(stream)
  assert.deepEqual(stream.trailers, ['x-trailer', '1'])
})

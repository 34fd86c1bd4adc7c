// Requests and responses over real endpoints. RFC 9114 section 4.1.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldValue } from '../src/core/fields/field-section.ts'
import { get, loopback, post, readAll } from './support/loopback.ts'

test('a request without content is answered with a header section and content', async () => {
  const { client, server } = await loopback((stream) => {
    stream.respond([':status', '200', 'content-type', 'text/plain', 'x-path', fieldValue(stream.requestFields, ':path')!])
    stream.writeSync('hello')
    stream.end()
  })
  const stream = await client.request(get('/a?b'), { endStream: true })
  const fields = await stream.response()
  assert.equal(fieldValue(fields, ':status'), '200')
  assert.equal(fieldValue(fields, 'x-path'), '/a?b')
  assert.equal((await readAll(stream)).toString(), 'hello')
  assert.equal(stream.trailers, null)
  await stream.closed
  await client.shutdown()
  await server.closed
})

test('content goes both ways, with trailers, interim responses before, and many requests at once', async () => {
  const { client } = await loopback(async (stream) => {
    stream.informational([':status', '103', 'link', '</style.css>'])
    stream.respond([':status', '200'])
    for await (const chunk of stream) await stream.write(chunk)
    stream.end(['x-sum', String(stream.trailers?.[1])])
  })
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const stream = await client.request(post(`/${index}`))
      const interim: string[] = []
      stream.oninformational = (fields) => interim.push(fieldValue(fields, ':status')!)
      const body = Buffer.alloc(10_000 * index, index)
      await stream.write(body)
      stream.end(['x-index', String(index)])
      await stream.response()
      assert.deepEqual(await readAll(stream), body)
      assert.deepEqual(stream.trailers, ['x-sum', String(index)])
      assert.deepEqual(interim, ['103'])
      await stream.closed
    }),
  )
  await client.shutdown()
})

test('who begins to read before the response is there gets all of it, however large', async () => {
  const answer = Promise.withResolvers<void>()
  const { client } = await loopback(async (stream) => {
    await answer.promise
    stream.respond([':status', '200'])
    stream.writeSync(Buffer.alloc(3_000_000, 7))
    stream.end()
  })
  const streams = await Promise.all(['/a', '/b'].map((path) => client.request(get(path), { endStream: true })))
  const bodies = streams.map((stream) => readAll(stream))
  answer.resolve()
  for (const body of await Promise.all(bodies)) assert.equal(body.length, 3_000_000)
  await client.shutdown()
})

test('a client that shuts down says so, and gets what it has asked for (RFC 9114 section 5.2)', async () => {
  const { resolve: answer, promise: mayAnswer } = Promise.withResolvers<void>()
  const { client, server } = await loopback(async (stream) => {
    await mayAnswer
    stream.respond([':status', '200'])
    stream.end()
  })
  const goaway = new Promise<bigint>((resolve) => (server.ongoaway = resolve))
  const stream = await client.request(get(), { endStream: true })
  const shut = client.shutdown()
  // The largest push id: pushes that were promised, of which there are none, may come.
  assert.equal(await goaway, 2n ** 62n - 1n)
  assert.equal(server.closing, true)
  await assert.rejects(client.request(get()), { code: 'ERR_HTTP3_CLOSED' })
  answer()
  assert.equal(fieldValue(await stream.response(), ':status'), '200')
  await readAll(stream)
  await Promise.all([shut, server.closed])
})

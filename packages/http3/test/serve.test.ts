// `serve`: web Requests in, web Responses out, as fast as either side takes them. https://fetch.spec.whatwg.org
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serve } from '../src/index.ts'
import { identity } from './support/client.ts'
import { inEachVersion, servedBy } from './support/served.ts'

const options = { ...identity, port: 0, hostname: '127.0.0.1' }

inEachVersion(
  'a Request has URL, fields and content; what answers it may begin before it has ended',
  async () =>
    servedBy(
      await serve({
        ...options,
        fetch: (request, { httpVersion, peer }) =>
          new Response(request.body, { headers: { 'x-url': request.url, 'x-version': httpVersion, 'x-peer': peer.remoteAddress } }),
      }),
    ),
  async (client, { server }) => {
    const content = Buffer.alloc(3_000_000, 'content ')
    const pieces = async function* () {
      for (let at = 0; at < content.length; at += 100_000) yield content.subarray(at, at + 100_000)
    }
    const { headers, body } = await client.ask('/a?b', { method: 'POST', body: pieces() })
    const url = `https://localhost:${server.address()!.port}/a?b`
    assert.deepEqual([headers['x-url'], headers['x-version'], headers['x-peer']], [url, client.version, '127.0.0.1'])
    assert.ok(body.equals(content))
  },
)

const failures: unknown[] = []

inEachVersion(
  'what a handler throws is 500, and told; what it asked is not',
  async () =>
    servedBy(
      await serve({
        ...options,
        onerror: (error) => void failures.push(error),
        fetch: () => {
          throw new Error('a secret')
        },
      }),
    ),
  async (client) => {
    const { status, text } = await client.ask('/')
    assert.deepEqual([status, text, String(failures.pop())], [500, '', 'Error: a secret'])
  },
)

let [seen, cancelled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]

inEachVersion(
  "a client that gives up aborts the request's signal and stops the response's stream",
  async () => {
    return servedBy(
      await serve({
        ...options,
        fetch: (request) => {
          const piece = new Uint8Array(10_000)
          request.signal.addEventListener('abort', () => seen.resolve())
          return new Response(new ReadableStream({ pull: (to) => to.enqueue(piece), cancel: () => cancelled.resolve() }))
        },
      }),
    )
  },
  async (client) => {
    ;[seen, cancelled] = [Promise.withResolvers(), Promise.withResolvers()]
    const giveUp = new AbortController()
    const asked = client.ask('/', { signal: giveUp.signal, onhead: () => giveUp.abort() })
    await assert.rejects(asked)
    await seen.promise
    await cancelled.promise
  },
)

test('options that are wrong are said by name', async () => {
  const fetch = (): Response => new Response()
  await assert.rejects(serve({ ...options, fetch, drainTimeout: -1 }), { code: 'ERR_HTTP3_OPTION', message: /drainTimeout is -1/ })
  await assert.rejects(serve({ ...options, cert: undefined as unknown as string, fetch }), {
    code: 'ERR_HTTP3_OPTION',
    message: /cert is missing/,
  })
})

test('a port that is taken, by UDP or by TCP, is refused with the code of the system', async () => {
  const fetch = (): Response => new Response()
  const server = await serve({ ...options, fetch })
  const { port } = server.address()!
  await assert.rejects(serve({ ...options, fetch, port }), { code: 'EADDRINUSE' })
  await assert.rejects(serve({ ...options, fetch, port, http3: false }), { code: 'EADDRINUSE' })
  await server[Symbol.asyncDispose]()
})

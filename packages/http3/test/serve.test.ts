// `serve`: web Requests in, web Responses out, as fast as either side takes them. https://fetch.spec.whatwg.org
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCertificate } from '../../native/test/certificates.ts'
import { createServer, type ServeOptions, type ServerOptions, serve } from '../src/index.ts'
import { identity, resumedHttp3 } from './support/client.ts'
import { get, post, readAll } from './support/loopback.ts'
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

inEachVersion(
  'what is no Response that can be sent is 500, and told',
  async () =>
    servedBy(
      await serve({
        ...options,
        onerror: (error) => void failures.push(error),
        fetch: async (request) => WRONG_ANSWERS[new URL(request.url).pathname.slice(1)]!() as Response,
      }),
    ),
  async (client) => {
    for (const name of Object.keys(WRONG_ANSWERS)) {
      const { status, text } = await client.ask(`/${name}`)
      assert.deepEqual([status, text], [500, ''], name)
      assert.match(String(failures.pop()), /^TypeError: fetch gave back /, name)
    }
  },
)

const WRONG_ANSWERS: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  text: () => 'text',
  another: () => new Map(),
  error: () => Response.error(),
  read: async () => {
    const response = new Response('content')
    await response.text()
    return response
  },
}

let broken = Promise.withResolvers<unknown>()

inEachVersion(
  'content that breaks off is told, and no whole answer',
  async () =>
    servedBy(
      await serve({
        ...options,
        onerror: (error) => void broken.resolve(error),
        fetch: () =>
          new Response(
            new ReadableStream({
              start: (to) => to.enqueue(Buffer.from('begun')),
              pull: () => Promise.reject(new Error('the source is gone')),
            }),
          ),
      }),
    ),
  async (client) => {
    broken = Promise.withResolvers()
    await assert.rejects(client.ask('/'))
    assert.equal(String(await broken.promise), 'Error: the source is gone')
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

inEachVersion(
  'who waits for 100 gets it once the content is wanted, and not before (RFC 9110 section 10.1.1)',
  async () =>
    servedBy(
      await serve({
        ...options,
        fetch: async (request) => new Response(new URL(request.url).pathname === '/wanted' ? await request.text() : 'unread'),
      }),
    ),
  async (client) => {
    // Node itself says 100 on HTTP/1.1, wanted or not.
    if (client.version === '1.1') return
    const asked = { method: 'POST', headers: { expect: '100-continue' }, body: 'content' }
    for (const [path, content, said] of [
      ['/wanted', 'content', [100]],
      ['/unwanted', 'unread', []],
    ] as const) {
      const { text, interim } = await client.ask(path, asked)
      assert.deepEqual([text, interim.map(({ status }) => status)], [content, said])
    }
  },
)

const late: unknown[] = []

inEachVersion(
  'content that does not arrive in time is answered with 408, and an error for who reads it (RFC 9110 section 15.5.9)',
  async () =>
    servedBy(
      await serve({
        ...options,
        requestTimeout: 20,
        onerror: (error) => void late.push(error),
        fetch: async (request) => new Response(await request.text()),
      }),
    ),
  async (client) => {
    // Node itself watches HTTP/1.1, by a clock of half a minute.
    if (client.version === '1.1') return
    const giveUp = new AbortController()
    const slow = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('a')
      await new Promise((resolve) => giveUp.signal.addEventListener('abort', resolve))
    }
    const status = Promise.withResolvers<number>()
    client.ask('/', { method: 'POST', body: slow(), onhead: (code) => status.resolve(code) }).catch((error) => status.reject(error))
    assert.equal(await status.promise, 408)
    assert.equal((late.pop() as Error).name, 'TimeoutError')
    giveUp.abort()
  },
)

inEachVersion(
  'answers over TCP say where HTTP/3 is (RFC 7838 section 3), unless the handler said so itself',
  async () =>
    servedBy(
      await serve({
        ...options,
        altSvcMaxAge: 60,
        fetch: ({ url }) => new Response(null, { headers: url.endsWith('/own') ? { 'alt-svc': 'clear' } : {} }),
      }),
    ),
  async (client, { server }) => {
    const told = client.version === '3.0' ? undefined : `h3=":${server.address()!.port}"; ma=60`
    assert.equal((await client.ask('/')).headers['alt-svc'], told)
    assert.equal((await client.ask('/own')).headers['alt-svc'], 'clear')
  },
)

test('unsafe methods in 0-RTT get 425 without the handler, safe ones an answer (RFC 8470)', async () => {
  const server = await serve({
    ...options,
    quic: { enableEarlyData: true },
    fetch: ({ method }, { early }) => new Response(`${method} ${early}`),
  })
  const session = await resumedHttp3(server.address()!.port)
  const [safe, unsafe] = await Promise.all([
    session.request(get(), { endStream: true }),
    session.request(post('/', ['content-length', '0']), { endStream: true }),
  ])
  assert.deepEqual([(await safe.response())[1], (await unsafe.response())[1]], ['200', '425'])
  const contents = await Promise.all([safe, unsafe].map(async (stream) => String(await readAll(stream))))
  assert.deepEqual(contents, ['GET true', ''])
  await session.close()
  await session.quic.endpoint.close()
  await server[Symbol.asyncDispose]()
})

test('options that are wrong are said by name', async () => {
  const fetch = (): Response => new Response()
  await assert.rejects(serve({ ...options, fetch, drainTimeout: -1 }), { code: 'ERR_HTTP3_OPTION', message: /drainTimeout is -1/ })
  await assert.rejects(serve({ ...options, cert: undefined as unknown as string, fetch }), {
    code: 'ERR_HTTP3_OPTION',
    message: /cert is missing/,
  })
  await assert.rejects(serve({ ...options } as ServeOptions), { code: 'ERR_HTTP3_OPTION', message: /fetch is missing/ })
  const other = createCertificate({ name: 'other' })
  const wrong: readonly (readonly [options: unknown, message: RegExp])[] = [
    [undefined, /^Option key is missing/],
    [{ key: null, cert: null }, /^Option key is missing/],
    [{ ...identity, key: 'text' }, /^Option key is no private key/],
    [{ ...identity, cert: Buffer.from('text') }, /^Option cert is no certificate/],
    [{ ...identity, key: other.keys }, /^Option key is not that of the first certificate in cert/],
    [{ ...identity, sni: { 'a.example': { ...identity, key: 'text' } } }, /^Option sni\['a\.example'\]\.key is no private key/],
    [{ ...identity, sni: { 'a.example': null } }, /^Option sni\['a\.example'\]\.key is missing/],
  ]
  for (const [given, message] of wrong) assert.throws(() => createServer(given as ServerOptions), { code: 'ERR_HTTP3_OPTION', message })
})

test('a port that is taken, by UDP or by TCP, is refused with the code of the system', async () => {
  const fetch = (): Response => new Response()
  const server = await serve({ ...options, fetch })
  const { port } = server.address()!
  await assert.rejects(serve({ ...options, fetch, port }), { code: 'EADDRINUSE' })
  await assert.rejects(serve({ ...options, fetch, port, http3: false }), { code: 'EADDRINUSE' })
  await server[Symbol.asyncDispose]()
})

// Servers that mean ill to clients: each costs one request, or one session, and never more memory than the limits say.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { request } from 'undici'
import type { StoredAlternative } from '../src/client/alt-svc-cache.ts'
import { fetch } from '../src/client/fetch.ts'
import { MAX_ALTERNATIVES, MAX_INTERIM_RESPONSES } from '../src/client/limits.ts'
import { fieldValue } from '../src/core/fields/field-section.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import { agent, echoHttp3, origin } from './support/origin.ts'
import { VirtualClock } from './support/virtual-clock.ts'

/** Attacks at `/attack`, and serves everything else. */
async function hostile(attack: (stream: Http3Stream) => unknown) {
  const { url, sessions } = await origin({
    http3: (stream) => (fieldValue(stream.requestFields, ':path') === '/attack' ? attack(stream) : echoHttp3(stream)),
  })
  const clock = new VirtualClock()
  const dispatcher = agent({ http3: 'only', clock })
  return {
    url,
    clock,
    dispatcher,
    /** The session bears other requests as before. */
    async serves(): Promise<void> {
      assert.equal((await fetch(url, { dispatcher })).status, 200)
      assert.equal(sessions.length, 1, 'by the same session')
    },
  }
}

describe('a server', () => {
  test('that sends interim responses without end loses the request (RFC 9110 section 15.2)', async () => {
    const given = Promise.withResolvers<void>()
    const { url, dispatcher, serves } = await hostile(async (stream) => {
      stream.signal.addEventListener('abort', () => given.resolve())
      for (let index = 0; index <= MAX_INTERIM_RESPONSES; index++) stream.informational([':status', '103', 'link', `</${index}>`])
      await given.promise
    })
    let heard = 0
    await assert.rejects(request(`${url}/attack`, { dispatcher, onInfo: () => heard++ }), { code: 'UND_ERR_HEADERS_OVERFLOW' })
    assert.equal(heard, MAX_INTERIM_RESPONSES)
    await given.promise
    await serves()
  })

  test('that sends a header section beyond the limit loses the request (RFC 9114 section 4.2.2)', async () => {
    const { url, dispatcher, serves } = await hostile((stream) => {
      const lines = Array.from({ length: 900 }, (_, index) => [`x-${index}`, 'y'.repeat(100)]).flat()
      stream.respond([':status', '200', ...lines], { endStream: true })
    })
    await assert.rejects(request(`${url}/attack`, { dispatcher }), ({ code }) => String(code).startsWith('ERR_HTTP3_'))
    await serves()
  })

  test('that sends trailers beyond the limit loses the request', async () => {
    const { url, dispatcher, serves } = await hostile((stream) => {
      stream.respond([':status', '200'])
      stream.writeSync('content')
      stream.end(Array.from({ length: 900 }, (_, index) => [`x-${index}`, 'y'.repeat(100)]).flat())
    })
    const { body } = await request(`${url}/attack`, { dispatcher })
    await assert.rejects(body.text(), ({ code }) => String(code).startsWith('ERR_HTTP3_'))
    await serves()
  })

  test('that never answers loses the request when its time is over', async () => {
    const asked = Promise.withResolvers<void>()
    const { url, dispatcher, clock, serves } = await hostile(() => asked.resolve())
    const answer = request(`${url}/attack`, { dispatcher, headersTimeout: 1_000 })
    await asked.promise
    clock.pass(1_000)
    await assert.rejects(answer, { code: 'UND_ERR_HEADERS_TIMEOUT' })
    await serves()
  })

  test('that stops in the middle of its answer loses the request when its time is over; a reader that pauses has all the time there is', async () => {
    const { url, dispatcher, clock, serves } = await hostile((stream) => {
      stream.respond([':status', '200'])
      stream.writeSync('beginning')
    })
    const { body } = await request(`${url}/attack`, { dispatcher, bodyTimeout: 1_000 })
    const reader = body[Symbol.asyncIterator]()
    await reader.next()
    clock.pass(1_000)
    await assert.rejects(async () => reader.next(), { code: 'UND_ERR_BODY_TIMEOUT' })
    await serves()
  })

  test('that sends other content than it announced loses the request (RFC 9114 section 4.1.2)', async () => {
    for (const length of ['3', '5']) {
      const { url, dispatcher, serves } = await hostile((stream) => {
        stream.respond([':status', '200', 'content-length', length])
        stream.writeSync('four')
        stream.end()
      })
      await assert.rejects(
        async () => (await request(`${url}/attack`, { dispatcher })).body.text(),
        ({ code }) => code === 'ERR_HTTP3_PROTOCOL',
      )
      await serves()
    }
  })

  test('that floods with alternatives is believed a few', async () => {
    const flood = Array.from({ length: 60 }, (_, index) => `h3="${index}.example:443"`).join(', ')
    const { url } = await origin({ http3: (stream) => stream.respond([':status', '200', 'alt-svc', flood], { endStream: true }) })
    const altSvc = new Map<string, readonly StoredAlternative[]>()
    await fetch(url, { dispatcher: agent({ http3: 'only', altSvc }) })
    assert.equal(altSvc.get(url)!.length, MAX_ALTERNATIVES)
    assert.equal(altSvc.size, 1)
  })

  test('is not read faster than its answer is: what nobody takes it may not send (RFC 9000 section 4.1)', async () => {
    const CHUNK = Buffer.alloc(65_536)
    let written = 0
    const { url, dispatcher, serves } = await hostile(async (stream) => {
      stream.respond([':status', '200'])
      for (; !stream.signal.aborted; written += CHUNK.length) await stream.write(CHUNK)
    })
    const { body } = await request(`${url}/attack`, { dispatcher, highWaterMark: 1024 })
    for (let index = 0; index < 5; index++) await serves()
    // A stream's window, and what waits to be sent here.
    assert.ok(written < 4 * 2 ** 20, `${written} bytes`)
    body.on('error', () => {}).destroy()
  })
})

describe('a redirect', () => {
  test('from https to http is followed as fetch says, without what was for the origin alone', async (context) => {
    const heard: unknown[] = []
    const plain = createServer((incoming, response) => {
      heard.push(incoming.headers.authorization, incoming.headers.cookie, incoming.httpVersion)
      response.end('plain')
    }).listen(0, '127.0.0.1')
    context.after(() => plain.close())
    await new Promise((resolve) => plain.once('listening', resolve))
    const target = `http://127.0.0.1:${(plain.address() as AddressInfo).port}/`
    const { url } = await origin({ http3: (stream) => stream.respond([':status', '302', 'location', target], { endStream: true }) })
    const headers = { authorization: 'Bearer secret', cookie: 'a=b' }
    const dispatcher = agent({ http3: 'assumed', headStart: 10_000 })
    const response = await fetch(url, { dispatcher, headers })
    assert.equal(await response.text(), 'plain')
    assert.deepEqual(heard, [undefined, undefined, '1.1'])
    await assert.rejects(fetch(url, { dispatcher: agent({ http3: 'only' }), headers }), ({ cause }) => cause.code === 'UND_ERR_INVALID_ARG')
  })
})

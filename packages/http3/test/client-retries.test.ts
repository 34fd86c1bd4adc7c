// Requests that are sent again: by whose leave, by which way, and how often.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { type Dispatcher, request } from 'undici'
import type { StoredAlternative } from '../src/client/alt-svc-cache.ts'
import { MAX_RETRIES } from '../src/client/limits.ts'
import { fieldValue } from '../src/core/fields/field-section.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import { agent, echoHttp2, echoHttp3, origin } from './support/origin.ts'
import { VirtualClock } from './support/virtual-clock.ts'

const ok = (stream: Http3Stream): void => stream.respond([':status', '200', 'x-by', 'h3'], { endStream: true })

async function statusOf(
  url: string,
  dispatcher: Dispatcher,
  options: { method?: Dispatcher.HttpMethod; body?: string } = {},
): Promise<number> {
  const { statusCode, body } = await request(url, { dispatcher, ...options })
  await body.dump()
  return statusCode
}

/** Rejects the first so many requests. */
function rejecting(count: number) {
  const heard: string[] = []
  const answer = (stream: Http3Stream): unknown => {
    heard.push(fieldValue(stream.requestFields, ':method')!)
    return heard.length > count ? echoHttp3(stream) : stream.destroy('H3_REQUEST_REJECTED')
  }
  return { heard, answer }
}

describe('a request that was rejected', () => {
  test('is sent again, whatever it asks: the server has not processed it (RFC 9114 section 4.1.1)', async () => {
    const { heard, answer } = rejecting(1)
    const { url } = await origin({ http3: answer })
    const { body } = await request(url, { dispatcher: agent({ http3: 'only' }), method: 'POST', body: 'content' })
    assert.equal(await body.text(), 'content')
    assert.deepEqual(heard, ['POST', 'POST'])
  })

  test('is given up after a few times', async () => {
    const { heard, answer } = rejecting(Number.POSITIVE_INFINITY)
    const { url } = await origin({ http3: answer })
    await assert.rejects(statusOf(url, agent({ http3: 'only' })), { code: 'ERR_HTTP3_REFUSED' })
    assert.equal(heard.length, 1 + MAX_RETRIES)
  })

  test('goes on by HTTP/2 where the server says that HTTP/3 does not serve it (RFC 9114 section 8.1)', async () => {
    const udp = await origin({ http3: (stream) => stream.destroy('H3_VERSION_FALLBACK') })
    const { url } = await origin({ http2: echoHttp2 })
    const altSvc = new Map<string, readonly StoredAlternative[]>([
      [url, [{ host: 'localhost', port: udp.udpPort, expires: Date.now() + 60_000, persist: false }]],
    ])
    const { headers, body } = await request(url, { dispatcher: agent({ altSvc, headStart: 10_000 }), method: 'POST', body: 'content' })
    assert.equal(headers['x-by'], 'h2')
    assert.equal(await body.text(), 'content')
  })

  test('fails when the server gave it up half done, unless that does no harm', async () => {
    const { url } = await origin({ http3: (stream) => stream.destroy('H3_INTERNAL_ERROR') })
    await assert.rejects(statusOf(url, agent({ http3: 'only' }), { method: 'POST', body: 'a' }), { code: 'ERR_HTTP3_RESET' })
  })
})

test('a stream whose request fails is let go, though it has more to give', async () => {
  const { url } = await origin({ http3: (stream) => stream.session.destroy() })
  const content = new Readable({ read() {} })
  content.push('some')
  const gone = once(content, 'error')
  await assert.rejects(request(url, { dispatcher: agent({ http3: 'only' }), method: 'POST', body: content }), { code: 'ERR_HTTP3_CLOSED' })
  const [error] = await gone
  assert.equal(error.code, 'ERR_HTTP3_CLOSED')
  assert.ok(content.destroyed)
})

describe('a server that shuts down (RFC 9114 section 5.2)', () => {
  test('finishes what it has, and the next request goes to another session', async () => {
    const held = Promise.withResolvers<Http3Stream>()
    const { url, sessions } = await origin({
      http3: (stream) => (fieldValue(stream.requestFields, ':path') === '/held' ? held.resolve(stream) : ok(stream)),
    })
    const dispatcher = agent({ http3: 'only' })
    const first = statusOf(`${url}/held`, dispatcher)
    const stream = await held.promise
    const shut = sessions[0]!.shutdown()
    // Which of them comes after GOAWAY is not for the client to choose: all must be answered.
    while (sessions.length === 1) assert.equal(await statusOf(`${url}/next`, dispatcher), 200)
    ok(stream)
    assert.equal(await first, 200)
    await shut
    assert.equal(sessions.length, 2)
  })

  test('that dies under a request is asked again where that does no harm (RFC 9110 section 9.2.2)', async () => {
    let count = 0
    const { url } = await origin({ http3: (stream) => (++count === 1 ? stream.session.destroy() : ok(stream)) })
    assert.equal(await statusOf(url, agent({ http3: 'only' })), 200)
    assert.equal(count, 2)
  })

  test('that dies under a request which may not be made twice fails it', async () => {
    const { url } = await origin({ http3: (stream) => stream.session.destroy() })
    await assert.rejects(statusOf(url, agent({ http3: 'only' }), { method: 'POST', body: 'a' }), { code: 'ERR_HTTP3_CLOSED' })
  })
})

describe('0-RTT (RFC 8470)', () => {
  /** An origin that takes early data, and an agent that has been there before. */
  async function resumable(answer: (stream: Http3Stream) => unknown) {
    const clock = new VirtualClock(Date.now())
    const heard: (readonly [method: string, early: boolean])[] = []
    const { url, sessions } = await origin({
      quic: { enableEarlyData: true },
      http3(stream) {
        heard.push([fieldValue(stream.requestFields, ':method')!, stream.early])
        return answer(stream)
      },
    })
    const dispatcher = agent({ http3: 'only', clock })
    assert.equal(await statusOf(url, dispatcher), 200)
    const ended = once(dispatcher, 'disconnect')
    clock.pass(20_000)
    await ended
    return { url, dispatcher, heard, sessions }
  }

  test('carries a request that changes nothing', async () => {
    const { url, dispatcher, heard } = await resumable(ok)
    assert.equal(await statusOf(url, dispatcher), 200)
    assert.deepEqual(heard, [
      ['GET', false],
      ['GET', true],
    ])
  })

  test('carries nothing else: a POST waits for the handshake', async () => {
    const { url, dispatcher, heard } = await resumable(ok)
    assert.equal(await statusOf(url, dispatcher, { method: 'POST', body: 'a' }), 200)
    assert.deepEqual(heard[1], ['POST', false])
  })

  test('that the server finds too early is sent again after the handshake', async () => {
    const { url, dispatcher, heard, sessions } = await resumable((stream) =>
      stream.early ? stream.respond([':status', '425'], { endStream: true }) : ok(stream),
    )
    assert.equal(await statusOf(url, dispatcher), 200)
    assert.deepEqual(heard.slice(1), [
      ['GET', true],
      ['GET', false],
    ])
    assert.equal(sessions.length, 2, 'on the same session')
  })

  test('is not used again where it was too early for another reason: 425 stays 425', async () => {
    const { url } = await origin({ http3: (stream) => stream.respond([':status', '425'], { endStream: true }) })
    assert.equal(await statusOf(url, agent({ http3: 'only' })), 425)
  })
})

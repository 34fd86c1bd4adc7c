// A network that begins to drop UDP under an open session: what goes over to HTTP/2, and what stays. The agents' clock stands still unless a test moves it; probe
// timeouts are real, and nothing waits for more than those.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, type TestContext, test } from 'node:test'
import { request } from 'undici'
import { Nat } from '../../quic/test/support/nat.ts'
import type { AgentOptions } from '../src/client/agent-options.ts'
import type { StoredAlternative } from '../src/client/alt-svc-cache.ts'
import { BROKEN_FIRST_MILLIS } from '../src/client/limits.ts'
import { fieldValue } from '../src/core/fields/field-section.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import { agent, echoHttp2, echoHttp3, origin } from './support/origin.ts'
import { VirtualClock } from './support/virtual-clock.ts'

/** Idle for so long, no session ends on its own here. */
const PATIENT_MILLIS = 600_000

/** An origin behind a network, and an agent with an open HTTP/3 session to it. */
async function connected(context: TestContext, options: AgentOptions = {}, answer: (stream: Http3Stream) => unknown = echoHttp3) {
  const byHttp2: string[] = []
  const { url, udpPort, sessions } = await origin({
    http3: answer,
    quic: { transportParams: { maxIdleTimeout: PATIENT_MILLIS } },
    http2(request, response) {
      byHttp2.push(`${request.method} ${request.url}`)
      echoHttp2(request, response)
    },
  })
  const network = await Nat.open(udpPort)
  context.after(() => network.close())
  const clock = new VirtualClock(1_000_000)
  const altSvc = new Map<string, readonly StoredAlternative[]>([
    [url, [{ host: 'localhost', port: network.port, expires: 10_000_000_000, persist: false }]],
  ])
  const dispatcher = agent({ clock, altSvc, headStart: 10_000, ...options, quic: { transportParams: { maxIdleTimeout: PATIENT_MILLIS } } })
  const ended = once(dispatcher, 'disconnect')
  const ask = async (path: string, method: 'GET' | 'POST' = 'GET', content?: string): Promise<unknown> => {
    const { headers, body } = await request(url + path, { dispatcher, method, ...(content !== undefined && { body: content }) })
    await body.dump()
    return headers['x-by']
  }
  // The first round trips of a busy machine are long, and so would be the timeouts.
  for (let index = 0; index < 10; index++) assert.equal(await ask('/first'), 'h3')
  return { network, clock, byHttp2, sessions, ask, ended }
}

/** Answers all but what asks for `/held`, which a test answers when it likes. */
function holding() {
  const held = Promise.withResolvers<Http3Stream>()
  const answer = (stream: Http3Stream): unknown =>
    fieldValue(stream.requestFields, ':path') === '/held' ? held.resolve(stream) : echoHttp3(stream)
  return { held: held.promise, answer }
}

describe('where UDP begins to be dropped', () => {
  test('a request comes by HTTP/2 long before the session ends, and the next ones do not try HTTP/3', async (context) => {
    const { network, ask, byHttp2, sessions, clock, ended } = await connected(context)
    network.block()
    assert.equal(await ask('/second'), 'h2')
    // A session that is left by its last request is closed.
    await ended
    network.block(false)
    assert.equal(await ask('/third'), 'h2')
    clock.pass(BROKEN_FIRST_MILLIS)
    assert.equal(await ask('/fourth'), 'h3', 'it is tried again after its time')
    assert.deepEqual(byHttp2, ['GET /second', 'GET /third'])
    assert.equal(sessions.length, 2)
  })

  test('a request whose response is awaited is asked again: silence is noticed though nothing is sent', async (context) => {
    const { held, answer } = holding()
    const { network, ask, byHttp2 } = await connected(context, {}, answer)
    const answered = ask('/held')
    await held
    network.block()
    assert.equal(await answered, 'h2')
    assert.deepEqual(byHttp2, ['GET /held'])
  })

  test('a request that may not be made twice stays where it was sent, and is answered when datagrams pass again', async (context) => {
    const { held, answer } = holding()
    const { network, ask, byHttp2, sessions } = await connected(context, {}, answer)
    const posted = ask('/held', 'POST', 'once')
    const stream = await held
    network.block()
    assert.equal(await ask('/meanwhile'), 'h2')
    network.block(false)
    await echoHttp3(stream)
    assert.equal(await posted, 'h3')
    assert.deepEqual(byHttp2, ['GET /meanwhile'])
    assert.equal(sessions.length, 1)
  })

  test('what waits in line has not been sent, and goes by HTTP/2 whatever it asks', async (context) => {
    const { held, answer } = holding()
    const { network, ask, byHttp2 } = await connected(context, { maxRequests: 1 }, answer)
    const first = ask('/held', 'POST', 'first')
    const stream = await held
    const second = ask('/second', 'POST', 'second')
    network.block()
    assert.equal(await second, 'h2')
    assert.deepEqual(byHttp2, ['POST /second'])
    network.block(false)
    await echoHttp3(stream)
    assert.equal(await first, 'h3')
  })

  test('requests that keep coming, which put the probe timeout off each time, notice it too (RFC 9002 section 6.2.1)', async (context) => {
    const { network, ask, byHttp2 } = await connected(context)
    network.block()
    const first = ask('/first')
    let isAnswered = false
    const settled = first.then(() => (isAnswered = true))
    const others: Promise<unknown>[] = []
    while (!isAnswered) {
      others.push(ask('/other'))
      await Promise.race([settled, network.dropped(others.length)])
    }
    assert.deepEqual(new Set(await Promise.all([first, ...others])), new Set(['h2']))
    assert.equal(byHttp2.length, 1 + others.length)
  })

  test('content that has begun to come cannot be had by another way, and comes to its end when datagrams pass again', async (context) => {
    const began = Promise.withResolvers<Http3Stream>()
    const { network, ask, byHttp2 } = await connected(context, {}, (stream) => {
      if (fieldValue(stream.requestFields, ':path') !== '/long') return echoHttp3(stream)
      stream.respond([':status', '200', 'x-by', 'h3'])
      return began.resolve(stream)
    })
    const long = ask('/long')
    const stream = await began.promise
    // Something of the response has to be there, and one more exchange is proof of that.
    assert.equal(await ask('/between'), 'h3')
    network.block()
    assert.equal(await ask('/meanwhile'), 'h2')
    network.block(false)
    stream.end()
    assert.equal(await long, 'h3')
    assert.deepEqual(byHttp2, ['GET /meanwhile'])
  })

  test('and HTTP/3 is all there is, it is waited for', async (context) => {
    const { network, ask, sessions } = await connected(context)
    const only = await origin({ http3: echoHttp3, quic: { transportParams: { maxIdleTimeout: PATIENT_MILLIS } } })
    const other = await Nat.open(only.udpPort)
    context.after(() => other.close())
    const dispatcher = agent({ http3: 'only', quic: { transportParams: { maxIdleTimeout: PATIENT_MILLIS } } })
    const url = `https://localhost:${other.port}`
    const statusOf = async (): Promise<number> => {
      const { statusCode, body } = await request(url, { dispatcher })
      await body.dump()
      return statusCode
    }
    assert.equal(await statusOf(), 200)
    for (const one of [network, other]) one.block()
    const [here, there] = [ask('/second'), statusOf()]
    // Who has another way has taken it, so as much time has passed as that takes.
    assert.equal(await here, 'h2')
    other.block(false)
    assert.equal(await there, 200)
    assert.deepEqual([sessions.length, only.sessions.length], [1, 1])
  })
})

// HTTP/3 and HTTP/2 side by side where one of them is blocked. The clock of these agents stands still: nothing here comes by waiting for a timer of theirs.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { request } from 'undici'
import { createCertificate } from '../../native/test/certificates.ts'
import type { AgentOptions } from '../src/client/agent-options.ts'
import type { StoredAlternative } from '../src/client/alt-svc-cache.ts'
import { BROKEN_FIRST_MILLIS } from '../src/client/limits.ts'
import { agent, echoHttp2, echoHttp3, origin } from './support/origin.ts'
import { VirtualClock } from './support/virtual-clock.ts'

/** An agent that has heard of HTTP/3 for the origin, at a port of this machine. */
function informed(url: string, port: number, options: AgentOptions = {}) {
  const clock = new VirtualClock(1_000_000)
  const altSvc = new Map<string, readonly StoredAlternative[]>([
    [url, [{ host: 'localhost', port, expires: 10_000_000_000, persist: false }]],
  ])
  return { clock, altSvc, dispatcher: agent({ clock, altSvc, ...options }) }
}

async function carrier(url: string, dispatcher: ReturnType<typeof agent>): Promise<unknown> {
  const { headers, body } = await request(url, { dispatcher })
  await body.dump()
  return headers['x-by']
}

describe('where UDP is blocked', () => {
  test('a request comes by HTTP/2 at once, while HTTP/3 is still being tried', async () => {
    const { url, udpPort } = await origin({ http3: 'silent', http2: echoHttp2 })
    const { dispatcher, clock } = informed(url, udpPort)
    let hasFailed = false
    dispatcher.on('connectionError', () => (hasFailed = true))
    assert.equal(await carrier(url, dispatcher), 'h2')
    assert.equal(hasFailed, false, 'nobody waited for the attempt to fail')
    assert.equal(clock.now(), 1_000_000)
  })

  test('an address that did not answer is not tried again until some time has passed', async () => {
    const { url, udpPort } = await origin({ http3: 'silent', http2: echoHttp2 })
    const { dispatcher, clock } = informed(url, udpPort, { quic: { handshakeTimeout: 50 } })
    let attempts = 0
    dispatcher.on('connectionError', () => attempts++)
    assert.equal(await carrier(url, dispatcher), 'h2')
    if (attempts === 0) await once(dispatcher, 'connectionError')
    for (let index = 0; index < 3; index++) assert.equal(await carrier(url, dispatcher), 'h2')
    clock.pass(BROKEN_FIRST_MILLIS)
    assert.equal(await carrier(url, dispatcher), 'h2')
    if (attempts === 1) await once(dispatcher, 'connectionError')
    assert.equal(attempts, 2)
    dispatcher.networkChanged()
    assert.equal(await carrier(url, dispatcher), 'h2', 'on another network nothing is known, and HTTP/2 serves as ever')
  })

  test('a head start ends when it has passed, and content that is read once is read once', async () => {
    const { url, udpPort } = await origin({ http3: 'silent', http2: echoHttp2 })
    const { dispatcher, clock } = informed(url, udpPort, { headStart: 250 })
    async function* content() {
      yield Buffer.from('once')
    }
    const answer = request(url, { dispatcher, method: 'POST', body: content() as unknown as Buffer })
    clock.pass(250)
    const { headers, body } = await answer
    assert.equal(headers['x-by'], 'h2')
    assert.equal(await body.text(), 'once')
  })
})

describe('where TCP is blocked', () => {
  test('a request comes by HTTP/3, and the next does not try TCP', async () => {
    const udp = await origin({ http3: echoHttp3 })
    const { dispatcher } = informed(udp.url, udp.udpPort)
    assert.equal(await carrier(udp.url, dispatcher), 'h3')
    assert.equal(await carrier(udp.url, dispatcher), 'h3')
    assert.equal(udp.sessions.length, 1)
  })

  test('and UDP too, the error is the one that everybody knows', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address()
    const url = `https://localhost:${port}`
    const { dispatcher } = informed(url, port, { quic: { handshakeTimeout: 50 } })
    await assert.rejects(request(url, { dispatcher }), ({ code }) => code === 'ECONNREFUSED')
    socket.close()
  })
})

describe('a session that is there', () => {
  test('is taken without a race, also where there is no head start', async () => {
    const { url, udpPort, connections } = await origin({ http3: echoHttp3, http2: echoHttp2 })
    const { dispatcher } = informed(url, udpPort)
    const connected = once(dispatcher, 'connect')
    await carrier(url, dispatcher)
    await connected
    const before = connections.length
    for (const socket of connections) socket.destroy()
    for (let index = 0; index < 10; index++) assert.equal(await carrier(url, dispatcher), 'h3')
    assert.equal(connections.length, before, 'nobody dialled by TCP')
  })

  test('is taken by all who come', async () => {
    const { url, udpPort, connections, sessions } = await origin({ http3: echoHttp3, http2: echoHttp2 })
    const { dispatcher } = informed(url, udpPort, { headStart: 10_000 })
    assert.equal(await carrier(url, dispatcher), 'h3')
    const answers = await Promise.all(Array.from({ length: 50 }, () => carrier(url, dispatcher)))
    assert.deepEqual(new Set(answers), new Set(['h3']))
    assert.equal(sessions.length, 1)
    assert.equal(connections.length, 0)
  })
})

describe('an alternative', () => {
  test('that cannot show a certificate of the origin is none (RFC 7838 section 2.1)', async () => {
    const impostor = await origin({ http3: echoHttp3, certificate: createCertificate({ name: 'other.example', hosts: ['other.example'] }) })
    const { url } = await origin({ http2: echoHttp2 })
    const { dispatcher } = informed(url, impostor.udpPort)
    const failed = once(dispatcher, 'connectionError')
    assert.equal(await carrier(url, dispatcher), 'h2')
    const [, , error] = await failed
    assert.equal(error.code, 'ERR_QUIC_CERTIFICATE')
    assert.equal(await carrier(url, dispatcher), 'h2')
  })

  test('on another host is told by Alt-Used whose requests it gets (RFC 7838 section 5)', async () => {
    const used: unknown[] = []
    const udp = await origin({
      http3(stream) {
        used.push(stream.requestFields[stream.requestFields.indexOf(':authority') + 1], stream.requestFields.at(-1))
        return echoHttp3(stream)
      },
    })
    const { url } = await origin({ http2: echoHttp2 })
    const { dispatcher } = informed(url, udp.udpPort, { headStart: 10_000 })
    assert.equal(await carrier(url, dispatcher), 'h3')
    assert.deepEqual(used, [new URL(url).host, `localhost:${udp.udpPort}`])
  })

  test('that answers 421 is forgotten, and the origin asked itself (RFC 9110 section 15.5.20)', async () => {
    const udp = await origin({ http3: (stream) => stream.respond([':status', '421'], { endStream: true }) })
    const { url } = await origin({ http2: echoHttp2 })
    const { dispatcher, altSvc } = informed(url, udp.udpPort, { headStart: 10_000 })
    assert.equal(await carrier(url, dispatcher), 'h2')
    assert.equal(altSvc.size, 0)
  })

  test('that is named by an HTTPS record is used from the first request on (RFC 9460)', async () => {
    const udp = await origin({ http3: echoHttp3 })
    const { url } = await origin({ http2: echoHttp2 })
    const dispatcher = agent({
      headStart: 10_000,
      httpsRecords: async () => [{ priority: 1, target: '.', alpn: ['h3'], port: udp.udpPort }],
    })
    assert.equal(await carrier(url, dispatcher), 'h3')
  })
})

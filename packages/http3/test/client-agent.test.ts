// An agent on real sockets: which way requests go, and that they come to the same.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import {
  type Dispatcher,
  Dispatcher1Wrapper,
  getGlobalDispatcher,
  interceptors,
  request,
  setGlobalDispatcher,
  fetch as undiciFetch,
} from 'undici'
import { createCertificate } from '../../native/test/certificates.ts'
import type { Agent } from '../src/client/agent.ts'
import type { AgentOptions } from '../src/client/agent-options.ts'
import { fetch } from '../src/client/fetch.ts'
import { certificate } from './support/loopback.ts'
import { agent, echoHttp2, echoHttp3, origin } from './support/origin.ts'

async function by(url: string, dispatcher: Agent, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url, { ...init, dispatcher } as Parameters<typeof fetch>[1])
  await response.text()
  return response.headers.get('x-by') ?? ''
}

describe('an agent', () => {
  test('goes by HTTP/2 until an Alt-Svc field says where HTTP/3 is, and by HTTP/3 from then on (RFC 7838 section 2)', async () => {
    const udp = await origin({ http3: echoHttp3 })
    const { url, connections } = await origin({
      http2(_, response) {
        response.writeHead(200, { 'x-by': 'h2', 'alt-svc': `h3=":${udp.udpPort}"; ma=60` }).end()
      },
    })
    const dispatcher = agent({ headStart: 10_000 })
    assert.equal(await by(url, dispatcher), 'h2')
    assert.equal(await by(url, dispatcher), 'h3')
    assert.equal(await by(url, dispatcher), 'h3')
    assert.equal(udp.sessions.length, 1, 'one session serves all')
    assert.equal(connections.length, 1, 'the head start spared a second connection')
  })

  test('asked for HTTP/3 alone makes no TCP connection', async () => {
    const { url, connections } = await origin({ http3: echoHttp3, http2: echoHttp2 })
    assert.equal(await by(url, agent({ http3: 'only' })), 'h3')
    assert.equal(connections.length, 0)
  })

  test('carries content both ways, with trailers, by undici.request', async () => {
    const { url } = await origin({
      async http3(stream) {
        stream.respond([':status', '201', 'x-twice', '1', 'x-twice', '2'])
        for await (const chunk of stream) await stream.write(chunk)
        stream.end(['x-sum', '7'])
      },
    })
    const content = Buffer.alloc(1_000_000, 'millrace')
    const { statusCode, headers, body, trailers } = await request(url, {
      method: 'POST',
      body: content,
      dispatcher: agent({ http3: 'only' }),
    })
    assert.equal(statusCode, 201)
    assert.deepEqual(headers['x-twice'], ['1', '2'])
    assert.deepEqual(Buffer.from(await body.arrayBuffer()), content)
    assert.deepEqual({ ...trailers }, { 'x-sum': '7' })
  })

  test('set as the global dispatcher serves code that knows nothing of it, undici and Node itself', async () => {
    const before = getGlobalDispatcher()
    const { url } = await origin({ http3: echoHttp3 })
    setGlobalDispatcher(agent({ http3: 'only' }))
    try {
      assert.equal((await undiciFetch(url)).headers.get('x-by'), 'h3')
      assert.equal((await globalThis.fetch(url)).headers.get('x-by'), 'h3')
    } finally {
      setGlobalDispatcher(before)
    }
  })

  test('closes once its requests are done, and refuses more', async () => {
    const { url, sessions } = await origin({ http3: echoHttp3 })
    const dispatcher = agent({ http3: 'only' })
    const response = await fetch(url, { method: 'POST', body: 'a', dispatcher })
    const closed = dispatcher.close()
    await assert.rejects(fetch(url, { dispatcher }), ({ cause }) => cause.code === 'UND_ERR_CLOSED')
    assert.equal(await response.text(), 'a')
    await closed
    await sessions[0]!.closed
  })

  test('destroyed ends what is under way', async () => {
    const { url } = await origin({ http3: (stream) => stream.respond([':status', '200']) })
    const dispatcher = agent({ http3: 'only' })
    const response = await fetch(url, { dispatcher })
    await dispatcher.destroy()
    await assert.rejects(response.text(), ({ cause }) => cause.code === 'UND_ERR_DESTROYED')
  })

  test('lets its process end, sessions and all, once there are no requests', async () => {
    const { url } = await origin({ http3: echoHttp3 })
    const program = `
      import { Agent, fetch } from '${new URL('../src/index.ts', import.meta.url).href}'
      const [url, ca] = process.argv.slice(1)
      const dispatcher = new Agent({ ca, http3: 'only', keepAliveTimeout: 600_000, quic: { keepAlive: 1000 } })
      console.log((await fetch(url, { dispatcher })).status)
    `
    const args = [...process.execArgv, '--input-type=module', '-e', program, url, certificate.certs]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    assert.equal(stdout, '200\n')
  })

  test('shows its certificate to servers that ask for one, by either way', async () => {
    const authority = createCertificate({ name: 'Devices', isAuthority: true })
    const device = createCertificate({ name: 'device 7', issuer: authority })
    const { url } = await origin({ http3: echoHttp3, quic: { verifyClient: true, ca: authority.certs } })
    const { certs, keys } = device
    assert.equal(await by(url, agent({ http3: 'only', certs, keys })), 'h3')
    await assert.rejects(request(url, { dispatcher: agent({ http3: 'only' }), method: 'POST', body: 'a' }))
    const shown: unknown[] = []
    const old = await origin({
      tls: { requestCert: true, ca: authority.certs },
      http2(incoming, response) {
        shown.push((incoming.stream.session!.socket as TLSSocket).getPeerCertificate().subject.CN)
        response.end()
      },
    })
    await by(old.url, agent({ certs, keys }))
    assert.deepEqual(shown, ['device 7'])
  })

  test('trusts whom it is told to, by either way, or anybody', async () => {
    const { url } = await origin({ http3: echoHttp3, http2: echoHttp2 })
    const stranger = createCertificate({ name: 'stranger', hosts: ['localhost'] })
    await assert.rejects(request(url, { dispatcher: agent({ ca: stranger.certs, http3: 'only' }) }), { code: 'ERR_QUIC_CERTIFICATE' })
    await assert.rejects(request(url, { dispatcher: agent({ ca: stranger.certs }) }), /certificate/)
    for (const http3 of ['only', 'discovered'] as const)
      assert.equal((await request(url, { dispatcher: agent({ ca: stranger.certs, http3, rejectUnauthorized: false }) })).statusCode, 200)
  })

  test('composes with interceptors as any dispatcher of undici does', async () => {
    const { url } = await origin({
      http3: (stream) =>
        stream.requestFields.includes('/end')
          ? echoHttp3(stream)
          : stream.respond([':status', '302', 'location', '/end'], { endStream: true }),
    })
    const dispatcher = agent({ http3: 'only' }).compose(interceptors.redirect({ maxRedirections: 2 }), interceptors.retry())
    assert.equal((await request(url, { dispatcher })).statusCode, 200)
  })

  test('serves handlers of undici 6 and 7, which the fetch of Node 22 and 24 has', async () => {
    const { url } = await origin({
      async http3(stream) {
        stream.respond([':status', '200', 'x-a', 'b'])
        for await (const chunk of stream) await stream.write(chunk)
        stream.end(['x-sum', '7'])
      },
    })
    const heard: string[] = []
    const ended = Promise.withResolvers<void>()
    const text = (raw: readonly (Buffer | string)[]): string => raw.map(String).join()
    const old = {
      onConnect: () => heard.push('connect'),
      onHeaders: (status: number, raw: Buffer[]) => void heard.push(`${status} ${text(raw)}`),
      onData: (chunk: Buffer) => void heard.push(String(chunk)),
      onComplete(raw: Buffer[]) {
        heard.push(text(raw))
        ended.resolve()
      },
      onError: ended.reject,
    }
    const wrapped = new Dispatcher1Wrapper(agent({ http3: 'only' }))
    wrapped.dispatch({ origin: url, path: '/', method: 'POST', body: 'content' }, old as Dispatcher.DispatchHandler)
    await ended.promise
    assert.deepEqual(heard, ['connect', '200 x-a,b', 'content', 'x-sum,7'])
  })

  test('leaves CONNECT and upgrades to HTTP/1.1 and 2, and says so where there is no other way', async () => {
    const { url } = await origin({ http3: echoHttp3 })
    const dispatcher = agent({ http3: 'only' })
    await assert.rejects(dispatcher.connect({ origin: url, path: 'elsewhere.example:443' }), { code: 'UND_ERR_NOT_SUPPORTED' })
    await assert.rejects(request('http://localhost:1', { dispatcher }), { code: 'UND_ERR_INVALID_ARG' })
  })
})

test('names are looked up as the agent is told, by either way', async () => {
  const asked: string[] = []
  const lookup: AgentOptions['lookup'] = (hostname, { all }, callback) => {
    asked.push(hostname)
    if (all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
    else callback(null, '127.0.0.1', 4)
  }
  const certificate = createCertificate({ name: 'named', hosts: ['a.example'] })
  const { tcpPort } = await origin({ http3: echoHttp3, http2: echoHttp2, certificate })
  const url = `https://a.example:${tcpPort}`
  const by = async (http3: 'only' | 'discovered'): Promise<unknown> => {
    const { headers, body } = await request(url, { dispatcher: agent({ ca: certificate.certs, http3, lookup }) })
    await body.dump()
    return headers['x-by']
  }
  assert.deepEqual([await by('only'), await by('discovered')], ['h3', 'h2'])
  assert.deepEqual(asked, ['a.example', 'a.example'])
  const nowhere: AgentOptions['lookup'] = (_, __, callback) => callback(null, [])
  await assert.rejects(request(url, { dispatcher: agent({ http3: 'only', lookup: nowhere }) }), /no address was found/)
})

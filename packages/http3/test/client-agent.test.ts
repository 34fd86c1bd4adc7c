// An agent on real sockets: which way requests go, and that they come to the same.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getGlobalDispatcher, request, setGlobalDispatcher, fetch as undiciFetch } from 'undici'
import type { Agent } from '../src/client/agent.ts'
import { fetch } from '../src/client/fetch.ts'
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
})

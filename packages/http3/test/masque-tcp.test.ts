// UDP through a proxy that is reached over TCP: extended CONNECT of HTTP/2, upgrade of HTTP/1.1. RFC 9298 sections 3.2 to 3.5.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { request as requestHttps } from 'node:https'
import { describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { connect as connectQuic, listen } from '@millrace/quic'
import {
  type ConnectUdpOptions,
  type ConnectUdpProxyOptions,
  connectUdp,
  connectUdpProxy,
  type HttpServer,
  type UdpTunnel,
} from '../src/index.ts'
import { certificate } from './support/loopback.ts'
import { Arrivals, echo, target } from './support/masque.ts'
import { listening } from './support/served.ts'
import { VirtualClock } from './support/virtual-clock.ts'

const ca = certificate.certs
const tls = { ca, servername: 'localhost' }

async function proxy(options: Partial<ConnectUdpProxyOptions> = {}): Promise<{ server: HttpServer; url: string; port: number }> {
  const { server, port } = await listening(
    {},
    (request, response) => void response.end(`a page for ${request.headers.upgrade ?? 'nobody'}`),
  )
  server.takeProtocol('connect-udp', connectUdpProxy({ allow: () => true, allowPrivateAddresses: true, ...options }))
  return { server, url: `https://127.0.0.1:${port}`, port }
}

async function sent(tunnel: UdpTunnel, payload: Uint8Array): Promise<Buffer> {
  const arrivals = new Arrivals()
  tunnel.onmessage = arrivals.take
  assert.equal(tunnel.send(payload), true)
  return Buffer.from(await arrivals.next())
}

for (const protocol of ['h2', 'http/1.1'] as const) {
  const over: ConnectUdpOptions = { protocol, tls }

  describe(`a tunnel over ${protocol}`, () => {
    test('carries payloads in capsules, both ways (RFC 9297 section 3.5)', async () => {
      const { url } = await proxy()
      const tunnel = await connectUdp(url, (await echo()).address, over)
      assert.equal(tunnel.maxDatagramSize, 65_527)
      for (const size of [0, 1, 1200, 1472]) {
        const payload = Buffer.alloc(size, 7)
        assert.deepEqual(await sent(tunnel, payload), payload)
      }
      await tunnel.close()
      await tunnel.closed
    })

    test('carries QUIC', async () => {
      const server = await listen((session) => (session.onstream = async (stream) => stream.end((await stream.read()) ?? '')), {
        alpn: 'echo',
        sni: { '*': certificate },
        endpoint: { address: '127.0.0.1:0' },
      })
      const { url } = await proxy()
      const tunnel = await connectUdp(url, `127.0.0.1:${server.address.port}`, over)
      const session = await connectQuic(tunnel.address, { alpn: 'echo', servername: 'localhost', ca, endpoint: { channel: tunnel } })
      const stream = await session.createBidirectionalStream()
      await stream.end('through')
      assert.equal(Buffer.from((await stream.read())!).toString(), 'through')
      await session.close()
      await tunnel.close()
      await server.destroy()
    })

    test('is refused with the reason (RFC 9209)', async () => {
      const { url } = await proxy({ allow: (_, fields) => fields.includes('Bearer yes') })
      const { address } = await echo()
      await assert.rejects(connectUdp(url, address, over), { code: 'ERR_HTTP3_TUNNEL', message: /403.*http_request_denied/ })
      const tunnel = await connectUdp(url, address, { ...over, fields: ['proxy-authorization', 'Bearer yes'] })
      assert.equal((await sent(tunnel, Buffer.from('in'))).toString(), 'in')
      await tunnel.close()
      await assert.rejects(connectUdp(`${url}/elsewhere/{target_host}/{target_port}`, address, over), { message: /404/ })
    })

    test('ends for the client when the proxy ends it', async () => {
      const clock = new VirtualClock()
      const { url } = await proxy({ clock, idleTimeout: 1000 })
      const tunnel = await connectUdp(url, (await echo()).address, over)
      assert.equal((await sent(tunnel, Buffer.from('alive'))).toString(), 'alive')
      clock.pass(1000)
      await tunnel.closed
      assert.equal(tunnel.send(Buffer.from('late')), false)
    })

    test('ends for the proxy when the client goes, whether in peace or not', async () => {
      const { url } = await proxy({ maxTunnels: 1 })
      const { address } = await target(() => {})
      const first = await connectUdp(url, address, over)
      await assert.rejects(connectUdp(url, address, over), { message: /503/ })
      await first.close()
      const abort = new AbortController()
      const second = await opened(() => connectUdp(url, address, { ...over, signal: abort.signal }))
      abort.abort(new Error('enough'))
      await assert.rejects(second.closed)
      await (await opened(() => connectUdp(url, address, over))).close()
    })

    test('to nobody is broken off', async () => {
      const { url } = await proxy()
      const gone = await target(() => {})
      const tunnel = await connectUdp(url, gone.address, over)
      await gone.close()
      tunnel.send(Buffer.from('anyone?'))
      // That a connection of HTTP/1.1 is closed is all that it can say.
      if (protocol === 'h2') await assert.rejects(tunnel.closed, { code: 'ERR_HTTP3_RESET' })
      else await tunnel.closed
    })

    test('cannot be had from a server that knows nothing of it', async () => {
      const { port } = await listening({}, (_, response) => void response.writeHead(404).end())
      await assert.rejects(connectUdp(`https://127.0.0.1:${port}`, '127.0.0.1:9', over), { code: 'ERR_HTTP3_TUNNEL' })
    })

    test('cannot be had where nobody listens, or whom the client does not believe', async () => {
      const { url, port, server } = await proxy()
      await assert.rejects(connectUdp(url, '127.0.0.1:9', { protocol, tls: { servername: 'localhost' } }), { code: 'ERR_HTTP3_CLOSED' })
      const closed = once(server, 'close')
      server.close()
      await closed
      await assert.rejects(connectUdp(`https://127.0.0.1:${port}`, '127.0.0.1:9', over), { code: 'ERR_HTTP3_CLOSED' })
    })
  })
}

/** The proxy hears of the end of a tunnel a little later than who ended it. */
async function opened(open: () => Promise<UdpTunnel>): Promise<UdpTunnel> {
  while (true) {
    try {
      return await open()
    } catch (error) {
      if (!/503/.test(String(error))) throw error
    }
  }
}

test('HTTP/2: a capsule that is too large breaks the stream off, and no other (RFC 9297 section 3.3)', async () => {
  const { port } = await proxy()
  const session = connectHttp2(`https://127.0.0.1:${port}`, tls)
  await once(session, 'remoteSettings')
  const { address } = await echo()
  const path = `/.well-known/masque/udp/${address.replace(':', '/')}/`
  const open = () => session.request({ ':method': 'CONNECT', ':protocol': 'connect-udp', ':path': path }, { endStream: false })
  const [bad, good] = [open(), open()]
  const failed = new Promise((resolve) => bad.on('close', resolve))
  bad.on('error', () => undefined)
  await Promise.all([once(bad, 'response'), once(good, 'response')])
  bad.write(Buffer.from([0, 0x80, 1, 0, 0]))
  await failed
  assert.notEqual(bad.rstCode, 0)
  good.write(Buffer.from([0, 3, 0, 1, 2]))
  const [capsule] = await once(good, 'data')
  assert.deepEqual(capsule, Buffer.from([0, 3, 0, 1, 2]))
  session.destroy()
})

test('HTTP/1.1: what came with the request is in the tunnel, and an upgrade to something else is a request like any other', async () => {
  const { port } = await proxy()
  const { address } = await echo()
  const socket = connectTls({ host: '127.0.0.1', port, ...tls, ALPNProtocols: ['http/1.1'] })
  const head = `GET /.well-known/masque/udp/${address.replace(':', '/')}/ HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: Connect-UDP\r\n\r\n`
  socket.write(Buffer.concat([Buffer.from(head), Buffer.from([0, 3, 0, 1, 2])]))
  let heard = Buffer.alloc(0)
  while (!heard.includes(Buffer.from([0, 3, 0, 1, 2]))) heard = Buffer.concat([heard, (await once(socket, 'data'))[0]])
  assert.match(
    heard.toString('latin1'),
    /^HTTP\/1\.1 101 [^\r]*\r\nconnection: Upgrade\r\nupgrade: connect-udp\r\ncapsule-protocol: \?1\r\n\r\n/,
  )
  socket.destroy()
  const headers = { connection: 'Upgrade', upgrade: 'something' }
  const [response] = await once(requestHttps({ host: '127.0.0.1', port, ...tls, agent: false, headers }).end(), 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  assert.deepEqual([response.statusCode, text], NODE_ASKS ? [200, 'a page for something'] : [501, ''])
})

/** Since 24.9 Node asks whether somebody wants an upgrade; before, it hands over the socket, and 501 is all that is left to say. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const NODE_ASKS = major > 24 || (major === 24 && minor >= 9)

test('options that mean nothing are refused', async () => {
  await assert.rejects(connectUdp('https://a.example', 'b.example:1', { protocol: 'h4' as 'h3' }), { code: 'ERR_HTTP3_OPTION' })
})

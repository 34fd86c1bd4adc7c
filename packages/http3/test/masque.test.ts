// UDP through a proxy: RFC 9298.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, describe, test } from 'node:test'
import { connectUdp, connectUdpProxy, createServer, fieldValue, type UdpTunnel } from '../src/index.ts'
import { identity } from './support/client.ts'
import { Arrivals, echo, proxied, target } from './support/masque.ts'
import { VirtualClock } from './support/virtual-clock.ts'

async function sent(tunnel: UdpTunnel, payload: Uint8Array): Promise<Buffer> {
  const arrivals = new Arrivals()
  tunnel.onmessage = arrivals.take
  assert.equal(tunnel.send(payload), true)
  return Buffer.from(await arrivals.next())
}

describe('a tunnel through a UDP proxy', () => {
  test('carries payloads in HTTP datagrams, both ways (RFC 9298 section 5)', async () => {
    const { client } = await proxied()
    const tunnel = await connectUdp(client, (await echo()).address)
    assert.equal((await sent(tunnel, Buffer.from('there and back'))).toString(), 'there and back')
    assert.equal((await sent(tunnel, new Uint8Array(0))).length, 0, 'a payload may be empty')
    assert.ok(client.quic.stats.datagramsReceived >= 2)
    await tunnel.close()
    await tunnel.closed
  })

  for (const who of ['client', 'server'] as const) {
    test(`carries them in capsules where the ${who} knows no datagrams (RFC 9297 section 3.5)`, async () => {
      const { client } = await proxied({ [who]: { enableDatagrams: false } })
      const tunnel = await connectUdp(client, (await echo()).address)
      assert.equal(tunnel.maxDatagramSize, 65_527)
      const payload = Buffer.alloc(1400, 7)
      assert.deepEqual(await sent(tunnel, payload), payload)
      assert.equal(client.quic.stats.datagramsReceived, 0)
    })
  }

  test('carries 1200 bytes, as QUIC needs them, from the first on', async () => {
    const { client } = await proxied()
    const tunnel = await connectUdp(client, (await echo()).address)
    assert.ok(tunnel.maxDatagramSize >= 1200)
    const payload = Buffer.alloc(1200, 3)
    assert.deepEqual(await sent(tunnel, payload), payload)
    assert.equal(tunnel.send(Buffer.alloc(65_527)), false, 'what no datagram holds is dropped, as UDP would')
  })

  test('ends with the stream, whoever ends it (section 3.1)', async () => {
    const { client } = await proxied()
    const ports: number[] = []
    const heard = new Arrivals()
    const { address } = await target((payload, from) => {
      ports.push(from.port)
      heard.take(payload)
    })
    const first = await connectUdp(client, address)
    const second = await connectUdp(client, address)
    first.send(Buffer.from('1'))
    await heard.next()
    second.send(Buffer.from('2'))
    await heard.next()
    assert.notEqual(ports[0], ports[1], 'each has a socket of its own')
    await first.close()
    await first.closed
    assert.equal(first.send(Buffer.from('3')), false)
    const abort = new AbortController()
    const third = await connectUdp(client, address, { signal: abort.signal })
    abort.abort(new Error('enough'))
    await assert.rejects(third.closed)
  })

  test('ends when nothing went through for idleTimeout (section 3.1)', async () => {
    const clock = new VirtualClock()
    const { client } = await proxied({ proxy: { clock, idleTimeout: 120_000 } })
    const tunnel = await connectUdp(client, (await echo()).address)
    clock.pass(100_000)
    await sent(tunnel, Buffer.from('alive'))
    clock.pass(100_000)
    await sent(tunnel, Buffer.from('still'))
    clock.pass(120_000)
    await tunnel.closed
    assert.equal(clock.pending, 0)
  })

  test('ends when the system says that nobody is there (section 3.1)', async () => {
    const { client } = await proxied()
    const gone = await target(() => {})
    const tunnel = await connectUdp(client, gone.address)
    await gone.close()
    tunnel.send(Buffer.from('anyone?'))
    await assert.rejects(tunnel.closed, { code: 'ERR_HTTP3_RESET' })
  })

  test('leads to names as the proxy resolves them, to the first address that is allowed', async () => {
    const { port } = await echo()
    const asked: string[] = []
    const { client } = await proxied({
      proxy: {
        resolve: async (host) => {
          asked.push(host)
          return ['192.0.2.1', '127.0.0.1']
        },
        allowPrivateAddresses: (address) => address === '127.0.0.1',
      },
    })
    const tunnel = await connectUdp(client, { host: 'service.example', port })
    assert.equal((await sent(tunnel, Buffer.from('by name'))).toString(), 'by name')
    assert.deepEqual(asked, ['service.example'])
    assert.equal(tunnel.address, `[100::]:${port}`)
  })

  test('is opened from a URL, on a session of its own, at a server of createServer', async () => {
    const server = createServer(identity, (_request, response) => void response.end('a page'))
    const said: unknown[] = []
    server.takeProtocol(
      'connect-udp',
      connectUdpProxy({
        template: '/udp{?target_host,target_port}',
        allowPrivateAddresses: true,
        allow: (_target, fields) => {
          said.push(fieldValue(fields, 'capsule-protocol'))
          return fieldValue(fields, 'proxy-authorization') === 'Bearer yes'
        },
      }),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    after(() => server[Symbol.asyncDispose]())
    const { port } = server.address()!
    const proxy = `https://127.0.0.1:${port}/udp{?target_host,target_port}`
    const { address } = await echo()
    const quic = { ca: String(identity.cert), servername: 'localhost' }
    await assert.rejects(connectUdp(proxy, address, { quic }), {
      code: 'ERR_HTTP3_TUNNEL',
      message: /403.*http_request_denied/,
    })
    const tunnel = await connectUdp(proxy, address, { quic, fields: ['proxy-authorization', 'Bearer yes'] })
    assert.equal((await sent(tunnel, Buffer.from('through'))).toString(), 'through')
    assert.deepEqual(said, ['?1', '?1'])
    await tunnel.close()
    await tunnel.closed
  })
})

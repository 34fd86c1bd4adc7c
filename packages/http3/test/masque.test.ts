// UDP through a proxy, and a whole connection inside. RFC 9298.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { connect, listen } from '@millrace/quic'
import { encodeCapsule } from '../src/core/capsules/capsule.ts'
import { fieldValue } from '../src/core/fields/field-section.ts'
import { type ConnectUdpOptions, connectUdpProxy } from '../src/masque/proxy.ts'
import { UdpTunnel } from '../src/masque/udp-tunnel.ts'
import type { Http3Session } from '../src/session/http3-session.ts'
import { certificate, loopback } from './support/loopback.ts'

const ANYWHERE: ConnectUdpOptions = { allow: () => true, allowPrivateAddresses: true }

/** A client of a proxy. */
async function proxied(options: ConnectUdpOptions): Promise<Http3Session> {
  const take = connectUdpProxy(options)
  const both = { enableDatagrams: true, enableConnectProtocol: true }
  const { client } = await loopback((stream) => take(stream), { client: { enableDatagrams: true }, server: both })
  return client
}

/** A socket that sends back what it is sent. */
async function echo(): Promise<number> {
  const socket = createSocket('udp4')
  after(() => socket.close())
  socket.on('message', (payload, { port, address }) => socket.send(payload, port, address))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket.address().port
}

function answerTo(tunnel: UdpTunnel, payload: Uint8Array): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  tunnel.onmessage = (received) => resolve(Buffer.from(received))
  assert.ok(tunnel.send(payload))
  return promise
}

test('payloads of every size go there and back: in datagrams, and in capsules where those have no room (section 5)', async () => {
  const session = await proxied(ANYWHERE)
  const tunnel = await UdpTunnel.open(session, { host: '127.0.0.1', port: await echo() })
  for (const size of [0, 1, 1000, 1400, 2000, 9000]) {
    const payload = Buffer.alloc(size, size)
    assert.deepEqual(await answerTo(tunnel, payload), payload)
  }
  tunnel.close()
  await session.shutdown()
})

test('a QUIC connection runs inside, to the target by its name', async () => {
  const endpoint = await listen(
    (inner) => {
      inner.onstream = async (stream) => {
        for await (const chunks of stream) for (const chunk of chunks) await stream.write(chunk)
        await stream.end()
      }
    },
    { alpn: 'echo', sni: { '*': certificate }, endpoint: { address: '127.0.0.1:0' } },
  )
  after(() => endpoint.destroy())
  const session = await proxied(ANYWHERE)
  const tunnel = await UdpTunnel.open(session, { host: 'localhost', port: endpoint.address.port })
  const inner = await connect(await tunnel.listen(), { alpn: 'echo', servername: 'localhost', ca: certificate.certs })
  await inner.opened
  const stream = await inner.createBidirectionalStream()
  const body = Buffer.alloc(300_000, 'millrace')
  void stream.end(body).catch(() => undefined)
  const chunks: Uint8Array[] = []
  for await (const batch of stream) chunks.push(...batch)
  assert.ok(Buffer.concat(chunks).equals(body))
  await inner.close()
  tunnel.close()
  await session.shutdown()
})

test('a proxy leads nobody anywhere unless it is told to (section 7)', async () => {
  assert.throws(() => connectUdpProxy({} as ConnectUdpOptions), TypeError)
  const session = await proxied({ allow: ({ port }, fields) => port === 443 && fieldValue(fields, 'proxy-authorization') === 'yes' })
  await assert.rejects(UdpTunnel.open(session, { host: '8.8.8.8', port: 53 }), {
    code: 'ERR_HTTP3_REFUSED',
    message: /403.*http_request_denied/,
  })
  await assert.rejects(UdpTunnel.open(session, { host: '8.8.8.8', port: 443 }), { message: /403/ })
  const fields = ['proxy-authorization', 'yes']
  for (const host of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'localhost']) {
    await assert.rejects(UdpTunnel.open(session, { host, port: 443 }, { fields }), { message: /403.*destination_ip_prohibited/ }, host)
  }
  await session.shutdown()
})

test('what names no target is refused, and the connection goes on', async () => {
  const session = await proxied(ANYWHERE)
  for (const path of ['/', '/.well-known/masque/udp/a/0/', '/.well-known/masque/udp/a%00/1/']) {
    const stream = await session.request([
      ':method',
      'CONNECT',
      ':protocol',
      'connect-udp',
      ':scheme',
      'https',
      ':authority',
      'localhost',
      ':path',
      path,
    ])
    assert.equal(fieldValue(await stream.response(), ':status'), '400')
    stream.destroy()
  }
  await assert.rejects(UdpTunnel.open(session, { host: 'no-such-name.invalid', port: 1 }), { message: /502.*dns_error/ })
  await session.shutdown()
})

test('tunnels are bounded in number, and one that ends makes room', async () => {
  const session = await proxied({ ...ANYWHERE, maxTunnels: 2 })
  const target = { host: '127.0.0.1', port: await echo() }
  const tunnels = [await UdpTunnel.open(session, target), await UdpTunnel.open(session, target)]
  await assert.rejects(UdpTunnel.open(session, target), { message: /503.*connection_limit_reached/ })
  tunnels[0]!.close()
  await tunnels[0]!.closed.catch(() => undefined)
  let again: UdpTunnel | null = null
  while (again === null) again = await UdpTunnel.open(session, target).catch(() => null)
  assert.deepEqual(await answerTo(again, Buffer.from('room')), Buffer.from('room'))
  for (const tunnel of [tunnels[1]!, again]) tunnel.close()
  await session.shutdown()
})

test('contexts that nobody registered are dropped, capsules that are too large end the tunnel (sections 4 and 5)', async () => {
  const session = await proxied(ANYWHERE)
  const port = await echo()
  const request = [':method', 'CONNECT', ':protocol', 'connect-udp', ':scheme', 'https', ':authority', 'localhost', ':path']
  const stream = await session.request([...request, `/.well-known/masque/udp/127.0.0.1/${port}/`])
  assert.equal(fieldValue(await stream.response(), ':status'), '200')
  const answered = Promise.withResolvers<Uint8Array>()
  stream.ondatagram = (datagram) => answered.resolve(new Uint8Array(datagram))
  for (const datagram of [[], [0x40], [2, 1, 2, 3]]) stream.sendDatagram(Uint8Array.from(datagram))
  stream.writeSync(encodeCapsule(0, Uint8Array.of(7, 1)))
  stream.sendDatagram(Uint8Array.of(0, 9))
  assert.deepEqual([...(await answered.promise)], [0, 9])
  stream.writeSync(Uint8Array.of(0, 0x80, 1, 0, 0x10))
  await assert.rejects(stream.closed, { errorCode: 0x10en })
  await session.shutdown()
})

// Millrace through a UDP proxy: QUIC inside HTTP datagrams inside QUIC. RFC 9298.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { connect, listen, type QuicSession } from '@millrace/quic'
import { connectUdp, type UdpTunnel } from '../src/index.ts'
import { certificate } from './support/loopback.ts'
import { proxied } from './support/masque.ts'

const SIZE = 2_000_000

async function inner(): Promise<{ readonly address: string; readonly session: Promise<QuicSession> }> {
  const accepted = Promise.withResolvers<QuicSession>()
  const endpoint = await listen(
    (session) => {
      session.onstream = async (stream) => {
        for await (const chunks of stream) for (const chunk of chunks) await stream.write(chunk)
        await stream.end()
      }
      accepted.resolve(session)
    },
    { alpn: 'echo', sni: { '*': certificate }, endpoint: { address: '127.0.0.1:0' } },
  )
  after(() => endpoint.destroy())
  return { address: `127.0.0.1:${endpoint.address.port}`, session: accepted.promise }
}

/** A QUIC session in a tunnel. */
async function through(tunnel: UdpTunnel): Promise<QuicSession> {
  const session = await connect(tunnel.address, {
    alpn: 'echo',
    servername: 'localhost',
    ca: certificate.certs,
    endpoint: { channel: tunnel },
  })
  await session.opened
  return session
}

for (const [how, datagrams] of [
  ['HTTP datagrams', true],
  ['capsules', false],
] as const) {
  test(`a QUIC session and ${SIZE} bytes each way go through a tunnel of ${how}`, async () => {
    const { client } = await proxied({ client: { enableDatagrams: datagrams } })
    const server = await inner()
    const tunnel = await connectUdp(client, server.address)
    const session = await through(tunnel)
    const stream = await session.createBidirectionalStream()
    const sent = Buffer.alloc(SIZE, 'millrace ')
    const sending = stream.write(sent).then(() => stream.end())
    const parts: Uint8Array[] = []
    for await (const chunks of stream) parts.push(...chunks.map((chunk) => Buffer.from(chunk)))
    await sending
    assert.ok(Buffer.concat(parts).equals(sent))
    await session.close()
    // The endpoint was the session's own: the tunnel has closed with it.
    await tunnel.closed
    assert.equal(tunnel.send(Buffer.from('late')), false)
  })
}

test('a tunnel that breaks ends the QUIC session in it', async () => {
  const { client } = await proxied()
  const server = await inner()
  const tunnel = await connectUdp(client, server.address)
  const session = await through(tunnel)
  client.destroy()
  await assert.rejects(session.closed, { code: 'ERR_QUIC_SOCKET' })
})

test('what is no channel is refused by name', async () => {
  await assert.rejects(connect('192.0.2.1:443', { alpn: 'x', endpoint: { channel: {} as never } }), {
    code: 'ERR_QUIC_OPTION',
    message: /endpoint\.channel/,
  })
})

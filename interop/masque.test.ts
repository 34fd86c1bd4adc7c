// CONNECT-UDP with masque-go, in both roles. Skipped where it is not installed: `bash interop/install.sh masque-go`, which needs Go.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { connectUdp, connectUdpProxy, createServer, type UdpTunnel } from '@millrace/http3'
import { connect, listen } from '@millrace/quic'
import { createCertificate } from '../scripts/support/certificate.ts'
import { Child } from '../scripts/support/child.ts'

const MASQUE_GO = join(process.env.MILLRACE_PEERS ?? '/usr/local/lib/millrace-interop', 'masque-go')
const skip = existsSync(MASQUE_GO) ? false : `${MASQUE_GO} is not there; bash interop/install.sh masque-go`

/** A peer that does not answer within so many milliseconds fails its test. */
const PEER_MILLIS = 60_000

const PATH = '/masque?h={target_host}&p={target_port}'

const directory = mkdtempSync(join(tmpdir(), 'millrace-masque-'))
after(() => rmSync(directory, { recursive: true }))
const identity = createCertificate()
const path = (name: string): string => join(directory, name)
writeFileSync(path('cert.pem'), identity.cert)
writeFileSync(path('key.pem'), identity.key)

/** A UDP socket that sends back what it gets; its address. */
async function echo(): Promise<string> {
  const socket = createSocket('udp4', (payload, { port, address }) => socket.send(payload, port, address)).bind(0, '127.0.0.1')
  await once(socket, 'listening')
  after(() => socket.close())
  return `127.0.0.1:${socket.address().port}`
}

async function start(...args: readonly string[]): Promise<Child> {
  const child = new Child({ program: MASQUE_GO, args }, PEER_MILLIS)
  after(() => child.stop())
  return child
}

/** The URI template of a proxy of masque-go's. */
async function theirProxy(): Promise<string> {
  const template = `https://localhost:0${PATH}`
  const proxy = await start('proxy', '--template', template, '--cert', path('cert.pem'), '--key', path('key.pem'))
  return (await proxy.prints(/proxy at (.*)/))[1]!
}

/** The echo of a payload, which is sent again when another is come by: UDP may lose it, and what masque-go has no datagram for it drops. */
async function echoed(tunnel: UdpTunnel, payload: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  tunnel.onmessage = (answer) => resolve(Buffer.from(answer).toString())
  const repeat = setInterval(() => tunnel.send(Buffer.from(payload)), 200)
  tunnel.send(Buffer.from(payload))
  try {
    return await promise
  } finally {
    clearInterval(repeat)
  }
}

describe('CONNECT-UDP with masque-go', { skip }, () => {
  const ours = { quic: { ca: identity.cert, servername: 'localhost' } }

  test('we go through its proxy (RFC 9298)', async () => {
    const tunnel = await connectUdp(await theirProxy(), await echo(), ours)
    assert.equal(await echoed(tunnel, 'there and back'), 'there and back')
    await tunnel.close()
    await tunnel.closed
  })

  test('we go through its proxy with QUIC', async () => {
    const server = await listen((session) => (session.onstream = async (stream) => stream.end((await stream.read()) ?? '')), {
      alpn: 'echo',
      sni: { '*': { keys: identity.key, certs: identity.cert } },
      endpoint: { address: '127.0.0.1:0' },
    })
    const tunnel = await connectUdp(await theirProxy(), `127.0.0.1:${server.address.port}`, ours)
    const session = await connect(tunnel.address, {
      alpn: 'echo',
      servername: 'localhost',
      ca: identity.cert,
      endpoint: { channel: tunnel },
    })
    const stream = await session.createBidirectionalStream()
    await stream.end('through')
    assert.equal(Buffer.from((await stream.read())!).toString(), 'through')
    await session.close()
    await tunnel.close()
    await server.destroy()
  })

  test('its proxy refuses what cannot be, and we say so', async () => {
    await assert.rejects(connectUdp(await theirProxy(), 'nowhere.invalid:9', ours), { code: 'ERR_HTTP3_TUNNEL', message: /5\d\d/ })
  })

  test('it goes through our proxy', async () => {
    const server = createServer(identity, (_, response) => void response.end())
    server.takeProtocol('connect-udp', connectUdpProxy({ template: PATH, allow: () => true, allowPrivateAddresses: true }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    after(() => server[Symbol.asyncDispose]())
    const template = `https://127.0.0.1:${server.address()!.port}${PATH}`
    const args = ['client', '--template', template, '--ca', path('cert.pem'), '--target', await echo(), 'first', 'second']
    const client = await start(...args)
    assert.equal(await client.exited, 0, client.output)
    assert.equal(client.output, 'echo first\necho second\n')
  })
})

// Whom a dialling side believes, over real TLS.
import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { connect, definePlugin, Edge, run } from '../src/index.ts'
import { developmentIdentity } from '../src/tls/identity.ts'
import { Reports, stopAfter } from './support.ts'

const identity = await developmentIdentity('localhost')
const other = await developmentIdentity('localhost')
const { report } = new Reports()
const listen = (host: string): Promise<Edge> => Edge.listen({ name: 'edge', host, port: 0, plugins: [{ name: 'p' }] }, { identity, report })

test('with an authority the certificate is verified, on loopback too', async () => {
  const edge = stopAfter(await listen('127.0.0.1'))
  const address = `localhost:${edge.address.port}`
  const source = await connect(address, { ca: identity.certificate, report })
  await source.end()
  await assert.rejects(connect(address, { ca: other.certificate, report }), { code: 'ERR_MILLRACE_UNREACHABLE', message: /certificate/i })
})

const [outside] = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .filter(({ internal, family }) => !internal && family === 'IPv4')

test('off loopback a development certificate is refused, unless the user insists', {
  skip: outside === undefined && 'this machine has loopback alone',
}, async () => {
  const edge = stopAfter(await listen('0.0.0.0'))
  const address = `${outside!.address}:${edge.address.port}`
  await assert.rejects(connect(address, { report }), { code: 'ERR_MILLRACE_UNREACHABLE', message: /certificate/i })
  const source = await connect(address, { insecure: true, report })
  await source.end()
  const plugin = definePlugin({ name: 'p', observed: '0x11', mold: '', handle: (value) => value })
  const running = await run(plugin, { edge: address, insecure: true, report })
  await running.close()
})

test('the fingerprint is that of the certificate that was given', async () => {
  const edge = stopAfter(await listen('127.0.0.1'))
  assert.equal(edge.fingerprint, identity.fingerprint)
})

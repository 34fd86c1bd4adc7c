// A server that changes its certificates while it runs, as those do whose certificates live for days.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCertificate } from '../../native/test/certificates.ts'
import { QuicEndpoint } from '../src/index.ts'
import { certificate, destroyedAtEnd, dial, echo, readAll, serve } from './support/server.ts'

const renewed = createCertificate({ name: 'renewed', hosts: ['localhost', '127.0.0.1'] })

test('other certificates are for connections to come: those that are open go on, and their tickets stay good', async () => {
  const server = await serve(echo)
  const shared = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  destroyedAtEnd(shared)
  const options = { ca: [certificate.certs, renewed.certs].flat(), endpoint: shared }
  const before = await dial(server.address, options)
  const stream = await before.createBidirectionalStream()
  await stream.write('before, ')

  server.endpoint.useIdentities({ '*': renewed })
  void stream.end('and after')
  assert.equal((await readAll(stream)).toString(), 'before, and after')
  assert.match(before.peerCertificate!.subject, /localhost/)

  const fresh = await dial(server.address, { ...options, sessionStore: null })
  await fresh.opened
  assert.match(fresh.peerCertificate!.subject, /renewed/)
  assert.equal((await (await dial(server.address, options)).opened).resumed, true)
})

test('certificates that cannot be read change nothing', async () => {
  const server = await serve(echo)
  assert.throws(() => server.endpoint.useIdentities({ '*': { keys: 'no key', certs: renewed.certs } }), { code: 'ERR_QUIC_OPTION' })
  assert.throws(() => server.endpoint.useIdentities({}), { code: 'ERR_QUIC_OPTION' })
  const session = await dial(server.address)
  await session.opened
  assert.match(session.peerCertificate!.subject, /localhost/)
})

test('an endpoint on which nobody listens has no certificates to change', async () => {
  const endpoint = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  assert.throws(() => endpoint.useIdentities({ '*': renewed }), { code: 'ERR_QUIC_CLOSED' })
  await endpoint.close()
})

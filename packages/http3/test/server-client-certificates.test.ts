// Clients that show who they are: what the application finds on `req.socket`, over every version of HTTP. RFC 8446 section 4.3.2.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { createCertificate } from '../../native/test/certificates.ts'
import type { RequestListener, ServerOptions } from '../src/index.ts'
import { identity } from './support/client.ts'
import { ASK, VERSIONS } from './support/identified-clients.ts'
import { certificate } from './support/loopback.ts'
import { listening } from './support/served.ts'

const authority = createCertificate({ name: 'Devices', isAuthority: true })
const device = createCertificate({ name: 'device 7', issuer: authority })
const stranger = createCertificate({ name: 'stranger' })
const expired = createCertificate({ name: 'device 8', issuer: authority, notAfter: new Date(Date.now() - 1000) })
const ofStranger = createCertificate({ name: 'device 9', issuer: createCertificate({ name: 'Others', isAuthority: true }) })
const named = createCertificate({ name: 'named', hosts: ['named.example'] })
const ca = [certificate.certs, named.certs]

interface TlsFace {
  readonly authorized: boolean
  getPeerCertificate(): { subject?: { CN?: string }; fingerprint256?: string }
  getPeerX509Certificate(): { checkIssued(other: unknown): boolean } | undefined
}

const whoIsThere: RequestListener = (request, response) => {
  const socket = request.socket as unknown as TlsFace
  const { subject, fingerprint256 } = socket.getPeerCertificate()
  response.end(
    JSON.stringify([socket.authorized, subject?.CN ?? null, fingerprint256 ?? null, socket.getPeerX509Certificate() !== undefined]),
  )
}

const whatIsWrong: RequestListener = (request, response) => {
  const { authorized, authorizationError } = request.socket as TLSSocket
  response.end(JSON.stringify([authorized, authorizationError]))
}

async function asking(options: Partial<ServerOptions>, listener: RequestListener = whoIsThere): Promise<{ port: number; renew(): void }> {
  const sni = { 'named.example': { key: named.keys, cert: named.certs } }
  const { server, port } = await listening({ ca: authority.certs, requestCert: true, sni, ...options }, listener)
  return { port, renew: () => server.setSecureContext(identity) }
}

for (const version of VERSIONS) {
  const ask = ASK[version]
  describe(`HTTP/${version}`, () => {
    const asLocalhost = { servername: 'localhost', ca, identity: device }
    test('the application sees the certificate of a client, under each name, also after certificates were renewed', async () => {
      const { port, renew } = await asking({})
      const expected = [true, 'device 7', new X509Certificate(device.der).fingerprint256, true]
      assert.deepEqual(JSON.parse((await ask(port, asLocalhost)).text), expected)
      assert.deepEqual(JSON.parse((await ask(port, { ...asLocalhost, servername: 'named.example' })).text), expected)
      renew()
      assert.deepEqual(JSON.parse((await ask(port, asLocalhost)).text), expected)
      assert.deepEqual(JSON.parse((await ask(port, { ...asLocalhost, servername: 'named.example' })).text), expected)
    })

    test("a client without a certificate, or with a stranger's, is not let in", async () => {
      const { port } = await asking({})
      await assert.rejects(ask(port, { ...asLocalhost, identity: null }))
      await assert.rejects(ask(port, { ...asLocalhost, identity: stranger }))
      await assert.rejects(ask(port, { servername: 'named.example', ca, identity: stranger }))
      assert.equal((await ask(port, asLocalhost)).status, 200)
    })

    test('with rejectUnauthorized: false one without a certificate is let in, and the application told', async () => {
      const { port } = await asking({ rejectUnauthorized: false })
      assert.deepEqual(JSON.parse((await ask(port, { ...asLocalhost, identity: null })).text), [false, null, null, false])
      assert.deepEqual(JSON.parse((await ask(port, asLocalhost)).text).slice(0, 2), [true, 'device 7'])
    })

    test('with rejectUnauthorized: false one whose certificate does not hold is let in, and the application told why', async () => {
      const { port } = await asking({ rejectUnauthorized: false }, whatIsWrong)
      for (const [identity, ...expected] of [
        [device, true, null],
        [null, false, 'UNABLE_TO_GET_ISSUER_CERT'],
        [stranger, false, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
        [expired, false, 'CERT_HAS_EXPIRED'],
        [ofStranger, false, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ] as const)
        for (const servername of ['localhost', 'named.example'])
          assert.deepEqual(JSON.parse((await ask(port, { ...asLocalhost, servername, identity })).text), expected, String(expected))
    })

    test('nobody is asked by default', async () => {
      const { port } = await asking({ requestCert: false })
      assert.deepEqual(JSON.parse((await ask(port, asLocalhost)).text), [false, null, null, false])
    })
  })
}

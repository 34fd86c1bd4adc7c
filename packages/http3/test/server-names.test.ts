// Several names on one server: which certificate a client sees, over every version of HTTP. RFC 6066 section 3.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCertificate, type TestCertificate } from '../../native/test/certificates.ts'
import type { HttpServer } from '../src/index.ts'
import { ASK, VERSIONS } from './support/identified-clients.ts'
import { listening } from './support/served.ts'

const names: Readonly<Record<string, TestCertificate>> = {
  'a.example': createCertificate({ name: 'a', hosts: ['a.example'] }),
  'B.example': createCertificate({ name: 'b', hosts: ['b.example'] }),
  '*.wild.example': createCertificate({ name: 'wild', hosts: ['*.wild.example'] }),
}
const first = createCertificate({ name: 'first', hosts: ['first.example', 'unknown.example', 'x.y.wild.example', 'wild.example'] })
const ca = [first, ...Object.values(names)].map(({ certs }) => certs)
const sni = Object.fromEntries(Object.entries(names).map(([name, certificate]) => [name, pair(certificate)]))

function pair({ keys, certs }: TestCertificate) {
  return { key: keys, cert: certs }
}

const named = (): Promise<{ server: HttpServer; port: number }> =>
  listening({ ...pair(first), sni }, (request, response) => void response.end((request.socket as { servername?: string }).servername))

/** Each name, and whose certificate is shown to a client that asks for it. */
const SHOWN: Readonly<Record<string, string>> = {
  'a.example': 'a',
  'b.example': 'b',
  'm.wild.example': 'wild',
  'first.example': 'first',
  'unknown.example': 'first',
  'x.y.wild.example': 'first',
  'wild.example': 'first',
}

describe('each name has its certificate, and one that is unknown the first', () => {
  for (const version of VERSIONS) {
    test(`HTTP/${version}`, async () => {
      const { port } = await named()
      for (const [servername, server] of Object.entries(SHOWN)) {
        const seen = await ASK[version](port, { servername, ca, identity: null })
        assert.deepEqual(seen, { server, status: 200, text: servername }, servername)
      }
    })
  }
})

describe('certificates change one by one, for connections to come', () => {
  const renewed = createCertificate({ name: 'a renewed', hosts: ['a.example'] })
  const renewedFirst = createCertificate({ name: 'first renewed', hosts: ['first.example', 'unknown.example'] })
  const all = [...ca, renewed.certs, renewedFirst.certs]
  for (const version of VERSIONS) {
    test(`HTTP/${version}`, async () => {
      const { server, port } = await named()
      const shownTo = async (servername: string): Promise<string> =>
        (await ASK[version](port, { servername, ca: all, identity: null })).server
      server.setSecureContext({ ...pair(first), sni: { ...sni, 'a.example': pair(renewed) } })
      assert.deepEqual(
        [await shownTo('a.example'), await shownTo('b.example'), await shownTo('unknown.example')],
        ['a renewed', 'b', 'first'],
      )
      server.setSecureContext(pair(renewedFirst))
      assert.deepEqual([await shownTo('a.example'), await shownTo('b.example')], ['a renewed', 'b'], 'the others stay')
      assert.equal(await shownTo('unknown.example'), 'first renewed')
      assert.throws(() => server.setSecureContext({ ...pair(first), sni: { 'a.example': { key: 'no key', cert: renewed.certs } } }), {
        code: 'ERR_HTTP3_OPTION',
      })
      assert.equal(await shownTo('unknown.example'), 'first renewed', 'nothing has changed')
      server.setSecureContext({ ...pair(first), sni: {} })
      await assert.rejects(shownTo('a.example'), 'the first, which is not for that name')
    })
  }
})

// Which issuers stand behind a certificate that is shown: those that were given with it. RFC 8446 section 4.4.2.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { TlsContext } from '../src/index.ts'
import { createCertificate } from './certificates.ts'
import { converse, eventsOf, releaseAll } from './handshake.ts'

const root = createCertificate({ name: 'Root', isAuthority: true })
const intermediate = createCertificate({ name: 'Intermediate', isAuthority: true, issuer: root })
const local = createCertificate({ name: 'local', hosts: ['localhost'], issuer: intermediate })

for (const [what, certs, isAccepted] of [
  ['is shown with the issuers that were given with it', [local.certs, intermediate.certs], true],
  ['is not shown with an issuer that is there to verify clients by', [local.certs], false],
] as const) {
  it(`a certificate ${what}`, () => {
    const identity = { keys: local.keys, certs }
    const server = new TlsContext({
      side: 'server',
      alpn: ['h3'],
      sni: { '*': identity },
      verifyClient: 'optional',
      ca: [root.certs, intermediate.certs],
    })
    const client = new TlsContext({ side: 'client', alpn: ['h3'], ca: root.certs })
    const transportParameters = Buffer.from('parameters')
    const sides = converse(client.session({ transportParameters, servername: 'localhost' }), server.session({ transportParameters }))
    assert.equal(eventsOf(sides.client, 'handshakeCompleted').length, isAccepted ? 1 : 0)
    assert.equal(eventsOf(sides.client, 'alertRaised').length, isAccepted ? 0 : 1)
    releaseAll(sides)
    for (const context of [server, client]) context.release()
  })
}

// OpenSSL's error queue belongs to the thread: Node's own crypto shares it with us, and fails by what we leave in it.
import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { it } from 'node:test'
import { TlsContext, type TlsContextOptions } from '../src/index.ts'
import { createCertificate } from './certificates.ts'
import { converse, releaseAll } from './handshake.ts'

const authority = createCertificate({ name: 'Test CA', isAuthority: true })
const local = createCertificate({ name: 'local', hosts: ['localhost'], issuer: authority })
const transportParameters = Buffer.from('parameters')

for (const [what, identity] of [
  ['without a certificate', undefined],
  ['with a certificate that does not hold', createCertificate({ name: 'stranger' })],
] as const) {
  it(`a client ${what} that is refused leaves nothing behind by which Node fails to read a key`, () => {
    const server = sessionOf({ side: 'server', alpn: ['h3'], sni: { '*': local }, verifyClient: true, ca: authority.certs })
    const client = sessionOf({ side: 'client', alpn: ['h3'], ca: authority.certs, ...(identity && { identity }) })
    // As on the wire, the client's last flight comes in one piece, of which the server then reads no more than the beginning.
    const flight: Uint8Array[] = []
    const sides = converse(client, server, (from, level, bytes) => {
      if (from === 'server' || level !== 'handshake') return bytes
      flight.push(bytes)
      return null
    })
    server.provide('handshake', Buffer.concat(flight))
    assert.equal(server.takeEvent()?.type, 'alertRaised')
    releaseAll(sides)
    assert.equal(createPrivateKey(local.keys).type, 'private')
  })
}

function sessionOf(options: TlsContextOptions): ReturnType<TlsContext['session']> {
  const context = new TlsContext(options)
  const session = context.session({ transportParameters, servername: 'localhost' })
  context.release()
  return session
}

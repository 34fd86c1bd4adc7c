// SSLs that are made before they are asked for: a context's sessions do as those of which each is made when it is wanted, and none outlives its context.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { TlsContext } from '../src/index.ts'
import { createCertificate } from './certificates.ts'
import { converse, eventsOf, releaseAll } from './handshake.ts'

const transportParameters = Buffer.from('parameters')
const local = createCertificate({ name: 'local', hosts: ['localhost'] })
const identity = { keys: local.keys, certs: local.certs }

function contexts(): { client: TlsContext; server: TlsContext } {
  return {
    server: new TlsContext({ side: 'server', alpn: ['h3'], sni: { '*': identity } }),
    client: new TlsContext({ side: 'client', alpn: ['h3'], ca: local.certs }),
  }
}

function completes({ client, server }: { client: TlsContext; server: TlsContext }): boolean {
  const sides = converse(client.session({ transportParameters, servername: 'localhost' }), server.session({ transportParameters }))
  const completed = eventsOf(sides.client, 'handshakeCompleted').length === 1
  releaseAll(sides)
  return completed
}

it('sessions begin with one that is ready, and with one that is not', async () => {
  const both = contexts()
  // The first asks for none, the second for one more, which the third takes; the fourth comes before there is another.
  for (const turns of [1, 1, 1, 0, 0, 1, 1]) {
    assert.equal(completes(both), true)
    for (let i = 0; i < turns; i++) await turn()
  }
  both.client.release()
  both.server.release()
})

it('one that is ready shows the certificates of now', async () => {
  const both = contexts()
  for (let i = 0; i < 3; i++) {
    assert.equal(completes(both), true)
    await turn()
  }
  const other = createCertificate({ name: 'other', hosts: ['localhost'] })
  both.server.useIdentities({ '*': { keys: other.keys, certs: other.certs } })
  assert.equal(completes(both), false, 'signed by itself, and not the one that the client trusts')
  both.client.release()
  both.server.release()
})

it('a context may be released while one is ready, and while one is being waited for', async () => {
  for (const turns of [0, 1]) {
    const both = contexts()
    completes(both)
    completes(both)
    for (let i = 0; i < turns; i++) await turn()
    both.client.release()
    both.server.release()
    await turn()
    assert.throws(() => both.server.session({ transportParameters }), { code: 'ERR_NATIVE_RELEASED' })
  }
})

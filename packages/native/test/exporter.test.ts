// Keying material for applications. RFC 8446 section 7.5.
import assert from 'node:assert/strict'
import { createHmac, hash } from 'node:crypto'
import { test } from 'node:test'
import { TlsContext } from '../src/index.ts'
import { createCertificate } from './certificates.ts'
import { converse, eventsOf, releaseAll } from './handshake.ts'

const local = createCertificate({ name: 'local', hosts: ['localhost'] })
const LABEL = 'EXPORTER-test'
const CONTEXT = Buffer.from('a context')

test('both ends export the same, which is what RFC 8446 says, and another for another label or context', () => {
  const lines: string[] = []
  const { client, server, contexts } = handshake(true, (line) => lines.push(line))
  assert.equal(eventsOf(server, 'handshakeCompleted').length, 1)
  const ours = client.session.exportKeyingMaterial(42, LABEL, CONTEXT)!
  assert.deepEqual(server.session.exportKeyingMaterial(42, LABEL, CONTEXT), ours)
  const line = lines.find((each) => each.startsWith('EXPORTER_SECRET'))!
  assert.deepEqual(ours, derived(Buffer.from(line.split(' ')[2]!, 'hex'), 42))
  for (const [length, label, context] of [
    [42, 'EXPORTER-other', CONTEXT],
    [42, LABEL, Buffer.alloc(0)],
    [41, LABEL, CONTEXT],
  ] as const) {
    const other = client.session.exportKeyingMaterial(length, label, context)!
    assert.equal(other.length, length)
    assert.notDeepEqual(other.subarray(0, 41), ours.subarray(0, 41))
  }
  // The longest of each fits.
  assert.equal(client.session.exportKeyingMaterial(8160, 'x'.repeat(249), Buffer.alloc(65_535))!.length, 8160)
  releaseAll({ client, server })
  assert.equal(client.session.exportKeyingMaterial(42, LABEL, CONTEXT), null)
  for (const context of contexts) context.release()
})

test('there is none before the handshake is done, and none on a server that does not keep its own', () => {
  const { client, server, contexts } = handshake(false)
  assert.notEqual(client.session.exportKeyingMaterial(32, LABEL, CONTEXT), null)
  assert.equal(server.session.exportKeyingMaterial(32, LABEL, CONTEXT), null)
  const idle = contexts[0]!.session({ transportParameters: CONTEXT, servername: 'localhost' })
  assert.equal(idle.exportKeyingMaterial(32, LABEL, CONTEXT), null)
  idle.release()
  releaseAll({ client, server })
  for (const context of contexts) context.release()
})

test('a server that keeps its own takes nothing more from its client either', () => {
  const { client, server, contexts } = handshake(true)
  // A KeyUpdate, which QUIC has no use for. RFC 9001 section 6.
  server.session.provide('1rtt', Uint8Array.of(24, 0, 0, 1, 0))
  const alert = server.session.takeEvent()
  assert.equal(alert?.type === 'alertRaised' && alert.alert, 10)
  releaseAll({ client, server })
  for (const context of contexts) context.release()
})

function handshake(exporter: boolean, keylog?: (line: string) => void) {
  const contexts = [
    new TlsContext({ side: 'client', alpn: ['h3'], ca: [local.certs], ...(keylog && { keylog }) }),
    new TlsContext({ side: 'server', alpn: ['h3'], sni: { '*': local } }),
  ] as const
  const transportParameters = Buffer.from('parameters')
  const sides = converse(
    contexts[0].session({ transportParameters, servername: 'localhost' }),
    contexts[1].session({ transportParameters, exporter }),
  )
  return { ...sides, contexts }
}

/** TLS-Exporter of RFC 8446 section 7.5, with SHA-256, of the exporter_master_secret. */
function derived(secret: Buffer, length: number): Buffer {
  const own = expandLabel(secret, LABEL, hash('sha256', '', 'buffer'), 32)
  return expandLabel(own, 'exporter', hash('sha256', CONTEXT, 'buffer'), length)
}

/** RFC 8446 section 7.1. */
function expandLabel(secret: Buffer, label: string, context: Buffer, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`)
  const info = Buffer.concat([Buffer.from([length >> 8, length & 0xff, name.length]), name, Buffer.from([context.length]), context])
  const blocks: Buffer[] = []
  for (let count = 1; blocks.length * 32 < length; count++) {
    const before = blocks.at(-1) ?? Buffer.alloc(0)
    blocks.push(
      createHmac('sha256', secret)
        .update(Buffer.concat([before, info, Buffer.of(count)]))
        .digest(),
    )
  }
  return Buffer.concat(blocks).subarray(0, length)
}

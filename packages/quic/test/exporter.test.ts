// Keying material of a session, for applications. RFC 8446 section 7.5.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dial, echo, serve } from './support/server.ts'

const LABEL = 'EXPORTER-test'

test('both ends of a session export the same, and no other session does', async () => {
  const server = await serve(echo, { exporter: true })
  const sessions = await Promise.all([dial(server.address), dial(server.address)])
  for (const session of sessions) await session.opened
  for (const session of server.sessions) await session.opened
  const context = Buffer.from('context')
  const ours = sessions.map((session) => Buffer.from(session.exportKeyingMaterial(32, LABEL, context)).toString('hex'))
  const theirs = server.sessions.map((session) => Buffer.from(session.exportKeyingMaterial(32, LABEL, context)).toString('hex'))
  assert.deepEqual(ours.toSorted(), theirs.toSorted())
  assert.notEqual(ours[0], ours[1])
})

test('before the handshake, after the end, and on a server that keeps nothing for it, there is none', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  assert.throws(() => session.exportKeyingMaterial(32, LABEL), { code: 'ERR_QUIC_CLOSED' })
  await session.opened
  assert.equal(session.exportKeyingMaterial(8160, LABEL).length, 8160)
  const [theirs] = server.sessions
  await theirs!.opened
  assert.throws(() => theirs!.exportKeyingMaterial(32, LABEL), { code: 'ERR_QUIC_CLOSED' })
  await session.close()
  assert.throws(() => session.exportKeyingMaterial(32, LABEL), { code: 'ERR_QUIC_CLOSED' })
})

test('lengths, labels and contexts that TLS cannot have are refused', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  await session.opened
  for (const wrong of [
    () => session.exportKeyingMaterial(0, LABEL),
    () => session.exportKeyingMaterial(8161, LABEL),
    () => session.exportKeyingMaterial(32, ''),
    () => session.exportKeyingMaterial(32, 'x'.repeat(250)),
    () => session.exportKeyingMaterial(32, 'a\0b'),
    () => session.exportKeyingMaterial(32, LABEL, new Uint8Array(65_536)),
  ]) {
    assert.throws(wrong, { code: 'ERR_QUIC_OPTION' })
  }
  await assert.rejects(dial(server.address, { exporter: 1 as unknown as boolean }), { code: 'ERR_QUIC_OPTION', message: /exporter is 1/ })
})

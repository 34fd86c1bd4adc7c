// Versions 1 and 2, and how both sides agree on one, through real sockets and on virtual time. RFC 9368, RFC 9369.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Writer } from '@millrace/bytes'
import { VERSION_1, VERSION_2, writeVersionNegotiation } from '../src/core/wire/version-negotiation.ts'
import { closeOf } from './support/connected.ts'
import { Pair } from './support/pair.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

/** What a client and a server may speak, the version the client begins with, and the one that they end up with. */
const AGREEMENTS: readonly [name: string, client: number[], first: number, server: number[], agreed: number][] = [
  ['version 1 throughout', [VERSION_1, VERSION_2], VERSION_1, [VERSION_1, VERSION_2], VERSION_1],
  ['version 2 from the first packet', [VERSION_2, VERSION_1], VERSION_2, [VERSION_1, VERSION_2], VERSION_2],
  ['a server goes over to the version that the client likes better', [VERSION_2, VERSION_1], VERSION_1, [VERSION_1, VERSION_2], VERSION_2],
  ['and to version 1 as well', [VERSION_1, VERSION_2], VERSION_2, [VERSION_1, VERSION_2], VERSION_1],
  ['a server that speaks version 1 alone stays there', [VERSION_2, VERSION_1], VERSION_1, [VERSION_1], VERSION_1],
  ['a client begins again in version 2 where a server does not speak version 1', [VERSION_1, VERSION_2], VERSION_1, [VERSION_2], VERSION_2],
  ['a client begins again in version 1 where a server does not speak version 2', [VERSION_2, VERSION_1], VERSION_2, [VERSION_1], VERSION_1],
]

for (const [name, versions, version, spoken, agreed] of AGREEMENTS) {
  test(name, async () => {
    const server = await serve(echo, { versions: spoken })
    const session = await dial(server.address, { version, versions })
    await session.opened
    const stream = await session.createBidirectionalStream()
    void stream.end('agreed')
    assert.equal((await readAll(stream)).toString(), 'agreed')
    assert.deepEqual([session.version, server.sessions[0]!.version], [agreed, agreed])
    assert.equal(server.endpoint.stats.versionNegotiations > 0, !spoken.includes(version))
    await session.close()
    await server.endpoint.close()
  })
}

test('a version is agreed on after a Retry as well, which is of the first one (RFC 9369 section 4.1)', async () => {
  const server = await serve(echo, { endpoint: { address: '127.0.0.1:0', validateAddress: 'always' } })
  const session = await dial(server.address, { version: VERSION_1, versions: [VERSION_2, VERSION_1] })
  await session.opened
  assert.equal(session.version, VERSION_2)
  assert.ok(server.endpoint.stats.retries > 0)
  await session.close()
  await server.endpoint.close()
})

test('no version in common ends the session with ERR_QUIC_VERSION', async () => {
  const server = await serve(echo, { versions: [VERSION_1] })
  const session = await dial(server.address, { version: VERSION_2, versions: [VERSION_2] })
  await assert.rejects(session.opened, { code: 'ERR_QUIC_VERSION', initiator: 'peer' })
  await server.endpoint.close()
})

test('options of versions are checked', async () => {
  for (const [options, message] of [
    [{ version: 7 }, /version has 7; there are 0x1 and 0x6b3343cf/],
    [{ versions: [] }, /versions is empty/],
    [{ versions: [VERSION_1, 0xff00001d] }, /versions has/],
    [{ version: VERSION_2, versions: [VERSION_1] }, /version is 0x6b3343cf, which versions does not list/],
    [{ token: new Uint8Array(4) }, /token/],
  ] as const) {
    await assert.rejects(dial('127.0.0.1:1', options), { code: 'ERR_QUIC_OPTION', message })
  }
})

const BOTH = [VERSION_2, VERSION_1]

test('a forged Version Negotiation that leads to a worse version is found out (RFC 9368 section 4)', () => {
  const originalDestination = randomBytes(8)
  const pair = new Pair({
    connection: (side) =>
      side === 'client'
        ? { version: VERSION_2, versions: BOTH, originalDestination, remoteConnectionId: originalDestination }
        : { version: VERSION_1, versions: BOTH, originalDestination },
    // What the client said in version 2 never arrives: the attacker answers in the server's place.
    drop: (from, datagram) => from === 'client' && datagram.readUInt32BE(1) === VERSION_2 && (datagram[0]! & 0x80) !== 0,
  })
  const writer = new Writer(Buffer.alloc(200))
  const clientId = pair.client.connection.localIds.first
  writeVersionNegotiation(writer, clientId, originalDestination, 0, [VERSION_1])
  pair.client.receive(Buffer.from(writer.target.subarray(0, writer.offset)), pair.now)
  pair.run(() => closeOf(pair.client) !== null, 5000)
  const close = closeOf(pair.client)
  assert.ok(close?.type === 'closed' && close.code === 0x11n && close.initiator === 'local', JSON.stringify(close?.type))
  pair.release()
})

test('a client that chose another version in the handshake than in its packet is refused with VERSION_NEGOTIATION_ERROR', () => {
  const pair = new Pair({
    connection: () => ({ version: VERSION_1, versions: [VERSION_1] }),
    tamper: (side, encoded) => {
      if (side === 'server') return encoded
      const bytes = Buffer.from(encoded)
      const at = bytes.indexOf(Buffer.from('00000001', 'hex'), bytes.indexOf(0x11))
      // Both the choice and the list, so that nothing else is wrong with them.
      bytes.writeUInt32BE(VERSION_2, at)
      bytes.writeUInt32BE(VERSION_2, at + 4)
      return bytes
    },
  })
  pair.run(() => closeOf(pair.server) !== null, 5000)
  const close = closeOf(pair.server)
  assert.ok(close?.type === 'closed' && close.code === 0x11n, JSON.stringify(close?.type))
  pair.release()
})

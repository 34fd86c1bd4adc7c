// The bit that all packets have, unless the peer can do without it. RFC 9287.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { initialKeys } from '@millrace/native'
import type { Side } from '../src/core/streams/stream-id.ts'
import { parseHeader } from '../src/core/wire/packet-header.ts'
import { connected, open, settle } from './support/connected.ts'
import { bound, send } from './support/datagrams.ts'
import { answer, firstPacket } from './support/first-packet.ts'
import { dial, echo, serve } from './support/server.ts'

/** First bytes of what each side sends once the handshake is done. */
function firstBytes(client: boolean, server: boolean): Record<Side, number[]> {
  const seen: Record<Side, number[]> = { client: [], server: [] }
  let watching = false
  const pair = connected({
    client: { greaseQuicBit: client },
    server: { greaseQuicBit: server },
    drop: (from, datagram) => {
      if (watching) seen[from].push(datagram[0]!)
      return false
    },
  })
  watching = true
  for (const end of [pair.client, pair.server]) {
    open(end).send!.write(Buffer.alloc(100_000))
    settle(pair)
  }
  for (const end of [pair.client, pair.server]) assert.equal(end.has('closed'), false)
  pair.release()
  return seen
}

const isSet = (byte: number): boolean => (byte & 0x40) !== 0

test('it is set and clear in turns for a peer that said so, and packets arrive either way (section 3.1)', () => {
  const { client, server } = firstBytes(true, true)
  for (const bytes of [client, server]) {
    assert.ok(bytes.length > 30)
    assert.ok(bytes.some(isSet) && !bytes.every(isSet))
  }
})

test('it is set in every packet for a peer that did not say so', () => {
  const { client, server } = firstBytes(true, false)
  assert.ok(client.length > 30 && client.every(isSet))
  assert.ok(!server.every(isSet))
})

test('a client that has a token of the server may clear it from its first packet on, and no other client may (section 3.1)', async () => {
  const server = await serve(echo)
  const { port } = server.endpoint.address
  const visitor = await dial(server.address)
  const token = await new Promise<Uint8Array>((resolve) => {
    visitor.onnewtoken = resolve
  })
  await visitor.close()
  const dropped = server.endpoint.stats.datagramsDropped
  const [dcid, source] = [randomBytes(8), randomBytes(8)]
  const { sealer, opener } = initialKeys('client', 1, dcid)
  const socket = await bound()
  await send(socket, firstPacket(dcid, new Uint8Array(0), sealer, { quicBitClear: true }), port)
  const bytes = await answer(socket, firstPacket(dcid, token, sealer, { quicBitClear: true, source }), port)
  const header = parseHeader(bytes, 0, bytes.length, 8)!
  assert.equal(header.type, 'initial')
  assert.deepEqual(header.dcid, new Uint8Array(source))
  assert.equal(server.endpoint.stats.datagramsDropped, dropped + 1)
  sealer.release()
  opener.release()
})

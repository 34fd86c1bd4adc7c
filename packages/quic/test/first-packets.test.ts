// What a server makes of packets that belong to no connection, through real sockets. RFC 9000 sections 5.2.2, 6.1, 7.2, 14.1 and 17.2.5.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Writer } from '@millrace/bytes'
import { parseHeader } from '../src/core/wire/packet-header.ts'
import { writeVersionNegotiation } from '../src/core/wire/version-negotiation.ts'
import { bound, firstDatagrams, send } from './support/datagrams.ts'
import { dial, echo, type Server, serve } from './support/server.ts'

const UNKNOWN_VERSION = 0x1a2a_3a4a

test("a client's first packet goes to an id of 8 bytes at least, which is another for each connection", async () => {
  const ids = (await firstDatagrams(8)).map((datagram) => parseHeader(datagram, 0, datagram.length, 8)!.dcid)
  assert.ok(ids.every((id) => id.length >= 8))
  assert.equal(new Set(ids.map((id) => Buffer.from(id).toString('hex'))).size, 8)
})

test('what begins no connection is dropped without an answer', async () => {
  const server = await serve(echo)
  const [initial] = await firstDatagrams(1)
  const silent: Record<string, Buffer> = {
    'an Initial packet in a datagram of 1199 bytes': initial!.subarray(0, 1199),
    'an unknown version in a datagram of 1199 bytes': withVersion(initial!, UNKNOWN_VERSION).subarray(0, 1199),
    'a Handshake packet': withFirstByte(initial!, 0xe0),
    'a 0-RTT packet': withFirstByte(initial!, 0xd0),
    'a Retry packet': withFirstByte(initial!, 0xf0),
    'Version Negotiation': versionNegotiation(),
    'an Initial packet that does not open': flipped(initial!),
  }
  const heard = await answers(server, Object.values(silent))
  assert.deepEqual(heard, [])
  const { stats } = server.endpoint
  assert.deepEqual([stats.versionNegotiations, stats.retries, stats.immediateCloses, stats.statelessResets], [0, 0, 0, 0])
  assert.equal(server.sessions.length, 1, 'the one that came after them')
})

test('a datagram is answered by one Version Negotiation packet, or by one Retry packet', async () => {
  const server = await serve(echo, { endpoint: { address: '127.0.0.1:0', validateAddress: 'always' } })
  const [initial] = await firstDatagrams(1)
  const heard = await answers(server, [withVersion(initial!, UNKNOWN_VERSION), initial!])
  const types = heard.map((bytes) => parseHeader(bytes, 0, bytes.length, 8)!.type)
  assert.deepEqual(types, ['versionNegotiation', 'retry'])
})

/** What a server says to these datagrams, before it answers a client that comes after them. */
async function answers(server: Server, datagrams: readonly Buffer[]): Promise<Buffer[]> {
  const socket = await bound()
  const heard: Buffer[] = []
  socket.on('message', (bytes) => heard.push(bytes))
  for (const datagram of datagrams) await send(socket, datagram, server.endpoint.address.port)
  const session = await dial(server.address)
  await session.opened
  await session.close()
  return heard
}

function withFirstByte(packet: Buffer, high: number): Buffer {
  const bytes = Buffer.from(packet)
  bytes[0] = (bytes[0]! & 0x0f) | high
  return bytes
}

function withVersion(packet: Buffer, version: number): Buffer {
  const bytes = Buffer.from(packet)
  bytes.writeUInt32BE(version, 1)
  return bytes
}

function flipped(packet: Buffer): Buffer {
  const bytes = Buffer.from(packet)
  bytes[600]! ^= 1
  return bytes
}

function versionNegotiation(): Buffer {
  const writer = new Writer(Buffer.alloc(1200))
  writeVersionNegotiation(writer, new Uint8Array(8), new Uint8Array(8), 0, [1])
  return Buffer.from(writer.target)
}

// Attackers who make a server speak to others, or remember what is not worth it. Through real sockets.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Reader } from '@millrace/bytes'
import { Arena, initialKeys } from '@millrace/native'
import { decodeFrame } from '../src/core/wire/frames/index.ts'
import { parseHeader } from '../src/core/wire/packet-header.ts'
import { originalKey, Routes } from '../src/endpoint/routes.ts'
import { bound, firstDatagrams, send } from './support/datagrams.ts'
import { answer, firstPacket } from './support/first-packet.ts'
import { dial, echo, serve } from './support/server.ts'
import { turn } from './support/stage.ts'

const LOOPBACK = '127.0.0.1:0'

test('a Retry token that another address shows is answered with INVALID_TOKEN, and nothing is kept (RFC 9000 section 8.1.2)', async () => {
  const server = await serve(echo, { endpoint: { address: LOOPBACK, validateAddress: 'always' } })
  const { port } = server.endpoint.address
  const [initial] = await firstDatagrams(1)
  const [honest, thief] = [await bound(), await bound()]
  const retry = await answer(honest, initial!, port)
  assert.ok(retry.length < initial!.length, 'less than what it answers')
  const header = parseHeader(retry, 0, retry.length, 8)!
  assert.equal(header.type, 'retry')
  const keys = initialKeys('client', 1, header.scid)
  const close = Arena.from(await answer(thief, firstPacket(header.scid, header.token, keys.sealer), port))
  assert.ok(close.size < 100)
  const head = parseHeader(close.bytes, 0, close.size, 8)!
  const payload = head.packetNumberOffset + keys.opener.unmask(close, 0, head.packetNumberOffset)
  assert.ok(keys.opener.open(close, 0, payload, head.end - payload, 0))
  const frame = decodeFrame(new Reader(close.bytes, payload, head.end - 16), 'initial')
  assert.ok(frame.type === 'connectionClose' && frame.code === 0x0bn)
  assert.equal(server.sessions.length, 0)
  keys.sealer.release()
  keys.opener.release()
  honest.close()
  thief.close()
  await server.endpoint.close()
})

test('Version Negotiation is smaller than what it answers, whatever ids it repeats, and its rate is held (section 6.1)', async () => {
  const began = performance.now()
  const server = await serve(echo, { endpoint: { address: LOOPBACK, versionNegotiationRate: 1, versionNegotiationBurst: 10 } })
  const socket = await bound()
  let heard = 0
  let largest = 0
  socket.on('message', (bytes) => {
    heard++
    largest = Math.max(largest, bytes.length)
  })
  const bytes = Buffer.alloc(1200)
  bytes[0] = 0xc0
  bytes.writeUInt32BE(0x1234_5678, 1)
  bytes[5] = 255
  bytes[6 + 255] = 255
  for (let i = 0; i < 200; i++) {
    await send(socket, bytes, server.endpoint.address.port)
    if (i % 20 === 19) await turn()
  }
  // Too small to begin a connection: no answer at all.
  await send(socket, bytes.subarray(0, 1199), server.endpoint.address.port)
  const session = await dial(server.address)
  await session.opened
  const { versionNegotiations, repliesLimited } = server.endpoint.stats
  const allowed = 10 + (performance.now() - began) / 1000
  assert.ok(versionNegotiations >= 10 && versionNegotiations <= allowed, `${versionNegotiations} of ${allowed}`)
  assert.equal(versionNegotiations + repliesLimited, 200)
  assert.ok(heard > 0 && largest < 600, `${largest}`)
  await session.close()
  socket.close()
  await server.endpoint.close()
})

test('ids that were chosen to collide are found as fast as others (hash flooding)', () => {
  const routes = new Routes()
  const member = { hasLocalId: () => true } as unknown as Parameters<Routes['add']>[1]
  const count = 50_000
  const id = (i: number, spread: boolean): Buffer => {
    const bytes = spread ? randomBytes(8) : Buffer.alloc(8)
    bytes.writeUInt32BE(i, 0)
    return bytes
  }
  // Time of this process alone, of which others on the machine take none.
  const elapsed = (spread: boolean): number => {
    const ids = Array.from({ length: count }, (_, i) => id(i, spread))
    const before = process.cpuUsage()
    for (const each of ids) routes.addOriginal(originalKey(each), member)
    for (const each of ids) {
      routes.findOriginal(each)
      routes.find(each, 0)
    }
    for (const each of ids) routes.removeOriginal(originalKey(each))
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
  elapsed(true)
  const random = elapsed(true)
  const chosen = elapsed(false)
  assert.ok(chosen < random * 20 + 200, `${chosen} ms for ids that were chosen, ${random} ms for random ones`)
})

// Around a Retry, Initial packets to the first id and to the later one, with a token and without, in every order and in one datagram: each is answered for
// itself (CVE-2024-45311). Through real sockets.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { parseHeader } from '../src/core/wire/packet-header.ts'
import { bound, send } from './support/datagrams.ts'
import { answer, forgedInitial } from './support/first-packet.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

const ROUNDS = 30

test('Initial packets with both destination ids in turns: one connection, a Retry for each that lacks the token, and nothing breaks', async () => {
  const server = await serve(echo, { endpoint: { address: '127.0.0.1:0', validateAddress: 'always' } })
  const { port } = server.endpoint.address
  const bystander = await dial(server.address)
  await bystander.opened
  const socket = await bound()
  const first = randomBytes(8)
  const retry = await answer(socket, forgedInitial(first), port)
  const { type, scid: later, token } = parseHeader(retry, 0, retry.length, 8)!
  assert.equal(type, 'retry')

  const heard: string[] = []
  const both = Promise.withResolvers<void>()
  socket.on('message', (bytes) => {
    heard.push(parseHeader(bytes, 0, bytes.length, 8)?.type ?? 'none')
    if (heard.includes('retry') && heard.includes('initial')) both.resolve()
  })
  const { retries, immediateCloses } = server.endpoint.stats
  const packets = {
    'the first id, without the token': () => forgedInitial(first),
    'the first id, with a token that was made for the later one': () => forgedInitial(first, token),
    'the later id, with its token': () => forgedInitial(later, token),
    'the later id, without its token': () => forgedInitial(later),
    'both in one datagram': () => Buffer.concat([forgedInitial(later, token), forgedInitial(first).subarray(0, 800)]),
  }
  for (let round = 0; round < ROUNDS; round++) for (const packet of Object.values(packets)) await send(socket, packet(), port)
  const stream = await bystander.createBidirectionalStream()
  void stream.end('still here')
  assert.equal((await readAll(stream)).toString(), 'still here')

  await both.promise
  assert.equal(server.sessions.length, 2, 'the bystander, and the one whose address was proved')
  assert.equal(server.sessions[1]!.destroyed, false)
  assert.equal(server.sessions[1]!.addressValidated, true)
  assert.equal(server.endpoint.stats.retries - retries, ROUNDS)
  assert.equal(server.endpoint.stats.immediateCloses - immediateCloses, ROUNDS, 'INVALID_TOKEN')
  await bystander.close()
})

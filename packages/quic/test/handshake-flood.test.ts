// First packets without end, none of which comes to a handshake: a server keeps so many and no more, and goes on with those it has. Through real sockets.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { MAX_HANDSHAKES } from '../src/endpoint/limits.ts'
import type { QuicSession } from '../src/index.ts'
import { bound, send } from './support/datagrams.ts'
import { forgedInitial } from './support/first-packet.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

/** More than there is room for. */
const MORE = 100

/** Sockets are read between two turns of the event loop, and sending alone makes none. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function echoes(session: QuicSession): Promise<void> {
  const stream = await session.createBidirectionalStream()
  void stream.end('still here')
  assert.equal((await readAll(stream)).toString(), 'still here')
}

test('handshakes beyond the limit are refused in silence, sessions go on, and there is room again when some have ended', async () => {
  const server = await serve(echo, { endpoint: { address: '127.0.0.1:0', validateAddress: 'never' }, handshakeTimeout: 60_000 })
  const { port } = server.endpoint.address
  const bystander = await dial(server.address)
  await echoes(bystander)
  const socket = await bound()
  while (server.endpoint.stats.handshakesRefused < MORE) {
    await send(socket, forgedInitial(randomBytes(8)), port)
    await turn()
    assert.ok(server.sessions.length <= MAX_HANDSHAKES + 1)
  }
  assert.equal(server.sessions.length, MAX_HANDSHAKES + 1)
  await echoes(bystander)
  // Comes when there is no room, and stays at the door until there is.
  const late = await dial(server.address, { handshakeTimeout: 60_000 })
  await echoes(bystander)
  assert.equal(server.sessions.length, MAX_HANDSHAKES + 1)
  for (const session of server.sessions.slice(1)) session.destroy()
  await late.opened
  await echoes(late)
  await late.close()
  await bystander.close()
})

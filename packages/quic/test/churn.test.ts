// Connections that fail or end at every stage leave nothing behind (CVE-2024-45396, CVE-2023-50247, CVE-2024-45402). Through real sockets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growthOfRounds } from './support/memory.ts'
import { dial, echo, readAll, type Server, serve } from './support/server.ts'
import { PATIENT } from './support/stage.ts'

/** Connections of each kind in one pass. */
const EACH = 40
/** Passes that count. */
const ROUNDS = 3
/** Bytes that a pass may leave: less than the connections of one kind hold. */
const GROWTH = 4 * 1024 * 1024

const STAGES: Readonly<Record<string, (address: string) => Promise<void>>> = {
  'given up at once': async (address) => {
    const session = await dial(address)
    session.destroy()
    await session.closed.catch(() => {})
  },
  'refused in the handshake': async (address) => {
    const session = await dial(address, { alpn: 'another' })
    await session.closed.catch(() => {})
  },
  'not trusted by the client': async (address) => {
    const session = await dial(address, { servername: 'elsewhere' })
    await session.closed.catch(() => {})
  },
  'destroyed with an error in the middle of a stream': async (address) => {
    const session = await dial(address)
    const stream = await session.createBidirectionalStream()
    await stream.write('half of it')
    session.destroy(new Error('enough'))
    await session.closed.catch(() => {})
  },
  'closed in peace': async (address) => {
    const session = await dial(address)
    const stream = await session.createBidirectionalStream()
    void stream.end('all of it')
    assert.equal((await readAll(stream)).toString(), 'all of it')
    await session.close()
  },
}

/** Each kind, and all is forgotten but the session that was there before. */
async function pass(server: Server): Promise<void> {
  for (const end of Object.values(STAGES)) {
    for (let count = 0; count < EACH; count += 10) await Promise.all(Array.from({ length: 10 }, () => end(server.address)))
  }
  await Promise.allSettled(server.sessions.slice(1).map((session) => session.closed))
  server.sessions.length = 1
}

test(`${EACH} connections of each kind, again and again: memory stays flat, and a session that was there before goes on`, async (t) => {
  const server = await serve(echo, { transportParams: PATIENT })
  const bystander = await dial(server.address, { transportParams: PATIENT })
  await bystander.opened
  const growth = await growthOfRounds(ROUNDS, () => pass(server))
  t.diagnostic(`${growth.objects} objects and ${growth.bytes} bytes a pass`)
  assert.ok(growth.bytes < GROWTH, `${growth.bytes} bytes more, each time`)
  const stream = await bystander.createBidirectionalStream()
  void stream.end('still here')
  assert.equal((await readAll(stream)).toString(), 'still here')
  await bystander.close()
})

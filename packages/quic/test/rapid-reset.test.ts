// Streams that are opened and given up at once, as fast as can be ("rapid reset"). RFC 9000 section 21.9. Through real sockets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RESETS_AT_ONCE, RESETS_PER_SECOND } from '../src/core/limits.ts'
import { QuicError, type QuicSession, type QuicStream } from '../src/index.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

const LIMITS = { transportParams: { initialMaxStreamsUni: 100, initialMaxStreamsBidi: 100 } }
const MOST = RESETS_AT_ONCE + 2 * 200

async function echoes(session: QuicSession): Promise<void> {
  const stream = await session.createBidirectionalStream()
  void stream.end('still here')
  assert.equal((await readAll(stream)).toString(), 'still here')
}

/** Gives up streams one after the other until the session ends, or there were so many. */
async function giveUp(session: QuicSession, most: number, give: (stream: QuicStream) => void): Promise<number> {
  for (let count = 0; count < most; count++) {
    try {
      give(await session.createBidirectionalStream())
    } catch (error) {
      assert.ok(error instanceof QuicError)
      return count
    }
  }
  return most
}

const WAYS: Readonly<Record<string, (stream: QuicStream) => void>> = {
  'reset and stopped': (stream) => {
    stream.resetStream(1n)
    stream.stopSending(2n)
  },
  'written to and destroyed': (stream) => {
    void stream.write('a word').catch(() => {})
    stream.destroy()
  },
}

for (const [how, give] of Object.entries(WAYS)) {
  test(`streams ${how} without end: PROTOCOL_VIOLATION, and other sessions go on`, async () => {
    let opened = 0
    const server = await serve((stream) => {
      opened++
      return echo(stream)
    }, LIMITS)
    const bystander = await dial(server.address)
    await echoes(bystander)
    const began = performance.now()
    const attacker = await dial(server.address)
    const given = await giveUp(attacker, 50_000, give)
    await assert.rejects(attacker.closed, { code: 'ERR_QUIC_TRANSPORT', errorCode: 0x0an, initiator: 'peer' })
    const allowed = MOST + ((performance.now() - began) * RESETS_PER_SECOND) / 1000
    // Each costs at least one of the frames that are counted.
    assert.ok(opened <= allowed + 201, `${opened} of ${given} were opened, ${allowed} allowed`)
    await echoes(bystander)
    assert.equal(server.sessions[0]!.destroyed, false)
    await bystander.close()
  })
}

test('as many as may be open are given up at once without harm', async () => {
  const server = await serve(echo, LIMITS)
  const session = await dial(server.address)
  await session.opened
  const streams = await Promise.all(Array.from({ length: 100 }, () => session.createBidirectionalStream()))
  for (const stream of streams) stream.destroy()
  await echoes(session)
  await session.close()
})

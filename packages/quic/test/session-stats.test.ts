// What a session tells of itself in figures.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dial, echo, readAll, serve } from './support/server.ts'

test('each end counts what it sent, received and opened', async () => {
  const server = await serve(echo)
  const session = await dial(server.address)
  const data = Buffer.alloc(100_000, 7)
  for (let i = 0; i < 2; i++) {
    const stream = await session.createBidirectionalStream()
    const all = readAll(stream)
    await stream.end(data)
    assert.equal((await all).length, data.length)
  }
  const lone = await session.createUnidirectionalStream()
  await lone.end('x')
  const ours = session.stats
  const theirs = server.sessions[0]!.stats
  assert.deepEqual([ours.bidiOutStreamCount, ours.uniOutStreamCount, ours.bidiInStreamCount, ours.uniInStreamCount], [2, 1, 0, 0])
  assert.deepEqual([theirs.bidiInStreamCount, theirs.uniInStreamCount, theirs.bidiOutStreamCount, theirs.uniOutStreamCount], [2, 1, 0, 0])
  for (const stats of [ours, theirs]) {
    assert.ok(stats.bytesSent > 2 * data.length && stats.bytesReceived > 2 * data.length)
    assert.ok(stats.packetsAcknowledged > 0 && stats.packetsAcknowledged <= stats.packetsSent)
    assert.ok(stats.packetsLost === 0 ? stats.bytesLost === 0 : stats.bytesLost > 0)
    assert.ok(stats.pathMtu >= 1200 && stats.cwnd >= 2 * stats.pathMtu && stats.ssthresh > 0)
    assert.ok(stats.minRtt > 0 && stats.minRtt <= stats.smoothedRtt + stats.rttVar * 4)
    assert.equal(stats.persistentCongestions, 0)
  }
  await session.close()
  await server.endpoint.close()
})

// What the operating system would not send is counted where it was to go, with the reason; to QUIC it is lost, and the session goes on trying
// (RFC 9000 section 14.2.1: what a network says of undelivered datagrams may be a lie; what the machine itself says is for its operator).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dial, echo, readAll, serve } from './support/server.ts'

const BATCHED = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')
/** Nothing may be sent there without SO_BROADCAST, nor from a machine without a network. */
const FORBIDDEN = '255.255.255.255:443'
const REASON = /^(EACCES|ENETUNREACH)$/

for (const udp of ['batched', 'portable'] as const) {
  test(`a path on which nothing can be sent says so, on the ${udp} socket`, { skip: udp === 'batched' && !BATCHED }, async () => {
    const session = await dial(FORBIDDEN, { endpoint: { address: '0.0.0.0:0', udp } })
    const ended = assert.rejects(session.opened)
    // The portable socket learns it when Node has tried.
    while (session.pathStats[0]!.datagramsRefused === 0) await new Promise((resolve) => setImmediate(resolve))
    const [path, ...others] = session.pathStats
    assert.equal(others.length, 0)
    assert.match(path!.lastSocketError!, REASON)
    assert.ok(path!.datagramsRefused <= path!.packetsSent, 'they are lost like others, and were sent as others are')
    session.destroy()
    await ended
  })
}

test('of two sessions on one socket, the one whose path is well hears nothing of the other', async () => {
  const server = await serve(echo)
  const session = await dial(server.address, { endpoint: { address: '0.0.0.0:0' } })
  await session.opened
  const lost = await dial(FORBIDDEN, { endpoint: session.endpoint })
  const ended = assert.rejects(lost.opened)
  const stream = await session.createBidirectionalStream()
  const answer = readAll(stream)
  await stream.end('well')
  assert.equal((await answer).toString(), 'well')
  while (lost.pathStats[0]!.datagramsRefused === 0) await new Promise((resolve) => setImmediate(resolve))
  const [path] = session.pathStats
  assert.deepEqual([path!.datagramsRefused, path!.lastSocketError], [0, null])
  lost.destroy()
  await ended
  await session.close()
})

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
    assert.ok(stats.pacingRate > 0 && stats.congestionLimited >= 0 && stats.pacingLimited >= 0)
    assert.deepEqual([stats.pathsOpened, stats.pathsValidated, stats.pathChanges, stats.datagramsDropped], [0, 0, 0, 0])
  }
  const [path, ...others] = session.pathStats
  const [back] = server.sessions[0]!.pathStats
  assert.deepEqual(others, [])
  assert.deepEqual([path!.active, path!.validated, path!.remote.port], [true, true, server.endpoint.address.port])
  assert.ok(path!.bytesSent >= back!.bytesReceived && back!.bytesReceived > 2 * data.length, `${path!.bytesSent}, ${back!.bytesReceived}`)
  assert.ok(back!.bytesSent >= path!.bytesReceived && path!.bytesReceived > 2 * data.length)
  assert.equal(path!.mtu, session.stats.pathMtu)
  assert.ok(path!.packetsSent > data.length / path!.mtu && path!.packetsLost < path!.packetsSent)
  const { cwnd, bytesInFlight, smoothedRtt, minRtt, ecn } = session.stats
  assert.deepEqual(
    [path!.cwnd, path!.bytesInFlight, path!.smoothedRtt, path!.minRtt, path!.ecn],
    [cwnd, bytesInFlight, smoothedRtt, minRtt, ecn],
  )
  // Each byte once, whatever was lost on the way.
  assert.deepEqual([ours.streamBytesSent, ours.streamBytesReceived], [2 * data.length + 1, 2 * data.length])
  assert.deepEqual([theirs.streamBytesSent, theirs.streamBytesReceived], [2 * data.length, 2 * data.length + 1])
  const { bytesSent, bytesUnsent, bytesAcknowledged, bytesReceived, openedAt, firstSentAt, sendEndedAt, firstReceivedAt, receiveEndedAt } =
    lone.stats
  assert.deepEqual([bytesSent, bytesUnsent, bytesAcknowledged, bytesReceived], [1, 0, 1, 0])
  assert.ok(openedAt <= firstSentAt! && firstSentAt! < sendEndedAt! && sendEndedAt! <= performance.now())
  assert.deepEqual([firstReceivedAt, receiveEndedAt], [null, null])
  for (const stats of [ours, theirs]) {
    const { createdAt, handshakeCompletedAt, handshakeConfirmedAt, handshakeDuration } = stats
    assert.ok(createdAt < handshakeCompletedAt! && handshakeCompletedAt! <= handshakeConfirmedAt!)
    assert.equal(handshakeDuration, handshakeCompletedAt! - createdAt)
    assert.ok(stats.initialCwnd >= 12_000 && stats.longestSilence <= stats.probeTimeouts)
  }
  const { sent, received } = session.lastPackets
  for (const packets of [sent, received]) {
    assert.deepEqual(
      packets.map(({ level }) => level),
      ['1rtt', '1rtt', '1rtt'],
    )
    assert.ok(packets.every(({ size, at }) => size >= 20 && at <= performance.now()))
  }
  await session.close()
  await server.endpoint.close()
})

const BATCHED = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')

for (const udp of BATCHED ? (['batched', 'portable'] as const) : (['portable'] as const)) {
  test(`ECN over real sockets, ${udp}: marked and counted where the socket can (RFC 9000 section 13.4)`, async () => {
    const server = await serve(echo, { endpoint: { address: '127.0.0.1:0', udp } })
    const session = await dial(server.address, { endpoint: { address: '127.0.0.1:0', udp } })
    const stream = await session.createBidirectionalStream()
    const all = readAll(stream)
    await stream.end(Buffer.alloc(300_000, 7))
    await all
    const batched = udp === 'batched'
    for (const { ecn, ect0Sent, ect0Reported, ceReported, ect0Received, ect1Received, ceReceived } of [
      session.stats,
      server.sessions[0]!.stats,
    ]) {
      assert.equal(ecn, batched ? 'capable' : 'off')
      assert.ok(batched ? ect0Sent >= ect0Reported && ect0Reported > 0 && ect0Received > 0 : ect0Sent + ect0Reported + ect0Received === 0)
      assert.equal(ceReported + ect1Received + ceReceived, 0)
    }
    await session.close()
    await server.endpoint.close()
  })
}

test('ecn: false marks nothing; anything but true and false is refused by name', async () => {
  const server = await serve(echo)
  const session = await dial(server.address, { ecn: false })
  assert.equal(session.stats.ecn, 'off')
  assert.equal(session.stats.ect0Sent, 0)
  await assert.rejects(dial(server.address, { ecn: 'yes' as unknown as boolean }), {
    code: 'ERR_QUIC_OPTION',
    message: /Option ecn is yes; it must be true or false/,
  })
  await session.close()
  await server.endpoint.close()
})

// Sessions and the sockets under them: the portable one, and one that is closed by somebody else.
import assert from 'node:assert/strict'
import { closeSync, existsSync, readdirSync, readlinkSync } from 'node:fs'
import { afterEach, describe, test } from 'node:test'
import { dial, echo, readAll, serve } from './support/server.ts'

const BATCHED = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')

describe('MILLRACE_UDP', () => {
  const before = process.env.MILLRACE_UDP
  afterEach(() => {
    if (before === undefined) delete process.env.MILLRACE_UDP
    else process.env.MILLRACE_UDP = before
  })

  test('dgram: every endpoint has the portable socket, and sessions go as ever, without ECN', async () => {
    process.env.MILLRACE_UDP = 'dgram'
    const server = await serve(echo)
    const sessions = await Promise.all([1, 2, 3].map(() => dial(server.address)))
    for (const session of sessions) {
      const stream = await session.createBidirectionalStream()
      const all = readAll(stream)
      const data = Buffer.alloc(200_000, 7)
      await stream.end(data)
      assert.deepEqual(await all, data)
      assert.equal(session.stats.ecn, 'off')
    }
    await Promise.all(sessions.map((session) => session.close()))
    await server.endpoint.close()
  })

  test('anything else is refused where the socket is opened', async () => {
    process.env.MILLRACE_UDP = 'quick'
    await assert.rejects(serve(echo), { code: 'ERR_QUIC_LISTEN', message: /MILLRACE_UDP may be "dgram"/ })
  })
})

test("a socket that somebody closes ends its endpoint's sessions with the reason, and no others", { skip: !BATCHED }, async () => {
  const server = await serve(echo, { endpoint: { address: '127.0.0.1:0', udp: 'batched' } })
  const other = await dial(server.address)
  await other.opened
  const before = new Set(sockets())
  const session = await dial(server.address, { endpoint: { udp: 'batched' } })
  await session.opened
  const closed = assert.rejects(session.closed, { code: 'ERR_QUIC_SOCKET', message: /socket is gone: EBADF/ })
  const stream = await session.createBidirectionalStream()
  const ended = assert.rejects(stream.closed, { code: 'ERR_QUIC_SOCKET' })
  for (const fd of sockets()) if (!before.has(fd)) closeSync(Number(fd))
  await stream.write('into nothing')
  await Promise.all([closed, ended])
  await session.endpoint.closed

  const echoed = await other.createBidirectionalStream()
  const all = readAll(echoed)
  await echoed.end('still here')
  assert.equal((await all).toString(), 'still here')
  await other.close()
  server.endpoint.destroy()
  await server.endpoint.closed
})

/** Descriptors of this process that are sockets. The list's own is closed by the time it is looked at. */
function sockets(): string[] {
  return readdirSync('/proc/self/fd').filter(
    (fd) => existsSync(`/proc/self/fd/${fd}`) && readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:'),
  )
}

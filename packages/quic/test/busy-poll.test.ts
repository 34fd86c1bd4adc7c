// Endpoints that stay awake between datagrams: what the option permits, and that the thread does stay awake, and may sleep once they are closed.
import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { test } from 'node:test'
import { createCertificate } from '../../native/test/certificates.ts'
import { connect, listen, QuicEndpoint } from '../src/index.ts'

/** So many turns of the event loop come without anything that happens. */
const TURNS = 100

test('busyPoll takes microseconds, up to a second', async () => {
  for (const busyPoll of [-1, 0.5, 1_000_001])
    await assert.rejects(QuicEndpoint.open({ address: '127.0.0.1:0', busyPoll }), {
      code: 'ERR_QUIC_OPTION',
      message: `Option endpoint.busyPoll is ${busyPoll}; it must be a whole number from 0 to 1000000.`,
    })
})

test('after a datagram the thread goes on asking for the next one, until the endpoint is closed', async () => {
  const { keys, certs } = createCertificate({ name: 'localhost', hosts: ['localhost'] })
  let turns = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'Immediate' && ++turns === TURNS) resolve()
    },
  })
  const server = await listen(() => {}, {
    endpoint: { address: '127.0.0.1:0', busyPoll: 1_000_000 },
    alpn: 'a',
    sni: { '*': { keys, certs } },
  })
  const session = await connect(`127.0.0.1:${server.address.port}`, { alpn: 'a', rejectUnauthorized: false })
  await session.opened
  hook.enable()
  await promise
  await session.close()
  await server.close()
  const before = turns
  // Each of ours is one of them; an endpoint that went on would have one of its own in each.
  for (let turn = 0; turn < TURNS; turn++) await new Promise((next) => setImmediate(next))
  hook.disable()
  assert.ok(turns - before <= TURNS + 2, `${turns - before} immediates in ${TURNS} turns after the end`)
})

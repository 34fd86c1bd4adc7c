// Endpoints that stay awake between datagrams: what the option permits, and that the thread does stay awake, and may sleep once they are closed.
import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { createCertificate } from '../../native/test/certificates.ts'
import { connect, listen, QuicEndpoint } from '../src/index.ts'

/** So many turns of the event loop come without anything that happens. */
const TURNS = 100
/** Handshakes of which two at least are answered at once, one soon after the other. */
const HANDSHAKES = 1000
const FEW_HANDSHAKES = 20
/** Those of a handshake anyway: each side makes the TLS session of the next in one. */
const IMMEDIATES = 2

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

const ALONE = availableParallelism() === 1 && 'on one processor whoever polls keeps the server from answering'

test('a client waits awake for the flights of a handshake with a server that is near, unless told not to', { skip: ALONE }, async () => {
  assert.equal(await waitsAwake(HANDSHAKES), true)
  assert.equal(await waitsAwake(FEW_HANDSHAKES, 0), false)
})

/** Whether the loop was kept from sleeping during one of so many handshakes. */
async function waitsAwake(handshakes: number, busyPoll?: number): Promise<boolean> {
  const { keys, certs } = createCertificate({ name: 'localhost', hosts: ['localhost'] })
  const server = await listen(() => {}, { endpoint: { address: '127.0.0.1:0' }, alpn: 'a', sni: { '*': { keys, certs } } })
  const endpoint = await QuicEndpoint.open({ address: '127.0.0.1:0', ...(busyPoll !== undefined && { busyPoll }) })
  let immediates = 0
  const hook = createHook({ init: (_id, type) => (type === 'Immediate' ? immediates++ : undefined) })
  for (let i = 0; i < handshakes && immediates <= IMMEDIATES; i++) {
    immediates = 0
    hook.enable()
    const session = await connect(`127.0.0.1:${server.address.port}`, { endpoint, alpn: 'a', rejectUnauthorized: false })
    await session.opened
    hook.disable()
    await session.close()
  }
  await endpoint.close()
  await server.close()
  return immediates > IMMEDIATES
}

// When a farewell leaves that was said in the middle of a turn of the event loop: behind what somebody waits for, and before the process ends.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { endpointCore } from '../src/api/endpoint.ts'
import { listen, QuicEndpoint, type QuicSession } from '../src/index.ts'
import { certificate, destroyedAtEnd, dial, echo, readAll, serve } from './support/server.ts'

/** Set in the first byte of packets that begin a connection, and not in those of one that is established. RFC 9000 section 17. */
const LONG_FORM = 0x80

test('the first flight of the next session leaves before the farewell of the one before, which leaves in the same turn', async () => {
  const { address, sessions } = await serve(echo)
  const endpoint = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  destroyedAtEnd(endpoint)
  const session = await dial(address, { endpoint })
  // With the answer comes the word that the handshake is confirmed.
  const stream = await session.createBidirectionalStream()
  await stream.end('word')
  await readAll(stream)
  const { socket } = endpointCore(endpoint)
  const send = socket.send.bind(socket)
  const forms: string[] = []
  socket.send = (offset, ...rest) => {
    forms.push((socket.outgoing.bytes[offset]! & LONG_FORM) === 0 ? 'farewell' : 'first flight')
    return send(offset, ...rest)
  }
  session.destroy()
  await session.closed
  await dial(address, { endpoint })
  process.nextTick(() => forms.push('end of the turn'))
  await sessions[0]!.closed
  assert.deepEqual(forms.slice(0, 3), ['first flight', 'farewell', 'end of the turn'])
})

/** Says farewell and exits at once. */
const LEAVES = `
import { connect, QuicEndpoint } from '${new URL('../src/index.ts', import.meta.url).href}'
const session = await connect(process.argv.at(-2), { alpn: 'test', rejectUnauthorized: false, endpoint: await QuicEndpoint.open() })
await session.opened
if (process.argv.at(-1) === 'destroy') session.destroy()
else await session.close()
process.exit(0)
`

for (const word of ['destroy', 'close']) {
  test(`a process that exits in the turn of ${word}() has said farewell`, async () => {
    const { address, hears } = await farewellHeard()
    const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', LEAVES, address, word], { stdio: 'inherit' })
    assert.deepEqual(await once(child, 'exit'), [0, null])
    await hears
  })

  test(`a Worker that exits in the turn of ${word}() has said farewell`, async () => {
    const { address, hears } = await farewellHeard()
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(LEAVES)}`), { argv: [address, word] })
    assert.deepEqual(await once(worker, 'exit'), [0])
    await hears
  })
}

/** A server, and when it hears farewell; rejects where its session ends for want of one. */
async function farewellHeard(): Promise<{ address: string; hears: Promise<void> }> {
  const { promise: hears, resolve } = Promise.withResolvers<void>()
  const onsession = (session: QuicSession) => resolve(session.closed)
  const endpoint = await listen(onsession, {
    alpn: 'test',
    sni: { '*': certificate },
    endpoint: { address: '127.0.0.1:0' },
    transportParams: { maxIdleTimeout: 5_000 },
  })
  destroyedAtEnd(endpoint)
  return { address: `127.0.0.1:${endpoint.address.port}`, hears }
}

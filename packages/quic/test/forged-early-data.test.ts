// 0-RTT from an address that nobody has proved: what a list of permitted addresses must not let in (CVE-2024-45397, CVE-2024-49214). Through real sockets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemorySessionStore, type QuicStream, type SessionStore } from '../src/index.ts'
import { bound, send } from './support/datagrams.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

interface Seen {
  readonly early: boolean
  readonly addressValidated: boolean
}

/** A server, and a relay before it that can keep its answers back: whoever forges an address hears none. */
async function behindRelay(): Promise<{
  address: string
  seen: Seen[]
  validated: () => Promise<boolean>
  forge: (on: boolean) => void
  firstStream: () => Promise<void>
}> {
  const seen: Seen[] = []
  let arrived = Promise.withResolvers<void>()
  const server = await serve(
    (stream: QuicStream) => {
      seen.push({ early: stream.early, addressValidated: stream.session!.addressValidated })
      arrived.resolve()
      return echo(stream)
    },
    { enableEarlyData: true },
  )
  const { port } = server.endpoint.address
  const relay = await bound()
  const kept: Buffer[] = []
  let forging = false
  let client = 0
  relay.on('message', (datagram, from) => {
    if (from.port !== port) client = from.port
    if (from.port !== port) void send(relay, datagram, port)
    else if (forging) kept.push(datagram)
    else void send(relay, datagram, client)
  })
  return {
    address: `127.0.0.1:${relay.address().port}`,
    seen,
    validated: async () => {
      const session = server.sessions.at(-1)!
      await session.opened
      return session.addressValidated
    },
    forge: (on) => {
      forging = on
      arrived = Promise.withResolvers()
      for (const datagram of kept.splice(0)) void send(relay, datagram, client)
    },
    firstStream: () => arrived.promise,
  }
}

test('a session says that its address is not validated while it has heard 0-RTT alone, and that it is once the handshake is done', async () => {
  const { address, seen, validated, forge, firstStream } = await behindRelay()
  const memory = new MemorySessionStore()
  // Who shows a token of an earlier session has proved its address: one who forges it has none.
  const sessionStore: SessionStore = {
    take: (kind, server) => (kind === 'token' ? undefined : memory.take(kind, server)),
    put: (kind, server, saved) => memory.put(kind, server, saved),
  }
  const options = { sessionStore, enableEarlyData: true, servername: 'localhost' }
  const first = await dial(address, options)
  const ticket = Promise.withResolvers<void>()
  first.onsessionticket = () => ticket.resolve()
  const asked = await first.createBidirectionalStream()
  void asked.end('first')
  await readAll(asked)
  await ticket.promise
  await first.close()
  assert.equal(await validated(), true)

  forge(true)
  const second = await dial(address, options)
  assert.equal(second.addressValidated, true, 'a client went there itself')
  const stream = await second.createBidirectionalStream()
  void stream.end('early')
  await firstStream()
  assert.deepEqual(seen, [
    { early: false, addressValidated: true },
    { early: true, addressValidated: false },
  ])
  forge(false)
  assert.equal((await readAll(stream)).toString(), 'early')
  assert.equal(await validated(), true)
  await second.close()
})

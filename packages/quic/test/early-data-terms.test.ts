// Terms of an application protocol for 0-RTT: sealed in tickets, kept beside them. RFC 9001 sections 4.5 and 4.6.3.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type EarlyDataTerms, MemoryEarlyDataGuard, MemorySessionStore, type QuicSession, type SessionOptions } from '../src/index.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

/** A server grants a number, and honours one that is not larger than what it grants. */
function upTo(most: number): EarlyDataTerms {
  return { granted: () => Uint8Array.of(most), honours: ([before]) => before! <= most }
}

interface Visit {
  readonly remembered: Uint8Array | null
  readonly accepted: boolean
  readonly afterwards: Uint8Array | null
}

/** Asks something in the first flight, and has `terms` kept with the ticket. */
async function visit(address: string, sessionStore: MemorySessionStore, terms: Promise<Uint8Array> | null): Promise<Visit> {
  const session = await dial(address, { sessionStore, enableEarlyData: true, servername: 'localhost' })
  if (terms !== null) session.rememberTerms(terms)
  const remembered = session.earlyTerms
  const ticket = ticketOf(session)
  const stream = await session.createBidirectionalStream()
  const reply = readAll(stream)
  await stream.end('question')
  assert.equal((await reply).toString(), 'question')
  const { earlyDataAccepted: accepted } = await session.opened
  const afterwards = session.earlyTerms
  await ticket
  await session.close()
  return { remembered, accepted, afterwards }
}

function ticketOf(session: QuicSession): Promise<Uint8Array> {
  return new Promise((resolve) => {
    session.onsessionticket = resolve
  })
}

/** Servers, one after the other on one port, that take each other's tickets. */
async function succession(): Promise<{
  serveNext: (options: Partial<SessionOptions>) => Promise<string>
}> {
  const shared = { enableEarlyData: true, ticketKey: randomBytes(32), earlyDataGuard: new MemoryEarlyDataGuard() }
  let port = 0
  let last: Awaited<ReturnType<typeof serve>> | null = null
  return {
    async serveNext(options) {
      await last?.endpoint.close()
      last = await serve(echo, { ...shared, ...options, endpoint: { address: `127.0.0.1:${port}` } })
      port = last.endpoint.address.port
      return last.address
    },
  }
}

test('what a client had remembered holds while 0-RTT is sent, and after it was accepted', async () => {
  const { serveNext } = await succession()
  const store = new MemorySessionStore()
  const mine = Promise.resolve(Uint8Array.of(7, 8))
  const address = await serveNext({ earlyDataTerms: upTo(5) })
  assert.deepEqual(await visit(address, store, mine), { remembered: null, accepted: false, afterwards: null })
  const kept = new Uint8Array([7, 8])
  assert.deepEqual(await visit(address, store, mine), { remembered: kept, accepted: true, afterwards: kept })
})

test('a server whose terms have shrunk refuses 0-RTT and serves all the same; what was remembered holds no longer', async () => {
  const { serveNext } = await succession()
  const store = new MemorySessionStore()
  const mine = Promise.resolve(Uint8Array.of(7))
  await visit(await serveNext({ earlyDataTerms: upTo(5) }), store, mine)
  assert.equal((await visit(await serveNext({ earlyDataTerms: upTo(6) }), store, mine)).accepted, true)
  const refused = await visit(await serveNext({ earlyDataTerms: upTo(5) }), store, mine)
  assert.deepEqual(refused, { remembered: Uint8Array.of(7), accepted: false, afterwards: null })
})

test('a ticket without terms permits no 0-RTT where there are some', async () => {
  const { serveNext } = await succession()
  const store = new MemorySessionStore()
  await visit(await serveNext({}), store, null)
  assert.equal((await visit(await serveNext({ earlyDataTerms: upTo(5) }), store, null)).accepted, false)
  // And the other way round nobody asks for them.
  assert.equal((await visit(await serveNext({}), store, null)).accepted, true)
})

test('tickets wait for the terms of their session', async () => {
  const { serveNext } = await succession()
  const address = await serveNext({ earlyDataTerms: upTo(5) })
  const store = new MemorySessionStore()
  const session = await dial(address, { sessionStore: store, enableEarlyData: true, servername: 'localhost' })
  const terms = Promise.withResolvers<Uint8Array>()
  session.rememberTerms(terms.promise)
  let told = false
  const ticket = ticketOf(session).then(() => {
    told = true
  })
  const stream = await session.createBidirectionalStream()
  void stream.end('by when this is echoed, tickets are there')
  await readAll(stream)
  assert.equal(told, false)
  terms.resolve(Uint8Array.of(9))
  await ticket
  await session.close()
  const later = await dial(address, { sessionStore: store, enableEarlyData: true, servername: 'localhost' })
  assert.deepEqual(later.earlyTerms, Uint8Array.of(9))
  await later.opened
  await later.close()
})

test('tickets go without terms that are never known, or longer than a store should keep', async () => {
  const { serveNext } = await succession()
  const address = await serveNext({})
  for (const terms of [Promise.reject(new Error('the session ended')), Promise.resolve(new Uint8Array(1025))]) {
    const store = new MemorySessionStore()
    await visit(address, store, terms)
    const { remembered, accepted } = await visit(address, store, null)
    assert.deepEqual({ remembered, accepted }, { remembered: null, accepted: true })
  }
})

test('without enableEarlyData nothing is remembered, and none is sent', async () => {
  const { serveNext } = await succession()
  const store = new MemorySessionStore()
  const address = await serveNext({ earlyDataTerms: upTo(5) })
  await visit(address, store, Promise.resolve(Uint8Array.of(7)))
  const session = await dial(address, { sessionStore: store, servername: 'localhost' })
  assert.equal(session.earlyTerms, null)
  assert.equal((await session.opened).resumed, true)
  await session.close()
})

for (const length of [0, 1025]) {
  test(`earlyDataTerms that grant ${length} bytes are refused by the name of the option`, async () => {
    const earlyDataTerms: EarlyDataTerms = { granted: () => new Uint8Array(length), honours: () => true }
    await assert.rejects(serve(echo, { earlyDataTerms }), { code: 'ERR_QUIC_OPTION', message: /earlyDataTerms grants/ })
  })
}

// Tickets whose sessions a client's context still has, and those that have to be read from their bytes. RFC 8446 section 4.6.1.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { openSsl } from '../src/binding/openssl.ts'
import { TlsContext, type TlsSession } from '../src/index.ts'
import { decodeDer } from '../src/tls/der.ts'
import { LiveTickets } from '../src/tls/live-tickets.ts'
import { createCertificate } from './certificates.ts'
import { converse, eventsOf, releaseAll, type Side } from './handshake.ts'

const certificate = createCertificate({ name: 'local', hosts: ['localhost', '127.0.0.1'] })
const transportParameters = Buffer.from('parameters')

describe('a ticket', () => {
  let server: TlsContext
  let client: TlsContext

  beforeEach(() => {
    server = new TlsContext({ side: 'server', alpn: ['h3'], sni: { '*': certificate } })
    client = newClient()
  })

  afterEach(() => {
    server.release()
    client.release()
  })

  it('resumes while its connection lasts, after it, and when it was used before', () => {
    const first = meet(begin(client))
    const lasting = meet(begin(client, ticketOf(first.client)))
    assert.ok(isResumed(lasting.client))
    releaseAll(lasting)
    const again = meet(begin(client, ticketOf(first.client)))
    assert.ok(isResumed(again.client))
    releaseAll(first)
    releaseAll(again)
    const over = meet(begin(client, ticketOf(again.client)))
    assert.ok(isResumed(over.client))
    releaseAll(over)
  })

  it('resumes a connection that began while that of the ticket lasted, and goes on when it has ended', () => {
    const first = meet(begin(client))
    const session = begin(client, ticketOf(first.client))
    releaseAll(first)
    const second = meet(session)
    assert.ok(isResumed(second.client))
    assert.deepEqual(second.client.session.peerCertificate, new X509Certificate(certificate.certs).raw, 'that of the server is known')
    releaseAll(second)
  })

  it('that has changed since it came does not count for the one that it was', () => {
    const first = meet(begin(client))
    const ticket = ticketOf(first.client)
    ticket[0]! ^= 1
    const second = meet(begin(client, ticket))
    assert.equal(isResumed(second.client), false)
    ticket[0]! ^= 1
    const third = meet(begin(client, ticket))
    assert.ok(isResumed(third.client))
    for (const sides of [first, second, third]) releaseAll(sides)
  })

  it('for another name is left unused, and still good for its own', () => {
    const first = meet(begin(client))
    const elsewhere = meet(begin(client, ticketOf(first.client), '127.0.0.1'))
    assert.equal(isResumed(elsewhere.client), false)
    const home = meet(begin(client, ticketOf(first.client)))
    assert.ok(isResumed(home.client))
    for (const sides of [first, elsewhere, home]) releaseAll(sides)
  })

  it('that comes when its context was released is good with another one', () => {
    const short = newClient()
    const session = begin(short)
    short.release()
    const first = meet(session)
    const second = meet(begin(client, ticketOf(first.client)))
    assert.ok(isResumed(second.client))
    for (const sides of [first, second]) releaseAll(sides)
  })

  function meet(session: TlsSession): { client: Side; server: Side } {
    return converse(session, server.session({ transportParameters }))
  }

  it('is found by its bytes alone, once, as long as fewer came than are kept', () => {
    const sides = meet(begin(client))
    const bytes = ticketOf(sides.client)
    releaseAll(sides)
    const live = new LiveTickets()
    const read = () => decodeDer(openSsl().d2i_SSL_SESSION, bytes)
    const sessions = Array.from({ length: 65 }, read)
    for (const [index, session] of sessions.entries()) assert.ok(live.keep(numbered(bytes, index), session))
    assert.equal(live.take(numbered(bytes, 0)), 0, 'the oldest made way')
    assert.equal(live.take(bytes), 0)
    assert.equal(live.take(numbered(bytes, 64)), sessions[64])
    assert.equal(live.take(numbered(bytes, 64)), 0)
    assert.equal(live.take(numbered(bytes, 1)), sessions[1])
    live.release()
    assert.equal(live.take(numbered(bytes, 2)), 0)
    assert.equal(live.keep(bytes, sessions[1]!), false)
    for (const session of [sessions[1]!, sessions[64]!]) openSsl().SSL_SESSION_free(session)
  })

  it('longer than any that servers give is not kept', () => {
    assert.equal(new LiveTickets().keep(Buffer.alloc(4097), 0), false)
  })
})

function newClient(): TlsContext {
  return new TlsContext({ side: 'client', alpn: ['h3'], ca: certificate.certs })
}

function begin(context: TlsContext, ticket?: Uint8Array, servername = 'localhost'): TlsSession {
  return context.session({ transportParameters, servername, ...(ticket && { ticket }) })
}

function ticketOf(side: Side): Uint8Array {
  return eventsOf(side, 'ticketReceived').at(-1)!.ticket
}

function isResumed(side: Side): boolean {
  return eventsOf(side, 'handshakeCompleted')[0]!.resumed
}

function numbered(bytes: Uint8Array, index: number): Uint8Array {
  return Buffer.concat([bytes, Buffer.of(index)])
}

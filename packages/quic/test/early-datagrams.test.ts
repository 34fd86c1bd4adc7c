// Datagrams in the first flight. RFC 9221 section 3, RFC 9001 section 4.6.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DatagramStatus } from '../src/core/datagrams.ts'
import { listen, MemorySessionStore } from '../src/index.ts'
import { closeOf } from './support/connected.ts'
import { newContexts, Pair, type PairOptions } from './support/pair.ts'
import { certificate, dial } from './support/server.ts'

const SIZE = 900

/** A session that is resumed with 0-RTT: `before` holds for the first one, `after` for the second. */
function resumed(before: PairOptions, after: PairOptions): { pair: Pair; release: () => void } {
  const contexts = newContexts()
  const first = new Pair({ contexts, ...before })
  assert.ok(first.run(() => first.client.has('ticketReceived')))
  const { ticket } = first.client.events.find((event) => event.type === 'ticketReceived')!
  first.release()
  const pair = new Pair({ contexts, ticket, ...after })
  pair.client.connection.datagrams.statusWanted = true
  return {
    pair,
    release: () => {
      pair.release()
      contexts.client.release()
      contexts.server.release()
    },
  }
}

const taking = (maxDatagramFrameSize: number): PairOptions => ({ server: { maxDatagramFrameSize } })

function verdicts(pair: Pair): DatagramStatus[] {
  const all: DatagramStatus[] = []
  pair.client.connection.datagrams.takeSettled((_, status) => all.push(status))
  return all
}

test('they go by the limit that is remembered, arrive before the handshake is done, and are known as early', () => {
  const { pair, release } = resumed(taking(1000), { ...taking(1000), admit: () => true })
  const { datagrams } = pair.client.connection
  assert.ok(datagrams.maxSize(pair.client.connection.path, true) < 1000)
  datagrams.send(Buffer.alloc(SIZE, 1))
  assert.ok(pair.run(() => pair.server.has('datagramsReceived')))
  assert.equal(pair.server.has('handshakeCompleted'), false)
  assert.equal(pair.server.connection.datagrams.firstIsEarly, true)
  assert.equal(pair.server.connection.datagrams.take()!.length, SIZE)
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  datagrams.send(Buffer.from('later'))
  pair.pass(200)
  assert.equal(pair.server.connection.datagrams.firstIsEarly, false)
  assert.deepEqual(verdicts(pair), ['acknowledged', 'acknowledged'])
  release()
})

test('the largest that may be sent early fits a 0-RTT packet', () => {
  const { pair, release } = resumed(taking(65_535), { ...taking(65_535), admit: () => true })
  const { datagrams, path } = pair.client.connection
  const size = datagrams.maxSize(path, true)
  datagrams.send(Buffer.alloc(size, 1))
  assert.ok(pair.run(() => pair.server.has('datagramsReceived')))
  assert.deepEqual([pair.server.connection.datagrams.firstIsEarly, pair.server.connection.datagrams.take()!.length], [true, size])
  release()
})

test('a server that took none before gets none early', () => {
  const { pair, release } = resumed(taking(0), { ...taking(1000), admit: () => true })
  assert.equal(pair.client.connection.datagrams.maxSize(pair.client.connection.path, true), 0)
  release()
})

test('a server that refuses 0-RTT loses them: they are not sent again (section 5.2)', () => {
  const { pair, release } = resumed(taking(1000), { ...taking(1000), admit: () => false })
  pair.client.connection.datagrams.send(Buffer.alloc(SIZE, 1))
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  pair.pass(500)
  assert.deepEqual(verdicts(pair), ['lost'])
  assert.equal(pair.server.connection.datagrams.take(), null)
  release()
})

test('a server that accepts 0-RTT and lowers the limit: PROTOCOL_VIOLATION (section 3)', () => {
  const { pair, release } = resumed(taking(1000), { ...taking(999), admit: () => true })
  pair.run(() => closeOf(pair.client) !== null, 1000)
  const closed = closeOf(pair.client)
  assert.ok(closed?.type === 'closed' && closed.code === 0x0an && /maxDatagramFrameSize is 999 and was 1000/.test(closed.reason))
  release()
})

test('over sockets: a datagram leaves with the first flight, and ondatagram hears that it is early', async () => {
  const heard: [text: string, early: boolean][] = []
  const arrivals = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const endpoint = await listen(
    (session) => {
      session.ondatagram = (datagram, early) => {
        heard.push([Buffer.from(datagram).toString(), early])
        arrivals[heard.length - 1]!.resolve()
      }
    },
    { alpn: 'test', sni: { '*': certificate }, endpoint: { address: '127.0.0.1:0' }, enableEarlyData: true },
  )
  const sessionStore = new MemorySessionStore()
  for (const [visit, arrival] of arrivals.entries()) {
    const session = await dial(`127.0.0.1:${endpoint.address.port}`, { sessionStore, enableEarlyData: true })
    const ticket = Promise.withResolvers<void>()
    session.onsessionticket = () => ticket.resolve()
    assert.equal(session.maxDatagramSize > 0, visit === 1)
    await session.sendDatagram(`visit ${visit}`)
    await Promise.all([arrival.promise, ticket.promise])
    await session.close()
  }
  await endpoint.close()
  assert.deepEqual(heard, [
    ['visit 0', false],
    ['visit 1', true],
  ])
})

// Which keys seal and open, and when they are gone. RFC 9001 sections 4.9 and 5.6.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Side } from '../src/core/streams/stream-id.ts'
import { PacketHeader, parseHeader } from '../src/core/wire/packet-header.ts'
import { connected, say, shakenHands } from './support/connected.ts'
import { newContexts, Pair, type PairOptions } from './support/pair.ts'

/** Types of the packets that each side sent, in order. */
function watched(options: PairOptions = {}): { pair: Pair; sent: Record<Side, string[]> } {
  const sent: Record<Side, string[]> = { client: [], server: [] }
  const header = new PacketHeader()
  const pair = new Pair({
    ...options,
    drop: (from, datagram) => {
      for (let at = 0; at < datagram.length && parseHeader(datagram, at, datagram.length, 8, header) !== null; at = header.end) {
        sent[from].push(header.type)
      }
      return false
    },
  })
  return { pair, sent }
}

test('a client has no Initial keys once it has sent a Handshake packet, a server once it has received one', () => {
  const { pair, sent } = watched()
  assert.ok(pair.run(() => sent.client.includes('handshake')))
  assert.ok(pair.client.connection.spaces.initial.discarded)
  assert.ok(!pair.server.connection.spaces.initial.discarded, 'the packet is still on its way')
  assert.ok(pair.run(() => pair.server.connection.spaces.initial.discarded))
  const heard = sent.server.length
  pair.pass(2000)
  const [first, last] = [sent.client.indexOf('handshake'), sent.client.lastIndexOf('initial')]
  assert.ok(last < first, 'the client says nothing more at that level')
  assert.ok(!sent.server.slice(heard).includes('initial'), 'nor does the server')
  pair.release()
})

test('Handshake keys are gone when the handshake is confirmed', () => {
  const pair = shakenHands()
  for (const { connection } of [pair.client, pair.server]) {
    assert.ok(connection.handshakeConfirmed)
    const { discarded, sealer, opener } = connection.spaces.handshake
    assert.deepEqual([discarded, sealer, opener], [true, null, null])
  }
  pair.release()
})

test('a server never seals 0-RTT packets, and a client opens none', () => {
  const contexts = newContexts()
  const first = new Pair({ contexts })
  assert.ok(first.run(() => first.client.has('ticketReceived')))
  const ticket = first.client.events.find((event) => event.type === 'ticketReceived')!.ticket
  first.release()
  const { pair, sent } = watched({ contexts, ticket, admit: () => true })
  say(pair.client, Buffer.from('early'))
  assert.ok(pair.run(() => pair.server.has('streamReadable')))
  assert.ok(pair.server.connection.spaces.application.earlyOpener !== null)
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  assert.ok(sent.client.includes('0rtt'))
  assert.ok(!sent.server.includes('0rtt'))
  pair.release()
  contexts.client.release()
  contexts.server.release()

  const other = connected()
  const { stats, localIds } = other.client.connection
  const { packets, dropped } = stats
  const id = localIds.first
  other.client.receive(Buffer.from([0xd0, 0, 0, 0, 1, 8, ...id, 8, ...id, 0x40, 40, ...new Uint8Array(40)]), other.now)
  assert.deepEqual([stats.packets, stats.dropped], [packets, dropped + 1])
  other.release()
})

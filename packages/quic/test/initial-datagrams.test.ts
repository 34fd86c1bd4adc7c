// Datagrams with Initial packets are large enough to show that the path carries QUIC. RFC 9000 sections 8.1 and 14.1, RFC 9001 section 9.3.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MIN_INITIAL_DATAGRAM } from '../src/core/limits.ts'
import type { Side } from '../src/core/streams/stream-id.ts'
import { parseHeader } from '../src/core/wire/packet-header.ts'
import { closeOf } from './support/connected.ts'
import { Pair, seeded } from './support/pair.ts'

/** More than a server's Initial packet needs for an acknowledgement and nothing else. */
const ACK_ALONE = 80

/** Sizes of the datagrams that begin with an Initial packet. */
function sizes(seed: number): Record<Side, number[]> {
  const random = seeded(seed)
  const found: Record<Side, number[]> = { client: [], server: [] }
  const pair = new Pair({
    drop: (from, datagram) => {
      if (parseHeader(datagram, 0, datagram.length, 8)?.type === 'initial') found[from].push(datagram.length)
      return random() < 0.3
    },
  })
  assert.ok(
    pair.run(() => pair.client.has('handshakeConfirmed') && pair.server.has('handshakeConfirmed')),
    `seed ${seed}`,
  )
  pair.release()
  return found
}

test('every datagram with an Initial packet has 1200 bytes, first ones, probes and acknowledgements alike; a server may acknowledge in fewer', () => {
  let [first, again] = [0, 0]
  for (let seed = 1; seed <= 30; seed++) {
    const { client, server } = sizes(seed)
    assert.ok(
      client.every((size) => size >= MIN_INITIAL_DATAGRAM),
      `seed ${seed}: a client's datagrams of ${client} bytes`,
    )
    assert.ok(
      server.every((size) => size >= MIN_INITIAL_DATAGRAM || size < ACK_ALONE),
      `seed ${seed}: a server's datagrams of ${server} bytes`,
    )
    first += client.length > 0 ? 1 : 0
    again += client.length > 3 ? 1 : 0
  }
  assert.ok(first === 30 && again > 0, 'among them some that were sent again')
})

test('a path that carries no 1200 bytes carries no connection (section 14)', () => {
  const pair = new Pair({ mtu: () => MIN_INITIAL_DATAGRAM - 1, handshakeTimeoutMillis: 5000 })
  assert.ok(pair.run(() => closeOf(pair.client) !== null))
  assert.deepEqual(closeOf(pair.client), { type: 'handshakeTimeout', afterMillis: 5000 })
  assert.equal(pair.server.connection.stats.packets, 0)
  pair.release()
})

// A server never sends more than three times what it received to an address that nobody has proved to be real. RFC 9000 section 8.1.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AMPLIFICATION_FACTOR } from '../src/core/limits.ts'
import { closeOf, described } from './support/connected.ts'
import { Pair, type PairOptions, seeded } from './support/pair.ts'

/** Timeouts double with each loss in a row: nothing else may end the wait. */
const PATIENT: PairOptions = { handshakeTimeoutMillis: 600_000, client: { maxIdleTimeout: 0 }, server: { maxIdleTimeout: 0 } }

/** A pair that watches what its server sends before a Handshake packet of the client has arrived. */
function watched(options: PairOptions, label: string): Pair {
  let sent = 0
  const pair: Pair = new Pair({
    ...options,
    drop: (from, datagram, index, way) => {
      const { stats, path } = pair.server.connection
      if (from === 'server' && !path.amplification.validated) {
        sent += datagram.length
        assert.ok(sent <= AMPLIFICATION_FACTOR * stats.bytes, `${label}: ${sent} bytes sent, ${stats.bytes} received`)
      }
      return options.drop?.(from, datagram, index, way) ?? false
    },
  })
  return pair
}

test('a silent client gets three datagrams for one, however long the server waits', () => {
  const pair = watched({ drop: (from, _, index) => from === 'server' || index > 0 }, 'silent client')
  pair.run(() => false, 20_000)
  assert.ok(pair.server.connection.recovery.stats.bytesSent <= 3600)
  pair.release()
})

test('a server without a word left hears the client and goes on', () => {
  // Both datagrams of the server's flight are lost until it may send no more; then only the client can end the deadlock.
  let lost = 0
  const pair = watched({ drop: (from) => from === 'server' && lost++ < 5 }, 'deadlock')
  assert.ok(
    pair.run(() => pair.client.has('handshakeConfirmed'), 20_000),
    described(pair),
  )
  pair.release()
})

test('the bound holds under random loss', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = seeded(seed)
    const pair = watched({ drop: () => random() < 0.4, ...PATIENT }, `seed ${seed}`)
    assert.ok(
      pair.run(() => pair.client.has('handshakeConfirmed'), 600_000),
      `seed ${seed}: ${described(pair)}`,
    )
    pair.release()
  }
})

test('a server that refuses says so within the bound', () => {
  const pair = watched({ tamper: (side, encoded) => (side === 'client' ? new Uint8Array(0) : encoded) }, 'refusal')
  assert.ok(pair.run(() => closeOf(pair.client) !== null, 5000))
  assert.ok(pair.server.connection.recovery.stats.bytesSent <= 3600)
  pair.release()
})

test('datagrams that come while closing count, so that a server can still say why', () => {
  const pair = new Pair({ drop: (from) => from === 'server' })
  pair.run(() => pair.server.connection.recovery.stats.bytesSent > 2000, 500)
  const { amplification } = pair.server.connection.path
  const before = amplification.room
  pair.server.connection.close(1n, '', pair.now)
  pair.run(() => amplification.room > before, 5000)
  assert.ok(amplification.room > before)
  pair.release()
})

test('data that a server sends early does not keep the rest of its lost ServerHello from going out', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = seeded(seed)
    const pair = watched({ drop: () => random() < 0.25, delayMillis: 1 + Math.floor(random() * 60), ...PATIENT }, `seed ${seed}`)
    pair.onevent = (end, event) => {
      if (end.side !== 'server' || event.type !== 'streamsAllowed' || event.direction !== 'uni') return
      // More than the congestion window holds; the client cannot acknowledge any of it before it has read the ServerHello.
      end.connection.streams.openStream('uni')!.send!.write(Buffer.alloc(100_000))
    }
    assert.ok(
      pair.run(() => pair.client.has('handshakeConfirmed'), 600_000),
      `seed ${seed}: ${described(pair)}`,
    )
    pair.release()
  }
})

// A NAT that gives the client another port while the server sends as much as it may. RFC 9000 section 9.3.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, shakenHands } from './support/connected.ts'
import type { Pair } from './support/pair.ts'

const MOMENTS = 60

/** With a round trip so long the pacer lets a packet out every few milliseconds, so that most moments find it holding back. */
const DELAY_MILLIS = 100

test('the first packet to a new address asks whether the client is there, whatever window and pacing hold back (section 9.3)', () => {
  for (let moment = 0; moment < MOMENTS; moment++) {
    let isFirst = true
    let asked = false
    const pair: Pair = shakenHands({
      delayMillis: DELAY_MILLIS,
      drop: (from, _datagram, _index, { to }) => {
        if (from === 'server' && to.port === 2000 && isFirst) {
          isFirst = false
          asked = !pair.server.connection.path.validation.wantsToSend && pair.server.connection.path.validation.pending
        }
        return false
      },
    })
    open(pair.server, 'uni').send!.write(Buffer.alloc(4_000_000))
    for (let at = 1; at < 1000; at++) pair.after(at, () => (pair.client.connection.spaces.application.pingWanted = true))
    const millis = 3 * DELAY_MILLIS + 7 * moment
    pair.pass(millis)
    pair.client.sockets[0]!.rebind('192.0.2.1', 2000)
    pair.run(() => !isFirst, 2000)
    assert.ok(!isFirst, 'the server follows')
    assert.ok(asked, `the server sent something else first, ${millis} ms after the transfer began`)
    pair.release()
  }
})

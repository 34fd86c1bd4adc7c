// A receiver that acknowledges packets before they arrive, so that the sender takes the path for faster than it is. RFC 9000 section 21.4, CVE-2025-4820.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeOf, connected, read, say } from './support/connected.ts'
import { Hostile } from './support/hostile.ts'
import type { End } from './support/pair.ts'

/** The largest number of a 1-RTT packet that an end has sent, which an attacker guesses. */
function watchNumbers(end: End): { largest: number } {
  const { keyPhases } = end.connection
  const watched = { largest: -1 }
  const sent = keyPhases.sent.bind(keyPhases)
  keyPhases.sent = (number, acknowledging) => {
    watched.largest = number
    sent(number, acknowledging)
  }
  return watched
}

test('who acknowledges everything, seen or not, is found out before the window has grown far', () => {
  const pair = connected()
  const hostile = new Hostile(pair)
  const numbers = watchNumbers(pair.server)
  const { recovery } = pair.server.connection
  say(pair.server, Buffer.alloc(3_000_000), 'uni')
  hostile.listen()
  for (let rounds = 0; hostile.verdict === null && rounds < 1000; rounds++) {
    hostile.send([{ type: 'ack', delay: 0, ranges: [{ smallest: 0, largest: numbers.largest }], ecn: null }]).listen(1)
  }
  assert.equal(hostile.verdict, 'PROTOCOL_VIOLATION')
  assert.ok(recovery.stats.packetsSent <= 600, `${recovery.stats.packetsSent}`)
  pair.release()
})

test('numbers left out cost an honest peer nothing', () => {
  const pair = connected()
  const numbers = watchNumbers(pair.server)
  const { recovery } = pair.server.connection
  say(pair.server, Buffer.alloc(3_000_000), 'uni')
  let received = 0
  pair.onevent = (end, event) => {
    if (event.type === 'streamReadable') received += read(end, event.stream).length
  }
  assert.ok(pair.run(() => received === 3_000_000))
  const leftOut = numbers.largest + 1 - recovery.stats.packetsSent
  assert.ok(leftOut > 0 && leftOut < 40, `${leftOut} of ${numbers.largest}`)
  assert.deepEqual([recovery.stats.packetsLost, recovery.stats.probeTimeouts], [0, 0])
  assert.equal(closeOf(pair.client), null)
  pair.release()
})

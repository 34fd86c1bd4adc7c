// A client's Finished gets lost while its 1-RTT data fills the window, which nothing times before the handshake is confirmed. RFC 9002 section 6.2.1.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Copa } from '../src/core/congestion/copa.ts'
import { parseHeader } from '../src/core/wire/packet-header.ts'
import { at, described, read, say } from './support/connected.ts'
import { Pair } from './support/pair.ts'

const BYTES = 200_000
/** Of the client's datagrams that hold a Handshake packet, so many are lost or not. */
const FATES = 4

function holdsHandshakePacket(datagram: Buffer): boolean {
  for (let start = 0; start < datagram.length; ) {
    const header = parseHeader(datagram, start, datagram.length, 8)
    if (header === null) return false
    if (header.type === 'handshake') return true
    start = header.end
  }
  return false
}

test(`whichever of the client's first ${FATES} Handshake datagrams are lost, the upload arrives`, () => {
  for (let fates = 0; fates < 1 << FATES; fates++) {
    let seen = 0
    const pair = new Pair({
      // Copa does not shrink its window for a loss, and so gets no packet beyond it either: RFC 9002 section 7.3.2.
      controller: () => new Copa(1200),
      drop: (from, datagram) => from === 'client' && holdsHandshakePacket(datagram) && ((fates >> seen++) & 1) === 1,
    })
    assert.ok(pair.run(() => pair.client.has('handshakeCompleted')))
    const stream = say(pair.client, Buffer.alloc(BYTES), 'uni')
    let received = 0
    const done = pair.run(() => {
      if (pair.server.connection.streams.find(stream.id) !== undefined) received += read(pair.server, at(pair.server, stream)).length
      return received === BYTES
    }, 20_000)
    assert.ok(done, `fates ${fates.toString(2)}: ${received} bytes arrived; ${described(pair)}`)
    pair.release()
  }
})

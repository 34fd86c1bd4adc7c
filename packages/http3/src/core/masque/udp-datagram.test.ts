import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_UDP_PAYLOAD } from './limits.ts'
import { decodeUdpDatagram, encodeUdpDatagram } from './udp-datagram.ts'

test('a UDP payload goes behind context 0, whatever its size (RFC 9298 section 5)', () => {
  for (const size of [0, 1, 1200, MAX_UDP_PAYLOAD]) {
    const payload = new Uint8Array(size).fill(5)
    assert.deepEqual(decodeUdpDatagram(encodeUdpDatagram(payload)), payload)
  }
})

test('other contexts are not for us, and no context is an error', () => {
  for (const context of [[1], [0x3f], [0x40, 1], [0xff, 255, 255, 255, 255, 255, 255, 255]])
    assert.equal(decodeUdpDatagram(Uint8Array.of(...context, 1, 2)), null)
  for (const cut of [[], [0x40], [0xc0, 0, 0]])
    assert.throws(() => decodeUdpDatagram(Uint8Array.from(cut)), { code: 'H3_DATAGRAM_ERROR', scope: 'stream' })
  assert.throws(() => decodeUdpDatagram(new Uint8Array(MAX_UDP_PAYLOAD + 2)), { code: 'H3_DATAGRAM_ERROR', scope: 'stream' })
})

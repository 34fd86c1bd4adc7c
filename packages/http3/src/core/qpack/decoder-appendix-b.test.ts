// The exchange of RFC 9204 appendix B, read by our decoder. What our encoder makes of it: encoder-appendix-b.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QpackDecoder } from './decoder.ts'

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const hex = (value: Uint8Array | null) => (value === null ? null : Buffer.from(value).toString('hex'))

test('the decoder follows the example exchange from its first literal to its last eviction (RFC 9204 appendix B)', () => {
  const decoder = new QpackDecoder({ maxTableCapacity: 220, blockedStreams: 2, maxFieldSectionSize: 1000 })

  // B.1 a literal with a name reference
  assert.deepEqual(decoder.decode(0, bytes('0000 510b 2f69 6e64 6578 2e68 746d 6c')), [':path', '/index.html'])
  assert.equal(decoder.takeInstructions(), null)

  // B.2 the dynamic table; the section comes first, and waits
  const section = bytes('0381 10 11')
  assert.equal(decoder.decode(4, section), null)
  const insertions = '3fbd01 c00f 7777 772e 6578 616d 706c 652e 636f 6d c10c 2f73 616d 706c 652f 7061 7468'
  assert.deepEqual(decoder.receiveEncoderStream(bytes(insertions)), [4])
  assert.deepEqual(decoder.decode(4, section), [':authority', 'www.example.com', ':path', '/sample/path'])
  assert.equal(hex(decoder.takeInstructions()), '84')

  // B.3 a speculative insert
  assert.deepEqual(decoder.receiveEncoderStream(bytes('4a63 7573 746f 6d2d 6b65 790c 6375 7374 6f6d 2d76 616c 7565')), [])
  assert.equal(hex(decoder.takeInstructions()), '01')

  // B.4 a duplicate, and a stream that is cancelled while it waits
  assert.equal(decoder.decode(8, bytes('0500 80 c1 81')), null)
  decoder.cancel(8)
  assert.equal(hex(decoder.takeInstructions()), '48')
  assert.deepEqual(decoder.receiveEncoderStream(bytes('02')), [])
  assert.deepEqual(decoder.decode(12, bytes('0500 80 c1 81')), [
    ':authority',
    'www.example.com',
    ':path',
    '/',
    'custom-key',
    'custom-value',
  ])

  // B.5 an insert that evicts
  assert.deepEqual(decoder.receiveEncoderStream(bytes('810d 6375 7374 6f6d 2d76 616c 7565 32')), [])
  // Base 5: 5 - 1 - 3 is the oldest that is left, and the one before it is gone.
  assert.deepEqual(decoder.decode(16, bytes('0600 80 83')), ['custom-key', 'custom-value2', ':path', '/sample/path'])
  assert.throws(() => decoder.decode(20, bytes('0600 84')), { code: 'QPACK_DECOMPRESSION_FAILED', scope: 'connection' })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFrames } from './frames.ts'

const read = (hex: string) => readFrames(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

for (const [what, hex, expected] of [
  ['ACK with two ranges', '02 05 00 01 01 00 02', [['ACK', [5, 0, 1, 0, 2], '']]],
  ['ACK with ECN counts', '03 05 00 00 01 07 08 09', [['ACK_ECN', [5, 0, 1, 7, 8, 9], '']]],
  [
    'STREAM with offset and length, then PING',
    '0e 04 08 02 abcd 01',
    [
      ['STREAM', [4, 8], 'abcd'],
      ['PING', [], ''],
    ],
  ],
  ['STREAM to the end of the packet', '08 04 abcdef', [['STREAM', [4], 'abcdef']]],
  ['NEW_CONNECTION_ID', `18 01 00 02 beef ${'00'.repeat(16)}`, [['NEW_CONNECTION_ID', [1, 0], 'beef']]],
  ['PATH_CHALLENGE among PADDING', '00 1a 0102030405060708 00', [['PATH_CHALLENGE', [], '0102030405060708']]],
  ['a length of four bytes', '06 80000000 80000001 aa', [['CRYPTO', [0], 'aa']]],
] as const) {
  test(`reads ${what}`, () => {
    assert.deepEqual(
      read(hex)?.map(({ name, numbers, bytes }) => [name, numbers, bytes.toString('hex')]),
      expected,
    )
  })
}

test('a payload that is cut, and one with an unknown frame, are none', () => {
  for (const hex of ['06 00 05 aa', '02 05', '1a 0102', '21']) assert.equal(read(hex), null)
})

// What a hostile encoder can try. RFC 9204 section 2.2, 4.3, 4.5.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QpackDecoder } from './decoder.ts'
import { QpackEncoder } from './encoder.ts'
import { MAX_BLOCKED_BYTES } from './limits.ts'

const OURS = { maxTableCapacity: 220, blockedStreams: 2, maxFieldSectionSize: 4096 }
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const hex = (value: Uint8Array | null) => (value === null ? null : Buffer.from(value).toString('hex'))
const FAILED = { code: 'QPACK_DECOMPRESSION_FAILED', scope: 'connection' }
const STREAM_ERROR = { code: 'QPACK_ENCODER_STREAM_ERROR', scope: 'connection' }

/** A capacity of 220, and custom-key: custom-value in the table. */
const INSERTION = '3fbd01 4a63 7573 746f 6d2d 6b65 790c 6375 7374 6f6d 2d76 616c 7565'

function withEntry(): QpackDecoder {
  const decoder = new QpackDecoder(OURS)
  decoder.receiveEncoderStream(bytes(INSERTION))
  assert.equal(hex(decoder.takeInstructions()), '01')
  return decoder
}

/** Field sections that no encoder which keeps the rules writes; with one entry inserted, of 6 that the table could have. */
const BAD_SECTIONS: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'no Base': '00',
  'an encoded Required Insert Count beyond twice the table (section 4.5.1.1)': '0e 00',
  'a Required Insert Count that is too far away to be meant': '09 00',
  'a Required Insert Count of 0 that is not written as 0': '01 00',
  'a Base below zero (section 4.5.1.2)': '02 81 80',
  'a static index that does not exist': '0000 ff24',
  'the name of a static index that does not exist': '0000 5f54 00',
  'an entry at the Required Insert Count, which is 0 (section 2.2.3)': '0001 80',
  'an entry by post-Base index that is not there': '0200 11',
  'an entry below zero': '0200 81',
  'a name by post-Base index that is not there': '0200 01 00',
  'a name reference to what is not there': '0200 4f00 00',
  'a string longer than the section': '0000 23 61',
  'a literal without a value': '0000 51',
  'an integer cut short': '0000 ff',
  'an integer of more than 62 bits': '0000 ff ffffffffffffffffff7f',
  'an integer of endless zeros': '0000 ff 8080808080808080808080808000',
  'a Huffman-encoded value with EOS': '0000 51 84 ffffffff',
  'a Huffman-encoded value padded with zeros': '0000 51 81 18',
  'a Huffman-encoded value padded with a byte too many': '0000 51 82 1fff',
}

for (const [what, section] of Object.entries(BAD_SECTIONS)) {
  test(`a field section is refused: ${what}`, () => {
    assert.throws(() => withEntry().decode(0, bytes(section)), FAILED)
  })
}

/** Encoder streams against the rules. */
const BAD_INSTRUCTIONS: Readonly<Record<string, string>> = {
  'a capacity over the limit (section 4.3.1)': '3fbe01',
  'a capacity of 2^62': '3f e1ffffffffffffff3f',
  'an insertion before there is a capacity': 'c0 00',
  'an entry larger than the capacity (section 3.2.2)': `3f 01 c0 0a ${'61'.repeat(10)}`,
  'a string announced that no entry could hold, before it comes': '3fbd01 c0 7f ff07',
  'a name announced that no entry could hold': '3fbd01 5f ff07',
  'a static index that does not exist': '3fbd01 ff24 00',
  'a relative index that does not exist': '3fbd01 80 00',
  'a duplicate of nothing': '3fbd01 00',
  'a duplicate of an entry that was evicted': `${INSERTION} 20 3fbd01 00`,
  'an integer of more than 62 bits': '3f ffffffffffffffffff7f',
  'a Huffman-encoded value with EOS': '3fbd01 c0 84 ffffffff',
}

for (const [what, instructions] of Object.entries(BAD_INSTRUCTIONS)) {
  test(`the encoder stream ends the connection, in one piece and byte by byte: ${what}`, () => {
    assert.throws(() => new QpackDecoder(OURS).receiveEncoderStream(bytes(instructions)), STREAM_ERROR)
    const decoder = new QpackDecoder(OURS)
    assert.throws(() => {
      for (const byte of bytes(instructions)) decoder.receiveEncoderStream(Uint8Array.of(byte))
    }, STREAM_ERROR)
  })
}

test('instructions may be cut anywhere', () => {
  const all = bytes(`${INSERTION} 3fbd01 02`.slice(0, -2))
  for (let cut = 0; cut <= all.length; cut++) {
    const decoder = new QpackDecoder(OURS)
    decoder.receiveEncoderStream(all.subarray(0, cut))
    decoder.receiveEncoderStream(all.subarray(cut))
    assert.deepEqual(decoder.decode(0, bytes('0200 80')), ['custom-key', 'custom-value'], `cut at ${cut}`)
  }
})

test('a section that was too large is counted as it is read: few bytes do not become many (CVE-2025-64702, CVE-2026-40898)', () => {
  const decoder = new QpackDecoder({ maxTableCapacity: 4096, blockedStreams: 0, maxFieldSectionSize: 65_536 })
  const encoder = new QpackEncoder()
  encoder.applySettings({ maxTableCapacity: 4096, blockedStreams: 0 })
  // An entry of 4000 bytes, and a section of 2000 bytes that names it 2000 times: 8 MB.
  decoder.receiveEncoderStream(bytes(`3fe11f 41 61 7fa11e ${'62'.repeat(4000)}`))
  decoder.takeInstructions()
  const tooLarge = { code: 'H3_EXCESSIVE_LOAD', scope: 'stream' }
  assert.throws(() => decoder.decode(0, bytes(`0200 ${'80'.repeat(2000)}`)), tooLarge)
  assert.equal(hex(decoder.takeInstructions()), '80', 'it is done with, and the entry may go')
  assert.throws(() => decoder.decode(4, bytes(`0200 ${'80'.repeat(17)}`)), tooLarge)
  assert.equal(decoder.decode(8, bytes(`0200 ${'80'.repeat(16)}`))!.length, 32, '16 x 4033 fit 65536')
  // A line of nothing still counts 32: cookie with an empty value, two bytes static.
  assert.throws(() => decoder.decode(12, bytes(`0000 ${'c5'.repeat(1725)}`)), tooLarge)
  assert.equal(decoder.decode(12, bytes(`0000 ${'c5'.repeat(1724)}`))!.length, 3448)
})

test('a Huffman-encoded string stops where the section has no room for more', () => {
  const decoder = new QpackDecoder({ ...OURS, maxFieldSectionSize: 100 })
  // 70 times "0", 5 bits each.
  const value = `${'00'.repeat(43)}07`
  assert.throws(() => decoder.decode(0, bytes(`0000 51 ac ${value}`)), { code: 'H3_EXCESSIVE_LOAD', scope: 'stream' })
})

test('no more streams wait than our own setting says, whatever the peer says of itself (XQUIC #838; RFC 9204 section 2.1.2)', () => {
  const decoder = new QpackDecoder(OURS)
  assert.equal(decoder.decode(0, bytes('0200 80')), null)
  assert.equal(decoder.decode(4, bytes('0200 80')), null)
  assert.equal(decoder.decode(4, bytes('0200 80')), null, 'one that waits already is not one more')
  assert.throws(() => decoder.decode(8, bytes('0200 80')), FAILED)
})

test('with no blocked streams allowed none may wait', () => {
  assert.throws(() => new QpackDecoder({ ...OURS, blockedStreams: 0 }).decode(0, bytes('0200 80')), FAILED)
})

test('what waits is bounded in bytes too, and given free when it waits no more', () => {
  const decoder = new QpackDecoder({ ...OURS, blockedStreams: 100 })
  const large = new Uint8Array(MAX_BLOCKED_BYTES / 2)
  large.set([2, 0])
  assert.equal(decoder.decode(0, large), null)
  assert.equal(decoder.decode(4, large), null)
  assert.throws(() => decoder.decode(8, bytes('0200 80')), { code: 'H3_EXCESSIVE_LOAD', scope: 'connection' })
  decoder.cancel(0)
  assert.equal(decoder.decode(8, bytes('0200 80')), null)
  assert.deepEqual(decoder.receiveEncoderStream(bytes(INSERTION)), [4, 8])
  assert.equal(decoder.decode(12, bytes('0300 80')), null)
})

test('streams that need more than has come go on waiting', () => {
  const decoder = new QpackDecoder(OURS)
  assert.equal(decoder.decode(0, bytes('0300 80')), null)
  assert.equal(decoder.decode(4, bytes('0200 80')), null)
  assert.deepEqual(decoder.receiveEncoderStream(bytes(INSERTION)), [4])
  assert.deepEqual(decoder.receiveEncoderStream(bytes('00')), [0])
})

test('the Required Insert Count wraps, and is understood across the wrap (RFC 9204 section 4.5.1.1)', () => {
  const decoder = withEntry()
  for (let count = 2; count < 100; count++) {
    decoder.receiveEncoderStream(bytes('00'))
    const encodedCount = ((count % 12) + 1).toString(16).padStart(2, '0')
    assert.deepEqual(decoder.decode(0, bytes(`${encodedCount}00 80`)), ['custom-key', 'custom-value'], `count ${count}`)
  }
})

test('acknowledgements say what arrived, once (RFC 9204 section 4.4)', () => {
  const decoder = withEntry()
  assert.equal(decoder.takeInstructions(), null)
  decoder.receiveEncoderStream(bytes('00 00'))
  decoder.decode(4, bytes('0300 80'))
  assert.equal(hex(decoder.takeInstructions()), '8401', 'the section acknowledges two insertions, the increment the third')
  decoder.cancel(8)
  assert.equal(hex(decoder.takeInstructions()), '48')
})

test('a decoder without a table has nothing to cancel', () => {
  const decoder = new QpackDecoder({ ...OURS, maxTableCapacity: 0 })
  decoder.cancel(8)
  assert.equal(decoder.takeInstructions(), null)
})

test('a peer that does not read the decoder stream is stopped', () => {
  const decoder = new QpackDecoder(OURS)
  assert.throws(
    () => {
      for (let stream = 0; stream < 1_000_000; stream += 4) decoder.cancel(stream)
    },
    { code: 'H3_EXCESSIVE_LOAD', scope: 'connection' },
  )
})

test('a flood of insertions leaves a table of its capacity behind (CVE-2024-32760)', () => {
  const decoder = withEntry()
  const insertions = bytes('4a63 7573 746f 6d2d 6b65 790c 6375 7374 6f6d 2d76 616c 7565'.repeat(1000))
  for (let round = 0; round < 20; round++) decoder.receiveEncoderStream(insertions)
  // 4 entries of 54 bytes are left of 20 001; 20001 mod 12 + 1 is 10. The fifth is gone.
  assert.equal(decoder.decode(0, bytes('0a00 80 81 82 83'))!.length, 8)
  assert.throws(() => decoder.decode(4, bytes('0a00 84')), FAILED)
})

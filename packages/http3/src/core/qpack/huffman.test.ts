import assert from 'node:assert/strict'
import { test } from 'node:test'
import { huffmanDecode, huffmanEncode, huffmanSize } from './huffman.ts'
import { CODE_LENGTHS, CODES } from './huffman-code.ts'

function encoded(text: string): Uint8Array {
  const bytes = new Uint8Array(huffmanSize(text))
  assert.equal(huffmanEncode(text, bytes, 0), bytes.length)
  return bytes
}

function decoded(bytes: Uint8Array, limit = 4 * bytes.length): string | null {
  const target = Buffer.alloc(limit)
  const length = huffmanDecode(bytes, 0, bytes.length, target, limit)
  return length < 0 ? null : target.toString('latin1', 0, length)
}

/** Bits as text, as bytes. */
function ofBits(bits: string): Uint8Array {
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
}

const bitsOf = (symbol: number) => CODES[symbol]!.toString(2).padStart(CODE_LENGTHS[symbol]!, '0')

test('strings are encoded as in the examples (RFC 7541 appendix C.4 and C.6)', () => {
  const examples = {
    'www.example.com': 'f1e3c2e5f23a6ba0ab90f4ff',
    'no-cache': 'a8eb10649cbf',
    'custom-value': '25a849e95bb8e8b4bf',
    'Mon, 21 Oct 2013 20:13:21 GMT': 'd07abe941054d444a8200595040b8166e082a62d1bff',
    'https://www.example.com': '9d29ad171863c78f0b97c8e9ae82ae43d3',
    'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1':
      '94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
  }
  for (const [text, hex] of Object.entries(examples)) {
    assert.equal(Buffer.from(encoded(text)).toString('hex'), hex)
    assert.equal(decoded(Buffer.from(hex, 'hex')), text)
  }
})

test('every octet comes back, alone and in the company of every other', () => {
  const all = String.fromCharCode(...Array(256).keys())
  assert.equal(decoded(encoded(all)), all)
  for (let first = 0; first < 256; first++) {
    const text = [...all].map((second) => String.fromCharCode(first) + second).join('')
    assert.equal(decoded(encoded(text)), text, `octet ${first}`)
  }
})

test('EOS in a string is refused, wherever it stands (RFC 7541 section 5.2)', () => {
  const eos = '1'.repeat(30)
  assert.throws(() => decoded(ofBits(`${eos}11`)), { code: 'OUT_OF_RANGE', message: /EOS/ })
  assert.throws(() => decoded(ofBits(`${bitsOf(97)}${eos}${bitsOf(97)}`.padEnd(40, '1'))), { message: /EOS/ })
})

test('padding is 7 ones at most (RFC 7541 section 5.2)', () => {
  const a = bitsOf(0x61)
  assert.equal(decoded(ofBits(`${a}111`)), 'a')
  assert.throws(() => decoded(ofBits(`${a}11111111111`)), { code: 'OUT_OF_RANGE' }, 'a byte of ones too many')
  assert.throws(() => decoded(ofBits('11111111')), { code: 'OUT_OF_RANGE' }, 'nothing but padding')
  assert.throws(() => decoded(ofBits(`${a}110`)), { code: 'OUT_OF_RANGE' }, 'a zero in it')
  assert.throws(() => decoded(ofBits(`${a}111${'1'.repeat(16)}`)), { code: 'OUT_OF_RANGE' }, 'two bytes of ones too many')
  assert.equal(decoded(new Uint8Array(0)), '')
})

test('a string cut anywhere is shorter, or refused, and never what it was', () => {
  const text = 'a string with some rare characters: \\ \x01 \xfe and more'
  const bytes = encoded(text)
  for (let length = 0; length < bytes.length; length++) {
    try {
      assert.ok(text.startsWith(decoded(bytes.subarray(0, length))!) && decoded(bytes.subarray(0, length)) !== text)
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'OUT_OF_RANGE')
    }
  }
})

test('decoding stops where the limit is passed', () => {
  const bytes = encoded('a'.repeat(1000))
  const target = new Uint8Array(10)
  assert.equal(huffmanDecode(bytes, 0, bytes.length, target, 10), -1)
  assert.equal(decoded(bytes, 1000), 'a'.repeat(1000))
  assert.equal(decoded(bytes, 999), null)
})

test('a character beyond Latin-1 is the mistake of the caller', () => {
  for (const text of ['\u0100', 'a\u0101', '\ud83d\ude00']) assert.throws(() => huffmanSize(text), TypeError)
})

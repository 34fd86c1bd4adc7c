// The exchange of RFC 9204 appendix B, as our encoder has it with the appendix's decoder. Two choices differ: strings are Huffman-encoded where that is shorter,
// and the Base is that of before the insertions for a section. So what goes to the encoder stream is the appendix's to the byte once strings are written as
// ours are, sections say the same, and the decoder's table is the appendix's after each step.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldSection } from '../fields/field-section.ts'
import { QpackDecoder } from './decoder.ts'
import { ENTRY_OVERHEAD } from './dynamic-table.ts'
import { QpackEncoder } from './encoder.ts'
import { GrowingBytes } from './growing-bytes.ts'
import type { Indexing } from './indexing-policy.ts'
import { writeString } from './string-literal.ts'

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const hex = (value: Uint8Array | null): string | null => (value === null ? null : Buffer.from(value).toString('hex'))

/** Bytes, or a string literal: the pattern of its first byte, how many bits of it are the length's, and the text. */
type Part = string | readonly [pattern: number, bits: number, text: string]

/** As the appendix has it: no string is Huffman-encoded. */
function plainly(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part
      const [pattern, , text] = part
      return Buffer.from([pattern | text.length, ...Buffer.from(text)]).toString('hex')
    })
    .join('')
}

/** As we write strings. */
function compactly(parts: readonly Part[]): string {
  const out = new GrowingBytes()
  for (const part of parts) {
    if (typeof part === 'string') out.bytes(bytes(part))
    else writeString(out, ...part)
  }
  return hex(out.take())!
}

/** Inserts what the appendix inserts, and duplicates what stands in the oldest third, as the appendix does. */
const APPENDIX: Indexing = {
  drainingShare: 3,
  isSensitive: () => false,
  isWorthInserting: (_, value) => value !== '/index.html',
  isNameWorthInserting: () => false,
}

/** Our encoder, the appendix's decoder, and another that is fed the same insertions, so that one can look into its table. */
class Exchange {
  readonly encoder = new QpackEncoder({ indexing: APPENDIX })
  readonly decoder = Exchange.#newDecoder()
  readonly #mirror = Exchange.#newDecoder()
  #inserted = 0

  static #newDecoder(): QpackDecoder {
    return new QpackDecoder({ maxTableCapacity: 220, blockedStreams: 2, maxFieldSectionSize: 1000 })
  }

  constructor() {
    this.encoder.applySettings({ maxTableCapacity: 220, blockedStreams: 2 })
  }

  /** Carries what waits for the encoder stream, which is what the appendix has there: `insertions` lines of it. Returns it as the decoder hears it. */
  said(insertions: number, appendix: string, parts: readonly Part[]): Uint8Array {
    assert.equal(plainly(parts), appendix.replaceAll(' ', ''), 'the parts are those of the appendix')
    const instructions = this.encoder.takeInstructions()
    assert.equal(hex(instructions), compactly(parts))
    this.#mirror.receiveEncoderStream(instructions!)
    this.#inserted += insertions
    return instructions!
  }

  answered(appendix: string): void {
    const answer = this.decoder.takeInstructions()
    assert.equal(hex(answer), appendix)
    this.encoder.receiveDecoderStream(answer!)
  }

  /** The table is this one, with the absolute index of each entry, and counts so many bytes. */
  table(size: number, entries: readonly (readonly [absolute: number, name: string, value: string])[]): void {
    const found: [number, string, string][] = []
    for (let absolute = 0; absolute < this.#inserted; absolute++) {
      // Required Insert Count and Base: all that was inserted; then an indexed line. Sections 4.5.1 and 4.5.2.
      const section = Uint8Array.of((this.#inserted % 12) + 1, 0, 0x80 | (this.#inserted - 1 - absolute))
      try {
        const [name, value] = this.#mirror.decode(0, section)!
        found.push([absolute, name!, value!])
      } catch (error) {
        assert.equal((error as { code: string }).code, 'QPACK_DECOMPRESSION_FAILED')
      }
    }
    assert.deepEqual(found, entries)
    assert.equal(
      found.reduce((sum, [, name, value]) => sum + name.length + value.length + ENTRY_OVERHEAD, 0),
      size,
    )
  }
}

const AUTHORITY = [':authority', 'www.example.com'] as const
const PATH = [':path', '/sample/path'] as const
const CUSTOM = ['custom-key', 'custom-value'] as const

test('our encoder has the exchange of RFC 9204 appendix B with its decoder, step by step', () => {
  const exchange = new Exchange()
  const { encoder, decoder } = exchange

  // B.1: a literal with a name reference.
  const literal: readonly Part[] = ['000051', [0, 7, '/index.html']]
  assert.equal(plainly(literal), '0000510b2f696e6465782e68746d6c')
  const first = encoder.encode(0, [':path', '/index.html'])
  assert.equal(hex(first), compactly(literal))
  assert.equal(encoder.takeInstructions(), null)
  assert.deepEqual(decoder.decode(0, first), [':path', '/index.html'])
  assert.equal(decoder.takeInstructions(), null)
  exchange.table(0, [])

  // B.2: two insertions, and a section that refers to both and may come before them.
  const second = encoder.encode(4, [...AUTHORITY, ...PATH])
  assert.equal(hex(second), '03811011', 'the section is the appendix’s')
  assert.equal(decoder.decode(4, second), null)
  const insertions = exchange.said(2, '3fbd01 c00f7777772e6578616d706c652e636f6d c10c2f73616d706c652f70617468', [
    '3fbd01c0',
    [0, 7, 'www.example.com'],
    'c1',
    [0, 7, '/sample/path'],
  ])
  assert.deepEqual(decoder.receiveEncoderStream(insertions), [4])
  assert.deepEqual(decoder.decode(4, second), [...AUTHORITY, ...PATH])
  exchange.answered('84')
  exchange.table(106, [
    [0, ...AUTHORITY],
    [1, ...PATH],
  ])

  // B.3: an insertion that arrives before anything refers to it. Ours is made for a section, which comes later.
  const later = encoder.encode(100, CUSTOM as FieldSection)
  decoder.receiveEncoderStream(
    exchange.said(1, '4a637573746f6d2d6b6579 0c637573746f6d2d76616c7565', [
      [0x40, 5, 'custom-key'],
      [0, 7, 'custom-value'],
    ]),
  )
  exchange.answered('01')
  assert.deepEqual(decoder.decode(100, later), CUSTOM)
  exchange.answered('e4')
  exchange.table(160, [
    [0, ...AUTHORITY],
    [1, ...PATH],
    [2, ...CUSTOM],
  ])

  // B.4: a duplicate that is late, and a stream that is cancelled meanwhile.
  const fields = [...AUTHORITY, ':path', '/', ...CUSTOM]
  const fourth = encoder.encode(8, fields)
  assert.equal(decoder.decode(8, fourth), null)
  decoder.cancel(8)
  exchange.answered('48')
  decoder.receiveEncoderStream(exchange.said(1, '02', ['02']))
  // The appendix's 0500 80 c1 81 has Base 4; ours has Base 3, and the duplicate behind it.
  assert.equal(hex(fourth), '058010c180')
  assert.deepEqual(decoder.decode(12, fourth), fields)
  assert.deepEqual(decoder.decode(12, bytes('050080c181')), fields)
  exchange.table(217, [
    [0, ...AUTHORITY],
    [1, ...PATH],
    [2, ...CUSTOM],
    [3, ...AUTHORITY],
  ])

  // B.5: an insertion that evicts, with the name of an entry.
  const last = encoder.encode(16, ['custom-key', 'custom-value2'])
  decoder.receiveEncoderStream(exchange.said(1, '810d637573746f6d2d76616c756532', ['81', [0, 7, 'custom-value2']]))
  assert.deepEqual(decoder.decode(16, last), ['custom-key', 'custom-value2'])
  exchange.table(215, [
    [1, ...PATH],
    [2, ...CUSTOM],
    [3, ...AUTHORITY],
    [4, 'custom-key', 'custom-value2'],
  ])
})

test('with choices of its own it says the same with fewer bytes of table, and every section is read as it was meant', () => {
  const encoder = new QpackEncoder()
  encoder.applySettings({ maxTableCapacity: 220, blockedStreams: 2 })
  const decoder = new QpackDecoder({ maxTableCapacity: 220, blockedStreams: 2, maxFieldSectionSize: 1000 })
  const sections: FieldSection[] = [
    [':path', '/index.html'],
    [...AUTHORITY, ...PATH],
    CUSTOM,
    [...AUTHORITY, ':path', '/', ...CUSTOM],
    ['custom-key', 'custom-value2'],
  ]
  for (const [index, fields] of sections.entries()) {
    const section = encoder.encode(4 * index, fields)
    const instructions = encoder.takeInstructions()
    if (instructions !== null) decoder.receiveEncoderStream(instructions)
    assert.deepEqual(decoder.decode(4 * index, section), fields)
    const answer = decoder.takeInstructions()
    if (answer !== null) encoder.receiveDecoderStream(answer)
  }
})

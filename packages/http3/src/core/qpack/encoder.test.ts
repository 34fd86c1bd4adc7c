// What the encoder owes to the decoder, and what a hostile decoder can try. RFC 9204 section 2.1, 4.4.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QpackDecoder } from './decoder.ts'
import { QpackEncoder } from './encoder.ts'
import { MAX_UNACKNOWLEDGED_SECTIONS } from './limits.ts'

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const hex = (value: Uint8Array | null) => (value === null ? null : Buffer.from(value).toString('hex'))
const STREAM_ERROR = { code: 'QPACK_DECODER_STREAM_ERROR', scope: 'connection' }
const AGENT = ['user-agent', 'Mozilla/5.0 (X11; Linux x86_64)']

function encoderFor(maxTableCapacity = 4096, blockedStreams = 16): QpackEncoder {
  const encoder = new QpackEncoder()
  encoder.applySettings({ maxTableCapacity, blockedStreams })
  return encoder
}

/** Whether the section refers to the dynamic table. */
const refers = (section: Uint8Array) => section[0] !== 0

test('before the settings are known, and without a table, there are no instructions (RFC 9204 section 3.2.3)', () => {
  for (const encoder of [new QpackEncoder(), encoderFor(0, 0), encoderFor(0, 100)]) {
    for (let stream = 0; stream < 20; stream += 4) assert.ok(!refers(encoder.encode(stream, AGENT)))
    assert.equal(encoder.takeInstructions(), null)
  }
})

test('lines of the static table are a byte or two', () => {
  assert.equal(hex(new QpackEncoder().encode(0, [':method', 'GET', ':scheme', 'https', ':path', '/'])), '0000d1d7c1')
  assert.equal(hex(new QpackEncoder().encode(0, ['x-frame-options', 'deny'])), '0000ff22')
})

test('what is not known to have arrived is referred to on as many streams as may be blocked (RFC 9204 section 2.1.2)', () => {
  const encoder = encoderFor(4096, 2)
  assert.deepEqual(
    [0, 4, 8, 4, 12].map((stream) => refers(encoder.encode(stream, AGENT))),
    [true, true, false, true, false],
    'a stream that may be blocked already may be again',
  )
  encoder.receiveDecoderStream(bytes('01'))
  assert.ok(
    [16, 20, 24, 28].every((stream) => refers(encoder.encode(stream, AGENT))),
    'what has arrived blocks nobody',
  )
})

test('a stream that was cancelled is blocked no more', () => {
  const encoder = encoderFor(4096, 1)
  assert.ok(refers(encoder.encode(0, AGENT)))
  assert.ok(!refers(encoder.encode(4, AGENT)))
  encoder.receiveDecoderStream(bytes('40'))
  assert.ok(refers(encoder.encode(8, AGENT)))
})

test('an acknowledged section says that its insertions arrived (RFC 9204 section 2.1.4)', () => {
  const encoder = encoderFor(4096, 1)
  encoder.encode(0, AGENT)
  encoder.receiveDecoderStream(bytes('80'))
  assert.ok([4, 8, 12].every((stream) => refers(encoder.encode(stream, AGENT))))
})

test('sections of one stream are acknowledged in their order', () => {
  const encoder = encoderFor(4096, 1)
  encoder.encode(0, AGENT)
  encoder.encode(0, ['server', 'Millrace 1.0 for the edge'])
  encoder.receiveDecoderStream(bytes('80'))
  assert.ok(!refers(encoder.encode(4, ['server', 'Millrace 1.0 for the edge'])), 'the second insertion is still on its way')
  assert.ok(refers(encoder.encode(4, AGENT)))
})

/** Decoder streams against the rules, after one section with one insertion on stream 0. */
const BAD_INSTRUCTIONS: Readonly<Record<string, string>> = {
  'an increment of nothing (section 4.4.3)': '00',
  'an increment beyond what was inserted': '02',
  'an increment of 2^62': '3f c1ffffffffffffff3f',
  'an acknowledgment of a stream that has no section (section 4.4.1)': '84',
  'an acknowledgment twice': '80 80',
  'an acknowledgment after the cancellation': '40 80',
  'an integer of more than 62 bits': 'ff ffffffffffffffffff7f',
}

for (const [what, instructions] of Object.entries(BAD_INSTRUCTIONS)) {
  test(`the decoder stream ends the connection, in one piece and byte by byte: ${what}`, () => {
    const encoder = encoderFor()
    encoder.encode(0, AGENT)
    assert.throws(() => encoder.receiveDecoderStream(bytes(instructions)), STREAM_ERROR)
    const other = encoderFor()
    other.encode(0, AGENT)
    assert.throws(() => {
      for (const byte of bytes(instructions)) other.receiveDecoderStream(Uint8Array.of(byte))
    }, STREAM_ERROR)
  })
}

test('a cancellation of what was never sent is nothing', () => {
  const encoder = encoderFor()
  encoder.receiveDecoderStream(bytes('7fff7f'))
  assert.ok(refers(encoder.encode(0, AGENT)))
})

test('a capacity that is not the one remembered for 0-RTT is an error, one where none was is not (RFC 9204 section 3.2.3)', () => {
  const encoder = encoderFor(0, 0)
  encoder.applySettings({ maxTableCapacity: 4096, blockedStreams: 16 })
  encoder.applySettings({ maxTableCapacity: 4096, blockedStreams: 16 })
  for (const maxTableCapacity of [0, 4095, 8192]) {
    assert.throws(() => encoder.applySettings({ maxTableCapacity, blockedStreams: 16 }), STREAM_ERROR)
  }
})

test('credentials are never indexed, short cookies neither, nor what the caller names (RFC 9204 section 7.1.3)', () => {
  const encoder = encoderFor()
  const never = new Set(['x-token', 'content-type'])
  for (let stream = 0; stream < 20; stream += 4) {
    const lines = (fields: string[]) => encoder.encode(stream, fields, never).subarray(2)
    assert.equal(lines(['authorization', 'Bearer abc'])[0]! & 0xf0, 0x70, 'a literal with a static name, N set')
    assert.equal(lines(['proxy-authorization', 'Basic abc'])[0]! & 0xf0, 0x30, 'a literal with a literal name, N set')
    assert.equal(lines(['cookie', 'id=1'])[0]! & 0xf0, 0x70)
    assert.equal(lines(['set-cookie', 'id=1; secure'])[0]! & 0xf0, 0x70)
    assert.equal(lines(['x-token', 'secret'])[0]! & 0xf0, 0x30)
    assert.equal(lines(['content-type', 'text/plain'])[0]! & 0xf0, 0x70, 'a literal even where the static table has the line')
  }
  assert.equal(encoder.takeInstructions(), null)
})

test('what comes a second time is inserted, what never does is not; a name that goes on changing is, alone', () => {
  const encoder = encoderFor()
  const inserted = (fields: string[]) => {
    encoder.encode(0, fields)
    return encoder.takeInstructions() !== null
  }
  assert.ok(!inserted(['x-tenant', 'edge-17']))
  assert.ok(inserted(['x-tenant', 'edge-17']))
  assert.ok(!inserted(['x-tenant', 'edge-17']))
  for (let request = 0; request < 100; request++) assert.ok(!inserted([':path', `/never/again/${request}`]))
  const names = Array.from({ length: 100 }, (_, request) => inserted(['x-request-id', `request-${request}`]))
  assert.equal(names.filter(Boolean).length, 1)
})

test('guesses at a line by its name stop being inserted (RFC 9204 section 7.1.2)', () => {
  const encoder = encoderFor()
  let inserted = 0
  for (let guess = 0; guess < 1000; guess++) {
    encoder.encode(0, ['accept', `guess/${guess}`])
    if (encoder.takeInstructions() !== null) inserted++
  }
  assert.ok(inserted < 10, `${inserted} of 1000`)
})

test('a decoder that acknowledges nothing costs a bounded memory: then sections go without the table (RFC 9204 section 7.3)', () => {
  const encoder = encoderFor()
  encoder.encode(0, AGENT)
  encoder.receiveDecoderStream(bytes('01'))
  let referring = 1
  for (let stream = 4; stream < 40_000; stream += 4) if (refers(encoder.encode(stream, AGENT))) referring++
  assert.equal(referring, MAX_UNACKNOWLEDGED_SECTIONS)
  encoder.receiveDecoderStream(bytes('80'))
  assert.ok(refers(encoder.encode(0, AGENT)))
})

test('nothing is inserted while nobody takes the instructions', () => {
  const encoder = encoderFor(65_536, 16)
  for (let stream = 0; stream < 4000; stream++) encoder.encode(stream * 4, [`x-${stream % 60}`, `${'v'.repeat(300)}${stream % 60}`])
  assert.ok(encoder.takeInstructions()!.length < 20_000)
})

test('what is referred to is not evicted, and an old line in use is inserted anew (RFC 9204 section 2.1.1.1)', () => {
  const settings = { maxTableCapacity: 400, blockedStreams: 16 }
  const encoder = encoderFor(400)
  const decoder = new QpackDecoder({ ...settings, maxFieldSectionSize: 65_536 })
  let duplicates = 0
  for (let request = 0; request < 300; request++) {
    // Two tenants alternate with a line that stays, and others come by: the table is full of them.
    const fields = [...AGENT, 'x-tenant', `edge-${(request >> 3) % 12}`, 'x-zone', `zone-${(request >> 2) % 9}`]
    const section = encoder.encode(request * 4, fields)
    const instructions = encoder.takeInstructions()
    if (instructions !== null) {
      if (instructions.some((byte) => byte < 0x20)) duplicates++
      decoder.receiveEncoderStream(instructions)
    }
    assert.deepEqual(decoder.decode(request * 4, section), fields)
    const acknowledged = decoder.takeInstructions()
    if (acknowledged !== null && request % 3 === 0) encoder.receiveDecoderStream(acknowledged)
  }
  assert.ok(duplicates > 0)
})

test('a character beyond Latin-1 is refused, and what came before it leaves no trace', () => {
  const encoder = encoderFor(4096, 1)
  const decoder = new QpackDecoder({ maxTableCapacity: 4096, blockedStreams: 1, maxFieldSectionSize: 65_536 })
  assert.throws(() => encoder.encode(0, [...AGENT, 'accept', '\u2713']), TypeError)
  assert.throws(() => encoder.encode(0, [...AGENT, '\u2713', '']), TypeError)
  const section = encoder.encode(4, AGENT)
  decoder.receiveEncoderStream(encoder.takeInstructions()!)
  assert.deepEqual(decoder.decode(4, section), AGENT)
  encoder.receiveDecoderStream(decoder.takeInstructions()!)
  assert.throws(() => encoder.receiveDecoderStream(bytes('80')), STREAM_ERROR)
})

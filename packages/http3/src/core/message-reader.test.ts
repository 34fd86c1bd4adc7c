// Frames of requests and responses, in every order and cut at every byte. RFC 9114 sections 4.1, 7 and 9.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type FieldSection, fieldValue } from './fields/field-section.ts'
import { checkRequestFields } from './fields/request-fields.ts'
import { checkResponseFields, checkTrailers, isInformational } from './fields/response-fields.ts'
import { MAX_IDLE_FRAMES } from './limits.ts'
import { type MessageHost, MessageReader, type MessageStep } from './message-reader.ts'
import type { Side } from './side.ts'
import { frame } from './wire/frame-header.ts'
import { DATA, FRAME_TYPES, HEADERS, PUSH_PROMISE } from './wire/frame-types.ts'

const MAX_SECTION = 1000
const GET: FieldSection = [':method', 'GET', ':scheme', 'https', ':authority', 'a', ':path', '/']
const POST = [...GET.with(1, 'POST'), 'content-length', '6']
const CONNECT: FieldSection = [':method', 'CONNECT', ':authority', 'a:1']
const OK: FieldSection = [':status', '200']

/** Sections travel as JSON here: what QPACK makes of them is tested elsewhere. */
const headers = (fields: FieldSection): Uint8Array => frame(HEADERS, Buffer.from(JSON.stringify(fields)))
const data = (text: string): Uint8Array => frame(DATA, Buffer.from(text))
const reserved = frame(0x21 + 0x1f * 3, Buffer.from('nothing'))
const join = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts)

class Host implements MessageHost {
  readonly log = null
  blocked = false
  readonly abandoned: number[] = []
  readonly signals = new Set<number>()
  readonly #method: string | null

  constructor(method: string | null) {
    this.#method = method
  }

  decode(_id: number, section: Uint8Array): FieldSection | null {
    return this.blocked ? null : (JSON.parse(Buffer.from(section).toString()) as FieldSection)
  }

  takesSignal(type: number): boolean {
    return this.signals.has(type)
  }

  abandon(id: number): void {
    this.abandoned.push(id)
  }

  head(fields: FieldSection) {
    if (this.#method === null) return checkRequestFields(fields, true)
    const facts = checkResponseFields(fields, this.#method)
    return isInformational(facts.status) ? null : facts
  }

  trailers(fields: FieldSection): void {
    checkTrailers(fields)
  }
}

function readerOf(sender: Side, method = 'GET'): { reader: MessageReader; host: Host } {
  const host = new Host(sender === 'client' ? null : method)
  return { reader: new MessageReader(4, sender, host, MAX_SECTION), host }
}

/** The story that a reader tells of these chunks, and of the end if there is one. */
function story(reader: MessageReader, chunks: readonly Uint8Array[], fin: boolean): string[] {
  const told: string[] = []
  const tell = (): MessageStep => {
    while (true) {
      const step = reader.next()
      if (step === 'wait' || step === 'blocked') return step
      if (step === 'data') {
        if (told.at(-1)?.startsWith('data ')) told[told.length - 1] += Buffer.from(reader.data).toString()
        else told.push(`data ${Buffer.from(reader.data)}`)
      } else if (step === 'end') {
        told.push('end')
        return step
      } else told.push(`${step} ${fieldValue(reader.fields, ':status') ?? fieldValue(reader.fields, ':method') ?? reader.fields.join()}`)
    }
  }
  for (const chunk of chunks) {
    reader.push(chunk)
    tell()
  }
  if (fin) {
    reader.finish()
    tell()
  }
  return told
}

const MESSAGES: readonly { what: string; sender: Side; method?: string; bytes: Uint8Array; told: readonly string[] }[] = [
  { what: 'a request without content', sender: 'client', bytes: headers(GET), told: ['head GET', 'end'] },
  {
    what: 'a request with content in two frames, an empty one between them, and trailers',
    sender: 'client',
    bytes: join(headers(POST), data('abc'), data(''), data('def'), headers(['x', '1'])),
    told: ['head POST', 'data abcdef', 'trailers x,1', 'end'],
  },
  {
    what: 'reserved frames everywhere',
    sender: 'client',
    bytes: join(reserved, headers(POST), reserved, data('abcdef'), reserved, headers([]), reserved),
    told: ['head POST', 'data abcdef', 'trailers ', 'end'],
  },
  { what: 'a tunnel', sender: 'client', bytes: join(headers(CONNECT), data('ab'), data('c')), told: ['head CONNECT', 'data abc', 'end'] },
  {
    what: 'a response behind two interim ones',
    sender: 'server',
    bytes: join(headers([':status', '103']), headers([':status', '100']), headers(OK), data('x'), headers(['y', '1'])),
    told: ['interim 103', 'interim 100', 'head 200', 'data x', 'trailers y,1', 'end'],
  },
  {
    what: 'the response to HEAD, with the length of what GET would bring',
    sender: 'server',
    method: 'HEAD',
    bytes: headers([...OK, 'content-length', '1000']),
    told: ['head 200', 'end'],
  },
]

describe('messages, cut in two at every byte, and byte by byte', () => {
  for (const { what, sender, method, bytes, told } of MESSAGES) {
    test(what, () => {
      for (let cut = 0; cut <= bytes.length; cut++) {
        assert.deepEqual(story(readerOf(sender, method).reader, [bytes.subarray(0, cut), bytes.subarray(cut)], true), told)
      }
      assert.deepEqual(
        story(
          readerOf(sender, method).reader,
          [...bytes].map((byte) => Uint8Array.of(byte)),
          true,
        ),
        told,
      )
    })
  }
})

test('content is handed out as views, and as it comes', () => {
  const { reader } = readerOf('client')
  const chunk = join(headers(POST), data('abcdef').subarray(0, 5))
  reader.push(chunk)
  assert.equal(reader.next(), 'head')
  assert.equal(reader.next(), 'data')
  assert.equal(Buffer.from(reader.data).toString(), 'abc')
  assert.equal(reader.data.buffer, chunk.buffer)
  assert.equal(reader.next(), 'wait')
})

test('content may be read past the reader, which counts it', () => {
  const { reader } = readerOf('client')
  reader.push(join(headers(POST), data('abcdef').subarray(0, 3)))
  assert.deepEqual([reader.next(), reader.next(), reader.next()], ['head', 'data', 'wait'])
  assert.equal(reader.direct, 5)
  reader.passed(4)
  assert.equal(reader.direct, 1)
  reader.push(Buffer.from('f'))
  assert.equal(reader.next(), 'data')
  assert.equal(reader.direct, 0)
  reader.finish()
  assert.deepEqual([reader.next(), reader.next()], ['end', 'end'])
})

test('a section that waits for the encoder stream holds up what follows it, and is decoded when it may be', () => {
  const { reader, host } = readerOf('client')
  host.blocked = true
  reader.push(join(headers(POST), data('abcdef')))
  assert.deepEqual([reader.next(), reader.next()], ['blocked', 'blocked'])
  host.blocked = false
  assert.deepEqual([reader.next(), reader.next()], ['head', 'data'])
})

describe('sequences that no message has (RFC 9114 section 4.1): H3_FRAME_UNEXPECTED for the connection', () => {
  const cases: Readonly<Record<string, readonly [Side, Uint8Array]>> = {
    'DATA first': ['client', data('x')],
    'DATA behind an interim response': ['server', join(headers([':status', '103']), data('x'))],
    'DATA behind trailers': ['client', join(headers(GET), headers([]), data('x'))],
    'HEADERS behind trailers': ['client', join(headers(GET), headers([]), headers([]))],
    'HEADERS in a tunnel': ['client', join(headers(CONNECT), headers(['x', '1']))],
    'PUSH_PROMISE of a client': ['client', join(headers(GET), frame(PUSH_PROMISE, Uint8Array.of(0)))],
  }
  for (const [what, [sender, bytes]] of Object.entries(cases)) {
    test(what, () => {
      assert.throws(() => story(readerOf(sender).reader, [bytes], false), { code: 'H3_FRAME_UNEXPECTED', scope: 'connection' })
    })
  }
  for (const { name, type, carrier } of FRAME_TYPES) {
    if (carrier === 'request') continue
    test(`${name} on a request stream`, () => {
      for (const before of [new Uint8Array(0), headers(GET)]) {
        const bytes = join(before, frame(type, Uint8Array.of(0)))
        assert.throws(() => story(readerOf('client').reader, [bytes], false), { code: 'H3_FRAME_UNEXPECTED', scope: 'connection' })
      }
    })
  }
})

test('PUSH_PROMISE of a server, which was allowed none: H3_ID_ERROR (RFC 9114 section 7.2.5)', () => {
  const bytes = join(headers(OK), frame(PUSH_PROMISE, Uint8Array.of(0)))
  assert.throws(() => story(readerOf('server').reader, [bytes], false), { code: 'H3_ID_ERROR', scope: 'connection' })
})

test('a stream that ends in the middle of a frame: H3_FRAME_ERROR, wherever it is cut (RFC 9114 section 7.1)', () => {
  const bytes = join(headers(GET), data('abc'))
  const boundary = headers(GET).length
  for (let cut = 1; cut < bytes.length; cut++) {
    if (cut === boundary) continue
    assert.throws(() => story(readerOf('client').reader, [bytes.subarray(0, cut)], true), { code: 'H3_FRAME_ERROR', scope: 'connection' })
  }
})

test('a stream that ends before its message: H3_REQUEST_INCOMPLETE, or malformed (RFC 9114 sections 4.1 and 4.1.2)', () => {
  for (const bytes of [new Uint8Array(0), reserved]) {
    assert.throws(() => story(readerOf('client').reader, [bytes], true), { code: 'H3_REQUEST_INCOMPLETE', scope: 'stream' })
    assert.throws(() => story(readerOf('server').reader, [bytes], true), { code: 'H3_MESSAGE_ERROR', scope: 'stream' })
  }
  assert.throws(() => story(readerOf('server').reader, [headers([':status', '103'])], true), { code: 'H3_MESSAGE_ERROR' })
})

describe('content that is not as long as announced: malformed (RFC 9114 section 4.1.2)', () => {
  const cases: Readonly<Record<string, readonly [Side, string, Uint8Array]>> = {
    'one byte more': ['client', '', join(headers(POST), data('abcdefg'))],
    'one byte more, in a frame of its own': ['client', '', join(headers(POST), data('abcdef'), data('g'))],
    'one byte less': ['client', '', join(headers(POST), data('abcde'))],
    'one byte less, before trailers': ['client', '', join(headers(POST), data('abcde'), headers([]))],
    none: ['client', '', headers(POST)],
    'content behind HEAD': ['server', 'HEAD', join(headers(OK), data('x'))],
    'content behind 304': ['server', 'GET', join(headers([':status', '304']), data('x'))],
  }
  for (const [what, [sender, method, bytes]] of Object.entries(cases)) {
    test(what, () => {
      assert.throws(() => story(readerOf(sender, method).reader, [bytes], true), { code: 'H3_MESSAGE_ERROR', scope: 'stream' })
    })
  }
  test('also where it is read past the reader', () => {
    const { reader } = readerOf('client')
    const bytes = join(headers(POST), frame(DATA, Buffer.alloc(100)))
    reader.push(bytes.subarray(0, bytes.length - 100))
    assert.deepEqual([reader.next(), reader.next()], ['head', 'wait'])
    assert.throws(() => reader.passed(7), { code: 'H3_MESSAGE_ERROR' })
  })
})

test('a second response is malformed, not trailers', () => {
  assert.throws(() => story(readerOf('server').reader, [join(headers(OK), headers(OK))], false), { code: 'H3_MESSAGE_ERROR' })
})

test('an encoded section longer than any that is taken is not read: the stream ends, QPACK hears of it', () => {
  const { reader, host } = readerOf('client')
  const bytes = frame(HEADERS, new Uint8Array(MAX_SECTION + 1))
  assert.throws(() => story(reader, [bytes.subarray(0, 4)], false), { code: 'H3_EXCESSIVE_LOAD', scope: 'stream' })
  assert.deepEqual(host.abandoned, [4])
})

test('a stream that begins with the signal of another protocol is its, from the number behind the signal on', () => {
  const bytes = Uint8Array.of(0x40, 0x41, 0x40, 0x64, 7, 8)
  for (let cut = 0; cut <= 4; cut++) {
    const { reader, host } = readerOf('client')
    host.signals.add(0x41)
    reader.push(bytes.subarray(0, cut))
    if (cut < 4) {
      assert.equal(reader.next(), 'wait')
      reader.push(bytes.subarray(cut))
    }
    assert.equal(reader.next(), 'signal')
    assert.deepEqual([reader.signal, [...reader.data]], [{ type: 0x41, id: 100 }, cut < 4 ? [7, 8] : []])
  }
})

test('a signal anywhere but at the beginning of a request stream is H3_FRAME_ERROR, where it is one (draft-ietf-webtrans-http3 section 4.3)', () => {
  const late = [headers(GET), frame(0x41, new Uint8Array(3))]
  assert.deepEqual(story(readerOf('client').reader, late, true), ['head GET', 'end'])
  for (const [sender, chunks] of [
    ['client', late],
    ['server', [frame(0x41, new Uint8Array(3))]],
  ] as const) {
    const { reader, host } = readerOf(sender)
    host.signals.add(0x41)
    assert.throws(() => story(reader, chunks, true), { code: 'H3_FRAME_ERROR', scope: 'connection' })
  }
})

test('frames of unknown types are skipped, however long; a thousand frames in a row that say nothing are too many', () => {
  const { reader } = readerOf('client')
  story(reader, [headers(GET), frame(0x40, new Uint8Array(1_000_000))], false)
  story(
    reader,
    Array.from({ length: MAX_IDLE_FRAMES - 1 }, () => data('')),
    false,
  )
  story(reader, [data('x'), data('')], false)
  const flood = Array.from({ length: MAX_IDLE_FRAMES }, (_, index) => (index % 2 ? reserved : data('')))
  assert.throws(() => story(reader, flood, false), { code: 'H3_EXCESSIVE_LOAD', scope: 'connection' })
})

test('interim responses without end are too many', () => {
  const flood = Array.from({ length: MAX_IDLE_FRAMES + 1 }, () => headers([':status', '103']))
  assert.throws(() => story(readerOf('server').reader, flood, false), { code: 'H3_EXCESSIVE_LOAD' })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokenPromise, decodeRemembered, encodeRemembered } from './remembered-settings.ts'
import { DEFAULT_SETTINGS, type Http3Settings } from './settings.ts'

const EXTENSION = 0x2b60
const UNKNOWN = 0x7777

const BEFORE: Http3Settings = {
  maxFieldSectionSize: 10_000,
  qpackMaxTableCapacity: 4096,
  qpackBlockedStreams: 10,
  enableConnectProtocol: true,
  h3Datagram: true,
  extensions: new Map([[EXTENSION, 5]]),
}

test('what is remembered comes back, of extensions only those that are understood', () => {
  const settings = {
    ...BEFORE,
    extensions: new Map([
      [EXTENSION, 5],
      [UNKNOWN, 6],
    ]),
  }
  assert.deepEqual(decodeRemembered(encodeRemembered(settings, new Map([[EXTENSION, 1]]))), BEFORE)
  assert.deepEqual(decodeRemembered(encodeRemembered(DEFAULT_SETTINGS, new Map())), DEFAULT_SETTINGS)
})

test('bytes that are no SETTINGS are remembered by nobody', () => {
  const encoded = encodeRemembered(BEFORE, BEFORE.extensions)
  assert.equal(decodeRemembered(encoded.subarray(0, -1)), null)
  assert.equal(decodeRemembered(Uint8Array.of(...encoded, ...encoded)), null)
  assert.equal(decodeRemembered(Uint8Array.of(0x02, 0x00)), null)
})

test('the same, and more where more may be given, is no broken promise (RFC 9114 section 7.2.4.2)', () => {
  const more = {
    ...BEFORE,
    maxFieldSectionSize: 10_001,
    qpackBlockedStreams: 11,
    extensions: new Map([
      [EXTENSION, 6],
      [UNKNOWN, 1],
    ]),
  }
  for (const now of [BEFORE, more]) assert.equal(brokenPromise(BEFORE, now), null)
  assert.equal(brokenPromise({ ...DEFAULT_SETTINGS, maxFieldSectionSize: 5 }, { ...BEFORE, maxFieldSectionSize: 5 }), null)
})

for (const [name, now] of [
  ['MAX_FIELD_SECTION_SIZE is 9999', { maxFieldSectionSize: 9999 }],
  ['MAX_FIELD_SECTION_SIZE is left out', { maxFieldSectionSize: Number.POSITIVE_INFINITY }],
  ['QPACK_BLOCKED_STREAMS is 9', { qpackBlockedStreams: 9 }],
  ['QPACK_BLOCKED_STREAMS is left out', { qpackBlockedStreams: 0 }],
  ['ENABLE_CONNECT_PROTOCOL is left out', { enableConnectProtocol: false }],
  ['H3_DATAGRAM is left out', { h3Datagram: false }],
  ['setting 0x2b60 is 4', { extensions: new Map([[EXTENSION, 4]]) }],
  ['setting 0x2b60 is left out', { extensions: new Map() }],
] as const satisfies readonly (readonly [string, Partial<Http3Settings>])[]) {
  test(`H3_SETTINGS_ERROR: ${name}`, () => {
    const broken = brokenPromise(BEFORE, { ...BEFORE, ...now })
    assert.equal(broken?.code, 'H3_SETTINGS_ERROR')
    assert.ok(broken.reason.includes(name), broken.reason)
  })
}

test('no limit that was named is taken for one that grew: none was named before, and there is one now', () => {
  const broken = brokenPromise(DEFAULT_SETTINGS, { ...DEFAULT_SETTINGS, maxFieldSectionSize: 10_000 })
  assert.equal(broken?.code, 'H3_SETTINGS_ERROR')
})

for (const capacity of [0, 4095, 4097]) {
  test(`QPACK_DECODER_STREAM_ERROR: a table of ${capacity}, where it was 4096 (RFC 9204 section 3.2.3)`, () => {
    assert.equal(brokenPromise(BEFORE, { ...BEFORE, qpackMaxTableCapacity: capacity })?.code, 'QPACK_DECODER_STREAM_ERROR')
  })
}

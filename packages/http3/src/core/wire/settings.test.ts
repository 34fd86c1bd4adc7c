import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DEFAULT_SETTINGS, decodeSettings, encodeSettings, HTTP2_SETTINGS, type Http3Settings, SETTING_ROWS } from './settings.ts'

const SETTINGS: Http3Settings = {
  maxFieldSectionSize: 65_536,
  qpackMaxTableCapacity: 4096,
  qpackBlockedStreams: 16,
  enableConnectProtocol: true,
  h3Datagram: true,
  extensions: new Map([[0x2b60_3742, 1]]),
}

test('what is encoded is decoded, a reserved setting left aside', () => {
  assert.deepEqual(decodeSettings(encodeSettings(SETTINGS, null)), SETTINGS)
  assert.deepEqual(decodeSettings(encodeSettings(SETTINGS, 0x1f * 1000 + 0x21)), SETTINGS)
})

test('what is not said has its default, and what has its default is not said', () => {
  assert.deepEqual(decodeSettings(new Uint8Array(0)), DEFAULT_SETTINGS)
  assert.equal(encodeSettings(DEFAULT_SETTINGS, null).length, 0)
  assert.equal(DEFAULT_SETTINGS.maxFieldSectionSize, Infinity)
})

test('an identifier that no number holds is ignored, a value that none holds saturates', () => {
  assert.deepEqual(decodeSettings(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)), DEFAULT_SETTINGS)
  const limit = decodeSettings(Uint8Array.of(0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
  assert.equal(limit.maxFieldSectionSize, Number.MAX_SAFE_INTEGER)
})

describe('RFC 9114 section 7.2.4: refused', () => {
  for (const id of HTTP2_SETTINGS) {
    test(`setting 0x${id.toString(16)} of HTTP/2`, () => {
      assert.throws(() => decodeSettings(Uint8Array.of(id, 1)), { code: 'H3_SETTINGS_ERROR', scope: 'connection' })
    })
  }
  for (const { name, id, most } of SETTING_ROWS) {
    test(`${name} twice`, () => {
      assert.throws(() => decodeSettings(Uint8Array.of(id, 1, id, 1)), { code: 'H3_SETTINGS_ERROR' })
    })
    if (most === 1) {
      test(`${name} above 1`, () => {
        assert.throws(() => decodeSettings(Uint8Array.of(id, 2)), { code: 'H3_SETTINGS_ERROR' })
      })
    }
  }
  test('an unknown setting twice', () => {
    assert.throws(() => decodeSettings(Uint8Array.of(0x3f, 1, 0x3f, 2)), { code: 'H3_SETTINGS_ERROR' })
  })
  test('a payload that is cut anywhere inside a setting', () => {
    const whole = encodeSettings({ ...SETTINGS, extensions: new Map() }, null)
    const starts = new Set([0])
    for (let at = 0; at < whole.length; ) {
      at += 1 << (whole[at]! >> 6)
      at += 1 << (whole[at]! >> 6)
      starts.add(at)
    }
    for (let cut = 0; cut < whole.length; cut++) {
      const payload = whole.subarray(0, cut)
      if (starts.has(cut)) decodeSettings(payload)
      else assert.throws(() => decodeSettings(payload), { code: 'H3_FRAME_ERROR' })
    }
  })
})

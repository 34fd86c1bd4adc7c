import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GOAWAY, MAX_PUSH_ID, PRIORITY_UPDATE, SETTINGS } from '../wire/frame-types.ts'
import { controlFrame, headersFrame, otherFrame } from './frames.ts'

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex')

test('control frames say what is in them', () => {
  assert.deepEqual(controlFrame(GOAWAY, bytes('4010')), { frame_type: 'goaway', id: 16, raw: { length: 4, payload_length: 2 } })
  assert.deepEqual(controlFrame(MAX_PUSH_ID, bytes('05')), { frame_type: 'max_push_id', push_id: 5, raw: { length: 3, payload_length: 1 } })
  assert.deepEqual(controlFrame(PRIORITY_UPDATE, bytes('04 753d312c2069')), {
    frame_type: 'priority_update',
    stream_id: 4,
    priority_field_value: 'u=1, i',
    raw: { length: 12, payload_length: 7 },
  })
  assert.deepEqual(controlFrame(SETTINGS, bytes('06 5000 21 00 3f 07')).settings, [
    { name: 'settings_max_field_section_size', value: 4096 },
    { name: 'reserved', name_bytes: 0x21, value: 0 },
    { name: 'unknown', name_bytes: 0x3f, value: 7 },
  ])
})

test('whatever a peer puts into them, a frame is told and nothing is thrown', () => {
  const whole = bytes('06 5000 21 00 c000000000000001')
  for (const type of [SETTINGS, GOAWAY, MAX_PUSH_ID, PRIORITY_UPDATE, 0x21, 0x1234]) {
    for (let length = 0; length <= whole.length; length++) {
      const { raw } = controlFrame(type, whole.subarray(0, length))
      assert.equal((raw as { payload_length: number }).payload_length, length)
    }
  }
})

test('types without a meaning are told by their number', () => {
  assert.deepEqual(otherFrame(0x21, 3), { frame_type: 'reserved', frame_type_bytes: 0x21, raw: { length: 5, payload_length: 3 } })
  assert.deepEqual(otherFrame(0x20, 3), { frame_type: 'unknown', frame_type_bytes: 0x20, raw: { length: 5, payload_length: 3 } })
})

test('values with characters that no field may have are told in hexadecimal, those of credentials not at all', () => {
  const { headers } = headersFrame(['x-plain', 'caf\xe9', 'x-forged', 'a\r\nb', 'authorization', 'Basic x'], 20)
  assert.deepEqual(headers, [
    { name: 'x-plain', value: 'caf\xe9' },
    { name: 'x-forged', value_bytes: '610d0a62' },
    { name: 'authorization' },
  ])
})

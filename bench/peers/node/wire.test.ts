import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ECHO_REQUEST, filler, HEADER_BYTES, RequestReader, request } from './wire.ts'

test('a request is read however it was cut, and what follows it is handed back', () => {
  const whole = Buffer.concat([request(123_456_789), Buffer.from('rest')])
  for (let cut = 0; cut <= whole.length; cut++) {
    const reader = new RequestReader()
    const rest = [reader.take(whole.subarray(0, cut)), reader.take(whole.subarray(cut))]
    assert.deepEqual([reader.complete, reader.lacking, reader.isEcho, reader.wanted], [true, 0, false, 123_456_789])
    assert.equal(Buffer.concat(rest).toString(), 'rest')
  }
})

test('it says how much of the header is lacking', () => {
  const reader = new RequestReader()
  reader.take(ECHO_REQUEST.subarray(0, 3))
  assert.deepEqual([reader.complete, reader.lacking, reader.isEcho], [false, HEADER_BYTES - 3, false])
  reader.take(ECHO_REQUEST.subarray(3))
  assert.deepEqual([reader.complete, reader.lacking, reader.isEcho], [true, 0, true])
})

test('filler is as long as asked for', () => {
  for (const bytes of [0, 1, 64 * 1024, 200_000]) {
    assert.equal(
      [...filler(bytes)].reduce((sum, chunk) => sum + chunk.length, 0),
      bytes,
    )
  }
})

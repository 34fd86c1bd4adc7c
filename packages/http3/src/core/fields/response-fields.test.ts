import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { UNKNOWN_LENGTH } from './field-lines.ts'
import type { FieldSection } from './field-section.ts'
import { checkResponseFields, checkTrailers, isInformational } from './response-fields.ts'

const MALFORMED: Readonly<Record<string, FieldSection>> = {
  'nothing at all': [],
  'no :status': ['x', '1'],
  ':status behind a field': ['x', '1', ':status', '200'],
  ':status twice': [':status', '200', ':status', '200'],
  ':status of two digits': [':status', '20'],
  ':status of four digits': [':status', '2000'],
  ':status that is no number': [':status', '2x0'],
  ':status with white space': [':status', '200 '],
  ':status below 100': [':status', '099'],
  '101, which HTTP/3 has not': [':status', '101'],
  'a pseudo-header field of requests': [':status', '200', ':path', '/'],
  te: [':status', '200', 'te', 'trailers'],
  connection: [':status', '200', 'connection', 'keep-alive'],
  'upper case': [':status', '200', 'Server', 'x'],
  'LF in a value': [':status', '200', 'x', '\n'],
}

describe('responses that are malformed (RFC 9114 sections 4.1.2, 4.3.2 and 4.5)', () => {
  for (const [what, fields] of Object.entries(MALFORMED)) {
    test(what, () => assert.throws(() => checkResponseFields(fields, 'GET'), { code: 'H3_MESSAGE_ERROR', scope: 'stream' }))
  }
})

test('what a response says of its content depends on the request (RFC 9110 section 6.4.1)', () => {
  const of = (status: string, method: string) => checkResponseFields([':status', status, 'content-length', '5'], method)
  assert.deepEqual(of('200', 'GET'), { status: 200, contentLength: 5, tunnel: false })
  assert.deepEqual(of('200', 'HEAD'), { status: 200, contentLength: 0, tunnel: false })
  assert.deepEqual(of('304', 'GET'), { status: 304, contentLength: 0, tunnel: false })
  assert.deepEqual(of('204', 'POST'), { status: 204, contentLength: 0, tunnel: false })
  assert.deepEqual(of('200', 'CONNECT'), { status: 200, contentLength: UNKNOWN_LENGTH, tunnel: true })
  assert.deepEqual(of('407', 'CONNECT'), { status: 407, contentLength: 5, tunnel: false })
})

test('responses below 200 are not the last', () => {
  assert.deepEqual([100, 199, 200, 999].map(isInformational), [true, true, false, false])
})

test('trailers are fields alone (RFC 9114 section 4.3)', () => {
  checkTrailers([])
  checkTrailers(['x-sum', '1', 'x-sum', '2'])
  for (const fields of [
    [':status', '200'],
    ['x', '1', ':path', '/'],
    ['connection', 'x'],
    ['X', '1'],
    ['x', '\r'],
  ]) {
    assert.throws(() => checkTrailers(fields), { code: 'H3_MESSAGE_ERROR', scope: 'stream' })
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkSessionId, decodeClose, encodeClose, fromHttpCode, MAX_REASON, streamHeader, toHttpCode } from './wire.ts'

test('codes of applications go to HTTP/3 and come back, past the reserved ones (section 4.4)', () => {
  assert.equal(toHttpCode(0), 0x52e4a40fa8dbn)
  assert.equal(toHttpCode(0xffffffff), 0x52e5ac983162n)
  for (const code of [0, 1, 28, 29, 30, 31, 59, 60, 61, 1000, 0x7fffffff, 0xfffffffe, 0xffffffff]) {
    const http = toHttpCode(code)
    assert.notEqual((http - 0x21n) % 0x1fn, 0n)
    assert.equal(fromHttpCode(http), code)
  }
})

test('other codes are of no application', () => {
  for (const code of [0n, 0x10cn, 0x170d7b68n, 0x52e4a40fa8dan, 0x52e5ac983163n, (1n << 62n) - 1n]) assert.equal(fromHttpCode(code), null)
  for (let code = 0x52e4a40fa8dbn; code < 0x52e4a40fa8dbn + 100n; code++) {
    if ((code - 0x21n) % 0x1fn === 0n) assert.equal(fromHttpCode(code), null)
  }
})

test('a close goes there and back, its reason cut at a character', () => {
  for (const close of [
    { closeCode: 0, reason: '' },
    { closeCode: 0xffffffff, reason: 'grüße' },
  ])
    assert.deepEqual(decodeClose(encodeClose(close)), close)
  const long = encodeClose({ closeCode: 1, reason: 'ü'.repeat(600).padStart(601, 'a') })
  assert.equal(long.length, 4 + MAX_REASON - 1)
  assert.match(decodeClose(long).reason, /^aü+$/)
})

test('a close that is no close is malformed (section 6)', () => {
  for (const payload of [[], [0, 0, 0], [0, 0, 0, 1, 0xff], [0, 0, 0, 1, 0xc3]]) {
    assert.throws(() => decodeClose(Uint8Array.from(payload)), { code: 'H3_MESSAGE_ERROR', scope: 'stream' })
  }
})

test('the id of a session is that of a request (section 4)', () => {
  assert.equal(checkSessionId(8n), 8)
  for (const id of [1n, 2n, 3n, 7n, (1n << 62n) - 4n]) assert.throws(() => checkSessionId(id), { code: 'H3_ID_ERROR', scope: 'connection' })
  assert.deepEqual([...streamHeader(0x41, 0)], [0x40, 0x41, 0])
})

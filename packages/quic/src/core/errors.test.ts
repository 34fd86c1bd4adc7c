import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cryptoError, errorName, TRANSPORT_ERRORS, TransportViolation } from './errors.ts'

test('a violation carries the code, the frame to blame and a sentence', () => {
  const violation = new TransportViolation('FINAL_SIZE_ERROR', 'stream 4 shrank', 0x04)
  assert.deepEqual([violation.code, violation.frameType, violation.reason], [0x06, 0x04, 'stream 4 shrank'])
  assert.equal(violation.message, 'FINAL_SIZE_ERROR: stream 4 shrank')
  assert.equal(new TransportViolation('INTERNAL_ERROR', '').frameType, 0)
})

test('TLS alerts fill the 256 codes of CRYPTO_ERROR', () => {
  assert.deepEqual([cryptoError(0), cryptoError(40), cryptoError(255)], [0x100, 0x128, 0x1ff])
})

test('every code has the name of the RFC, as a number and as a bigint', () => {
  for (const [name, code] of Object.entries(TRANSPORT_ERRORS)) {
    assert.ok(errorName(code).startsWith(name))
    assert.equal(errorName(BigInt(code)), errorName(code))
  }
  assert.equal(errorName(0x128n), 'CRYPTO_ERROR (TLS alert 40)')
})

test('a code that nobody named is shown to the last bit', () => {
  assert.equal(errorName(0x12), '0x12')
  assert.equal(errorName(0x200), '0x200')
  assert.equal(errorName(0x3fff_ffff_ffff_fffen), '0x3ffffffffffffffe')
})

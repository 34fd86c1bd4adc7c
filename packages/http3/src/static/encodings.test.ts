import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptedEncodings } from './encodings.ts'

const names = (accept: string | undefined): string =>
  acceptedEncodings(accept)
    .map(({ name }) => name)
    .join()

test('among codings that a client likes alike ours decides, otherwise the client (RFC 9110 section 12.5.3)', () => {
  assert.equal(names('gzip, deflate, br, zstd'), 'br,zstd,gzip')
  assert.equal(names('gzip;q=1, br;q=0.5'), 'gzip,br')
  assert.equal(names('*'), 'br,zstd,gzip')
  assert.equal(names('gzip, identity;q=0'), 'gzip')
})

test('a coding that is liked less than none is not used', () => {
  for (const accept of [undefined, '', 'identity', 'identity, gzip;q=0.5', 'br;q=0', 'unknown']) assert.equal(names(accept), '')
})

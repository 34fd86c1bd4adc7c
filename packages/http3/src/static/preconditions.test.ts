import assert from 'node:assert/strict'
import { test } from 'node:test'
import { preconditions } from './preconditions.ts'

const [before, then, later] = ['Sun, 01 Nov 2026 10:00:00 GMT', 'Sun, 01 Nov 2026 10:00:01 GMT', 'Sun, 01 Nov 2026 10:00:02 GMT'] as const
const strong = { etag: '"a,b"', modified: new Date('2026-11-01T10:00:01.500Z') }
const weak = { ...strong, etag: 'W/"a,b"' }

test('If-None-Match compares weakly, and If-Modified-Since is not heard beside it (RFC 9110 sections 13.1.2 and 13.1.3)', () => {
  for (const field of ['"a,b"', 'W/"a,b"', '"x", W/"a,b"', '*']) {
    assert.equal(preconditions({ 'if-none-match': field }, weak), 'fresh', field)
    assert.equal(preconditions({ 'if-none-match': field, 'if-modified-since': before }, strong), 'fresh', field)
  }
  for (const field of ['"a"', 'a,b', ''])
    assert.equal(preconditions({ 'if-none-match': field, 'if-modified-since': later }, strong), 'met', field)
})

test('If-Modified-Since knows seconds (RFC 9110 section 13.1.3)', () => {
  assert.equal(preconditions({ 'if-modified-since': before }, weak), 'met')
  assert.equal(preconditions({ 'if-modified-since': then }, weak), 'fresh')
  assert.equal(preconditions({ 'if-modified-since': later }, weak), 'fresh')
  assert.equal(preconditions({ 'if-modified-since': 'soon' }, weak), 'met')
})

test('If-Match compares strongly, and goes before all others (RFC 9110 sections 13.1.1 and 13.2.2)', () => {
  assert.equal(preconditions({ 'if-match': '"x", "a,b"' }, strong), 'met')
  assert.equal(preconditions({ 'if-match': '*' }, weak), 'met')
  assert.equal(preconditions({ 'if-match': 'W/"a,b"' }, weak), 'failed')
  assert.equal(preconditions({ 'if-match': '"x"', 'if-none-match': '"a,b"' }, strong), 'failed')
  assert.equal(preconditions({ 'if-match': '"a,b"', 'if-unmodified-since': before, 'if-none-match': '"a,b"' }, strong), 'fresh')
})

test('If-Unmodified-Since fails for what has changed (RFC 9110 section 13.1.4)', () => {
  assert.equal(preconditions({ 'if-unmodified-since': before }, strong), 'failed')
  assert.equal(preconditions({ 'if-unmodified-since': then }, strong), 'met')
  assert.equal(preconditions({ 'if-unmodified-since': 'soon' }, strong), 'met')
  assert.equal(preconditions({}, strong), 'met')
})

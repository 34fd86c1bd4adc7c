import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { createCertificate } from '../../../native/test/certificates.ts'
import { distrust } from './certificate-hashes.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 22)

function certificate(from: number, days: number, key: 'P-256' | 'Ed25519' = 'P-256') {
  const { certs } = createCertificate({ name: 'edge', key, notBefore: new Date(from), notAfter: new Date(from + days * DAY) })
  const parsed = new X509Certificate(String(certs))
  return { parsed, hash: { algorithm: 'sha-256', value: new Uint8Array(createHash('sha256').update(parsed.raw).digest()) } }
}

test('a certificate is trusted by its hash when it lives for 14 days at most, and now, on P-256', () => {
  const { parsed, hash } = certificate(NOW - DAY, 14)
  assert.equal(distrust(parsed, [hash], NOW), null)
  assert.equal(distrust(parsed, [{ algorithm: 'SHA-256', value: hash.value.buffer }], NOW), null)
  assert.equal(distrust(parsed, [{ algorithm: 'sha-512', value: new Uint8Array(64) }, hash], NOW), null)
})

test('and in no other case', () => {
  const { parsed, hash } = certificate(NOW - DAY, 14)
  const wrong = { ...hash, value: hash.value.with(0, hash.value[0]! ^ 1) }
  for (const hashes of [[], [wrong], [{ ...hash, algorithm: 'sha-1' }], [{ ...hash, value: hash.value.subarray(1) }]]) {
    assert.match(distrust(parsed, hashes, NOW)!, /hash/)
  }
  assert.match(distrust(parsed, [hash], NOW - 2 * DAY)!, /not valid now/)
  assert.match(distrust(parsed, [hash], NOW + 14 * DAY)!, /not valid now/)
  const long = certificate(NOW - DAY, 15)
  assert.match(distrust(long.parsed, [long.hash], NOW)!, /more than 14 days/)
  const other = certificate(NOW - DAY, 14, 'Ed25519')
  assert.match(distrust(other.parsed, [other.hash], NOW)!, /P-256/)
  assert.match(distrust(undefined, [hash], NOW)!, /none/)
})

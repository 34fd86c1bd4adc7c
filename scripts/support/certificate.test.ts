import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { createCertificate, createCertificateChain } from './certificate.ts'

test('the certificate verifies itself, names this machine and belongs to its key', () => {
  const { cert, key } = createCertificate()
  const certificate = new X509Certificate(cert)
  assert.ok(certificate.verify(certificate.publicKey))
  assert.ok(certificate.checkPrivateKey(createPrivateKey(key)))
  assert.equal(certificate.checkHost('localhost'), 'localhost')
  assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1')
  assert.equal(certificate.checkIP('::1'), '::1')
  assert.equal(certificate.checkHost('example.org'), undefined)
  assert.ok(certificate.ca)
})

test('the certificate is valid from an hour before it was made, for seven days', () => {
  const { cert } = createCertificate(new Date('2030-02-03T04:05:06Z'))
  const { validFromDate, validToDate } = new X509Certificate(cert)
  assert.equal(validFromDate.toISOString(), '2030-02-03T03:05:06.000Z')
  assert.equal(validToDate.toISOString(), '2030-02-10T04:05:06.000Z')
})

test('in a chain each certificate is signed by the next, the last by the authority, and the first is long', () => {
  const { cert, key, ca } = createCertificateChain(4, 20)
  const chain = [...cert.split(/(?=-----BEGIN)/), ca].map((pem) => new X509Certificate(pem))
  assert.equal(chain.length, 4)
  for (const [index, certificate] of chain.entries()) assert.ok(certificate.verify((chain[index + 1] ?? certificate).publicKey))
  const leaf = chain[0] as X509Certificate
  assert.ok(leaf.checkPrivateKey(createPrivateKey(key)))
  assert.equal(leaf.checkHost('localhost'), 'localhost')
  assert.ok(leaf.raw.length > 5000)
  assert.deepEqual(
    chain.map(({ ca: isAuthority }) => isAuthority),
    [false, true, true, true],
  )
})

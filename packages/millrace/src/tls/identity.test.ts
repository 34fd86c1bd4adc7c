import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { developmentIdentity, identityFrom } from './identity.ts'

test('a development certificate is P-256, lives 14 days, and names the host and loopback', async () => {
  const identity = await developmentIdentity('edge.example')
  const certificate = new X509Certificate(identity.certificate)
  assert.ok(certificate.checkPrivateKey(createPrivateKey(identity.key)))
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  assert.equal(certificate.validToDate.getTime() - certificate.validFromDate.getTime(), 14 * 24 * 60 * 60 * 1000)
  assert.ok(
    certificate.checkHost('edge.example') &&
      certificate.checkHost('localhost') &&
      certificate.checkIP('127.0.0.1') &&
      certificate.checkIP('::1'),
  )
  assert.equal(identity.fingerprint, certificate.fingerprint256.replaceAll(':', '').toLowerCase())
})

test('what is no pair of certificate and key is told', async () => {
  const [one, other] = await Promise.all([developmentIdentity('localhost'), developmentIdentity('localhost')])
  const refused = (certificate: string, key: string, message: RegExp) =>
    assert.throws(() => identityFrom(certificate, key), { code: 'ERR_MILLRACE_OPTION', message })
  refused('nonsense', one.key, /^the certificate is not PEM/)
  refused(one.certificate, 'nonsense', /^the key is not PEM/)
  refused(one.certificate, other.key, /^the key is not that of the certificate/)
})

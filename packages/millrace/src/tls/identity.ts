// What a listening side shows who it is with: a certificate chain and its key, given by the user or made at start for development.
// A development certificate lives 14 days and is P-256, the terms on which browsers take a certificate by its hash (WebTransport,
// section 6.1 "serverCertificateHashes").

import { createPrivateKey, hash, randomBytes, X509Certificate } from 'node:crypto'
import { MillraceError } from '../error.ts'
import { provideMetadata } from './metadata.ts'

export interface Identity {
  /** PEM: the certificate and those between it and its authority. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
  /** SHA-256 of the first certificate's DER, in lower-case hex. */
  readonly fingerprint: string
}

const LIFE_MILLIS: number = 14 * 24 * 60 * 60 * 1000
/** Clocks of other machines may be behind. */
const SKEW_MILLIS: number = 60 * 1000
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** The identity in two PEM texts. Throws ERR_MILLRACE_OPTION when they cannot be read or do not belong together. */
export function identityFrom(certificate: string, key: string): Identity {
  const first = read(() => new X509Certificate(certificate), 'the certificate is not PEM; it begins with -----BEGIN CERTIFICATE-----')
  const secret = read(() => createPrivateKey(key), 'the key is not PEM without a pass phrase; it begins with -----BEGIN PRIVATE KEY-----')
  if (!first.checkPrivateKey(secret)) throw new MillraceError('ERR_MILLRACE_OPTION', 'the key is not that of the certificate; give a pair')
  return { certificate, key, fingerprint: hash('sha256', first.raw, 'hex') }
}

function read<T>(attempt: () => T, otherwise: string): T {
  try {
    return attempt()
  } catch (cause) {
    throw new MillraceError('ERR_MILLRACE_OPTION', otherwise, { cause })
  }
}

/** Makes a self-signed certificate for `host` and the loopback names. The library that does it is loaded only now: most edges bring their own. */
export async function developmentIdentity(host: string): Promise<Identity> {
  provideMetadata()
  const { SubjectAlternativeNameExtension, X509CertificateGenerator } = await import('@peculiar/x509')
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const now = Date.now()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    name: 'CN=Millrace development',
    notBefore: new Date(now - SKEW_MILLIS),
    notAfter: new Date(now - SKEW_MILLIS + LIFE_MILLIS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [new SubjectAlternativeNameExtension(alternativeNames(host))],
  })
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return identityFrom(
    certificate.toString('pem'),
    `-----BEGIN PRIVATE KEY-----\n${key.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
  )
}

function alternativeNames(host: string): { type: 'dns' | 'ip'; value: string }[] {
  const names: { type: 'dns' | 'ip'; value: string }[] = [
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ]
  if (!names.some((name) => name.value === host)) names.push({ type: /^[\d.]+$|:/.test(host) ? 'ip' : 'dns', value: host })
  return names
}

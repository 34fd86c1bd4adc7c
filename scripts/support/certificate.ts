// A self-signed P-256 certificate for localhost, for the tools of this repository: interop and benchmarks need one that Millrace,
// node:tls and GnuTLS accept alike, before any package is built. Written out in DER (RFC 5280 section 4.1), since its two dozen
// fields never vary.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface Certificate {
  /** PEM. */
  readonly cert: string
  /** PEM, PKCS #8. */
  readonly key: string
}

const VALID_DAYS = 7

const TAG = { integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, utf8: 0x0c, utcTime: 0x17, sequence: 0x30, set: 0x31 } as const

/** Object identifiers, encoded. */
const OID = {
  ecdsaWithSha256: Buffer.from('2a8648ce3d040302', 'hex'),
  commonName: Buffer.from('550403', 'hex'),
  subjectAltName: Buffer.from('551d11', 'hex'),
  basicConstraints: Buffer.from('551d13', 'hex'),
} as const

/** A certificate for the names `localhost`, `127.0.0.1` and `::1`, valid from an hour ago for seven days. */
export function createCertificate(now: Date = new Date()): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(der(TAG.oid, OID.ecdsaWithSha256))
  const name = sequence(der(TAG.set, sequence(der(TAG.oid, OID.commonName), der(TAG.utf8, Buffer.from('localhost')))))
  const serial = randomBytes(16)
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40
  const body = sequence(
    der(0xa0, der(TAG.integer, Buffer.of(2))),
    der(TAG.integer, serial),
    algorithm,
    name,
    sequence(time(now.getTime() - 3_600_000), time(now.getTime() + VALID_DAYS * 86_400_000)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(alternativeNames(), authority())),
  )
  const signature = sign('sha256', body, privateKey)
  return {
    cert: pem(sequence(body, algorithm, der(TAG.bitString, Buffer.of(0), signature))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

function alternativeNames(): Buffer {
  const [dns, ip] = [0x82, 0x87]
  const loopback6 = Buffer.alloc(16)
  loopback6[15] = 1
  const names = sequence(der(dns, Buffer.from('localhost')), der(ip, Buffer.of(127, 0, 0, 1)), der(ip, loopback6))
  return sequence(der(TAG.oid, OID.subjectAltName), der(TAG.octetString, names))
}

/** It is its own authority, so that a client can be given it as the one that it trusts. */
function authority(): Buffer {
  const isAuthority = sequence(Buffer.of(0x01, 0x01, 0xff))
  return sequence(der(TAG.oid, OID.basicConstraints), Buffer.of(0x01, 0x01, 0xff), der(TAG.octetString, isAuthority))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(TAG.sequence, ...parts)
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}

function time(millis: number): Buffer {
  const digits = new Date(millis).toISOString().replace(/\..*|[-T:]/g, '')
  return der(TAG.utcTime, Buffer.from(`${digits.slice(2)}Z`))
}

function pem(content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

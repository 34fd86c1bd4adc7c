// A self-signed P-256 certificate for localhost, for the tools of this repository: interop and benchmarks need one that Millrace,
// node:tls and GnuTLS accept alike, before any package is built. Written out in DER (RFC 5280 section 4.1), since its two dozen
// fields never vary.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

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
  const { cert, key } = issue(nameOf('localhost'), null, [], now)
  return { cert, key: key.export({ type: 'pkcs8', format: 'pem' }) as string }
}

/** How the names look that make a certificate of a chain long: RFC 1035 section 2.3.4 allows 63 bytes a label, 255 in all. */
const LABEL_BYTES = 61
const LABELS = 4

/**
 * A chain of `length` certificates, the first of which is for the same names and `moreNames` of 247 random bytes, and is no authority; `cert` holds all
 * but the last, which signed it in the end and is `ca`.
 */
export function createCertificateChain(length: number, moreNames: number, now: Date = new Date()): Certificate & { readonly ca: string } {
  let issuer: Issued = issue(nameOf('authority 0'), null, [], now)
  const ca = issuer.cert
  const chain: string[] = []
  for (let index = 1; index < length; index++) {
    const names = Array.from({ length: moreNames }, longName)
    issuer = index === length - 1 ? issue(nameOf('localhost'), issuer, names, now) : issue(nameOf(`authority ${index}`), issuer, null, now)
    chain.unshift(issuer.cert)
  }
  return { cert: chain.join(''), key: issuer.key.export({ type: 'pkcs8', format: 'pem' }) as string, ca }
}

interface Issued {
  readonly name: Buffer
  /** PEM. */
  readonly cert: string
  readonly key: KeyObject
}

/** Signed by the issuer, or by itself. Only with `moreNames` null or without an issuer it is an authority. */
function issue(name: Buffer, issuer: Issued | null, moreNames: readonly string[] | null, now: Date): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(der(TAG.oid, OID.ecdsaWithSha256))
  const serial = randomBytes(16)
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40
  const body = sequence(
    der(0xa0, der(TAG.integer, Buffer.of(2))),
    der(TAG.integer, serial),
    algorithm,
    issuer?.name ?? name,
    sequence(time(now.getTime() - 3_600_000), time(now.getTime() + VALID_DAYS * 86_400_000)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(alternativeNames(moreNames ?? []), ...(issuer === null || moreNames === null ? [authority()] : []))),
  )
  const signature = sign('sha256', body, issuer?.key ?? privateKey)
  return { name, cert: pem(sequence(body, algorithm, der(TAG.bitString, Buffer.of(0), signature))), key: privateKey }
}

function nameOf(common: string): Buffer {
  return sequence(der(TAG.set, sequence(der(TAG.oid, OID.commonName), der(TAG.utf8, Buffer.from(common)))))
}

function longName(): string {
  return Array.from({ length: LABELS }, () => randomBytes(LABEL_BYTES).toString('hex').slice(0, LABEL_BYTES)).join('.')
}

function alternativeNames(more: readonly string[]): Buffer {
  const [dns, ip] = [0x82, 0x87]
  const loopback6 = Buffer.alloc(16)
  loopback6[15] = 1
  const others = more.map((name) => der(dns, Buffer.from(name)))
  const names = sequence(der(dns, Buffer.from('localhost')), ...others, der(ip, Buffer.of(127, 0, 0, 1)), der(ip, loopback6))
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

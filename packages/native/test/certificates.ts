// Certificates for the tests, made on the spot by node:crypto and a few lines of DER (ITU-T X.690), after RFC 5280 section 4.1: P-256,
// ECDSA with SHA-256; or Ed25519, whose signatures all have one length.
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'

export interface TestCertificate {
  /** PEM, as for `certs`: the certificate and, of a leaf, not its issuer. */
  readonly certs: string
  readonly der: Buffer
  /** PEM, PKCS #8. */
  readonly keys: string
  readonly keyDer: Buffer
  readonly name: string
}

export interface CertificateRequest {
  /** Common name of the subject. */
  readonly name: string
  /** Host names and IP addresses that it is for. Default: none. */
  readonly hosts?: readonly string[]
  /** Who signs. Default: itself. */
  readonly issuer?: TestCertificate
  readonly isAuthority?: boolean
  /** Default P-256. A chain has keys of one kind. */
  readonly key?: 'P-256' | 'Ed25519'
  readonly notBefore?: Date
  readonly notAfter?: Date
}

const DAY = 86_400_000

export function createCertificate(request: CertificateRequest): TestCertificate {
  const { publicKey, privateKey } = request.key === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', P256)
  const [algorithm, hash] = request.key === 'Ed25519' ? ([ED25519, null] as const) : ([ECDSA_WITH_SHA256, 'sha256'] as const)
  const signer = request.issuer ? createPrivateKey(request.issuer.keys) : privateKey
  const { notBefore = new Date(Date.now() - DAY), notAfter = new Date(Date.now() + 10 * DAY) } = request
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.of(2))), // version 3
    integer(Buffer.concat([Buffer.of(0x40), randomBytes(8)])), // in its shortest form
    algorithm,
    name(request.issuer?.name ?? request.name),
    sequence(time(notBefore), time(notAfter)),
    name(request.name),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions(request))),
  )
  const der = sequence(toBeSigned, algorithm, bitString(sign(hash, toBeSigned, signer)))
  return {
    name: request.name,
    der,
    certs: pem(der),
    keys: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    keyDer: pkcs8(privateKey),
  }
}

function extensions({ hosts = [], isAuthority = false }: CertificateRequest): Buffer[] {
  const names = hosts.map((host) => (isIP(host) ? tlv(0x87, addressBytes(host)) : tlv(0x82, Buffer.from(host))))
  return [
    extension([0x55, 0x1d, 0x13], sequence(...(isAuthority ? [tlv(0x01, Buffer.of(0xff))] : []))), // basicConstraints
    ...(names.length > 0 ? [extension([0x55, 0x1d, 0x11], sequence(...names))] : []), // subjectAltName
  ]
}

const P256 = { namedCurve: 'prime256v1' } as const
const ED25519 = sequence(tlv(0x06, Buffer.of(0x2b, 0x65, 0x70)))
const ECDSA_WITH_SHA256 = sequence(tlv(0x06, Buffer.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)))

function name(commonName: string): Buffer {
  return sequence(tlv(0x31, sequence(tlv(0x06, Buffer.of(0x55, 0x04, 0x03)), tlv(0x0c, Buffer.from(commonName)))))
}

function extension(id: readonly number[], value: Buffer): Buffer {
  return sequence(tlv(0x06, Buffer.from(id)), tlv(0x04, value))
}

/** GeneralizedTime, for years that UTCTime does not reach, else UTCTime. RFC 5280 section 4.1.2.5. */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`
  return date.getUTCFullYear() >= 2050 ? tlv(0x18, Buffer.from(digits)) : tlv(0x17, Buffer.from(digits.slice(2)))
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const words = (part: string): number[] => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)))
  const bytes = Buffer.alloc(16)
  for (const [i, word] of words(head).entries()) bytes.writeUInt16BE(word, i * 2)
  for (const [i, word] of words(tail).reverse().entries()) bytes.writeUInt16BE(word, 14 - i * 2)
  return bytes
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts))
}

function explicit(tag: number, value: Buffer): Buffer {
  return tlv(0xa0 | tag, value)
}

/** A small positive one: its first byte must be 1 to 127. */
function integer(bytes: Buffer): Buffer {
  return tlv(0x02, bytes)
}

function bitString(bytes: Buffer): Buffer {
  return tlv(0x03, Buffer.concat([Buffer.of(0), bytes]))
}

function tlv(tag: number, value: Buffer): Buffer {
  const { length } = value
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), value])
}

function pkcs8(key: KeyObject): Buffer {
  return key.export({ type: 'pkcs8', format: 'der' })
}

function pem(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n')}\n-----END CERTIFICATE-----\n`
}

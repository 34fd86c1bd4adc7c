// Certificates and keys as users have them, PEM or DER, made into DER that OpenSSL takes. Errors name the option and say what is wrong.
import { Buffer } from 'node:buffer'
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { NativeError } from '../error.ts'

/** PEM text (of one or more), or the bytes of a PEM file, or DER. */
export type Encoded = string | Uint8Array

const PEM_CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g
/** The tag of a SEQUENCE, with which every DER certificate and key begins and no PEM does. */
const DER_SEQUENCE = 0x30
const DER_KEY_TYPES = ['pkcs8', 'sec1', 'pkcs1'] as const

/** The certificates in `option`, in order. Throws `ERR_NATIVE_OPTION` if there is none or one cannot be read. */
export function readCertificates(name: string, option: Encoded | readonly Encoded[]): X509Certificate[] {
  const certificates = list(option).flatMap((each) => {
    const text = asText(each)
    if (text === null) return [readCertificate(name, Buffer.from(each as Uint8Array))]
    return (text.match(PEM_CERTIFICATE) ?? []).map((block) => readCertificate(name, block))
  })
  if (certificates.length === 0)
    throw new NativeError('ERR_NATIVE_OPTION', `${name} holds no certificate: PEM text or DER bytes are expected.`)
  return certificates
}

/** The private key in `option`. Throws `ERR_NATIVE_OPTION` if it cannot be read. */
export function readPrivateKey(name: string, option: Encoded): KeyObject {
  const text = asText(option)
  try {
    if (text !== null) return createPrivateKey(text)
  } catch (cause) {
    throw new NativeError('ERR_NATIVE_OPTION', `${name} is not a private key in PEM: ${(cause as Error).message}.`, { cause })
  }
  for (const type of DER_KEY_TYPES) {
    try {
      return createPrivateKey({ key: Buffer.from(option as Uint8Array), format: 'der', type })
    } catch {
      // The next type may fit; if none does, that is said below.
    }
  }
  throw new NativeError('ERR_NATIVE_OPTION', `${name} is not a private key in DER (tried ${DER_KEY_TYPES.join(', ')}).`)
}

/** Throws `ERR_NATIVE_OPTION` unless the key is the certificate's. */
export function checkKeyMatches(name: string, certificate: X509Certificate, key: KeyObject): void {
  if (certificate.checkPrivateKey(key)) return
  throw new NativeError(
    'ERR_NATIVE_OPTION',
    `${name}: the private key does not belong to the first certificate of the chain (${certificate.subject.replaceAll('\n', ', ')}).`,
  )
}

function readCertificate(name: string, encoded: string | Buffer): X509Certificate {
  try {
    return new X509Certificate(encoded)
  } catch (cause) {
    throw new NativeError('ERR_NATIVE_OPTION', `${name} holds a certificate that cannot be read: ${(cause as Error).message}.`, { cause })
  }
}

/** PEM as text, or null for DER. */
function asText(encoded: Encoded): string | null {
  if (typeof encoded === 'string') return encoded
  return encoded[0] === DER_SEQUENCE ? null : Buffer.from(encoded).toString('latin1')
}

function list(option: Encoded | readonly Encoded[]): readonly Encoded[] {
  return typeof option === 'string' || option instanceof Uint8Array ? [option] : option
}

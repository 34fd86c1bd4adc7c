// Trust in a certificate by its hash. W3C WebTransport, "verify a certificate hash" and "custom certificate requirements".
import { Buffer } from 'node:buffer'
import { createHash, timingSafeEqual, type X509Certificate } from 'node:crypto'
import { MAX_CERTIFICATE_DAYS } from './limits.ts'

/** A hash that a server's certificate may have. */
export interface WebTransportHash {
  /** `sha-256`; others are ignored. */
  readonly algorithm: string
  /** Of the certificate's DER. */
  readonly value: ArrayBuffer | ArrayBufferView
}

const DAY_MILLIS = 86_400_000

/** Why the certificate is not to be trusted; null where it is. `now`: milliseconds since 1970. */
export function distrust(certificate: X509Certificate | undefined, hashes: readonly WebTransportHash[], now: number): string | null {
  if (certificate === undefined) return 'it presented none'
  const { publicKey } = certificate
  if (publicKey.asymmetricKeyType !== 'ec' || publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    return 'its key is not on the curve P-256'
  }
  const from = certificate.validFromDate.getTime()
  const to = certificate.validToDate.getTime()
  if (now < from || now > to) return 'it is not valid now'
  if (to - from > MAX_CERTIFICATE_DAYS * DAY_MILLIS) return `it is valid for more than ${MAX_CERTIFICATE_DAYS} days`
  const digest = createHash('sha256').update(certificate.raw).digest()
  const isNamed = hashes.some(({ algorithm, value }) => algorithm.toLowerCase() === 'sha-256' && same(digest, value))
  return isNamed ? null : 'its hash is none of those given'
}

function same(digest: Buffer, value: ArrayBuffer | ArrayBufferView): boolean {
  const bytes = ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(value)
  return bytes.length === digest.length && timingSafeEqual(bytes, digest)
}

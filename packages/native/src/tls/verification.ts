// Certificates of a session, and what a failed check means and what to do about it, for people. Numbers are those of X509_STORE_CTX_get_error(3).
import { openSsl } from '../binding/openssl.ts'
import { encodeDer } from './der.ts'

/** X509_V_OK. */
const OK = 0

const ISSUER = 'Pass the certificate of its issuer as `ca`, or let the other side send its intermediate certificates.'

/** Names as Node has them in `tlsSocket.authorizationError`, and advice where there is some. */
const CHECKS: ReadonlyMap<number, readonly [name: string, advice?: string]> = new Map<number, readonly [string, string?]>([
  [2, ['UNABLE_TO_GET_ISSUER_CERT']],
  [7, ['CERT_SIGNATURE_FAILURE']],
  [9, ['CERT_NOT_YET_VALID', 'Check the clocks of both machines.']],
  [10, ['CERT_HAS_EXPIRED', 'Renew it, and check the clocks of both machines.']],
  [13, ['ERROR_IN_CERT_NOT_BEFORE_FIELD']],
  [14, ['ERROR_IN_CERT_NOT_AFTER_FIELD']],
  [
    18,
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'Pass this very certificate as `ca` to trust it; `rejectUnauthorized: false` accepts any and is for development alone.',
    ],
  ],
  [19, ['SELF_SIGNED_CERT_IN_CHAIN', 'Pass the certificate at the end of its chain as `ca` if you trust it.']],
  [20, ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', ISSUER]],
  [21, ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', ISSUER]],
  [22, ['CERT_CHAIN_TOO_LONG']],
  [26, ['INVALID_PURPOSE']],
  [27, ['CERT_UNTRUSTED']],
  [28, ['CERT_REJECTED']],
  [62, ['HOSTNAME_MISMATCH', 'Connect by a name that the certificate lists, or give that name as `servername`.']],
  [64, ['IP_ADDRESS_MISMATCH', 'Connect by an address that the certificate lists, or give its name as `servername`.']],
  [79, ['INVALID_CA']],
])

/** A sentence on the check that the peer's certificate did not pass, or null if it passed or was not checked. */
export function verificationFailure(ssl: number, servername: string): string | null {
  const functions = openSsl()
  const result = functions.SSL_get_verify_result(ssl)
  if (result === OK) return null
  const reason = functions.X509_verify_cert_error_string(result) ?? `error ${result}`
  const advice = CHECKS.get(result)?.[1]
  return `The certificate of ${servername} was not accepted: ${reason}.${advice ? ` ${advice}` : ''}`
}

/** The name of the check that the peer's certificate did not pass; null if it passed, was not checked, or there is none. */
export function verificationError(ssl: number): string | null {
  const functions = openSsl()
  const result = functions.SSL_get_verify_result(ssl)
  return result === OK || functions.SSL_get0_peer_certificate(ssl) === 0 ? null : (CHECKS.get(result)?.[0] ?? 'UNSPECIFIED')
}

/** A certificate of OpenSSL's in DER; null for none. */
export function certificateBytes(x509: number): Buffer | null {
  return x509 === 0 ? null : encodeDer(openSsl().i2d_X509, x509)
}

// Certificates of a session, and what a failed check means and what to do about it, for people. Numbers are those of X509_STORE_CTX_get_error(3).
import { openSsl } from '../binding/openssl.ts'
import { encodeDer } from './der.ts'

/** X509_V_OK. */
const OK = 0

const ADVICE: ReadonlyMap<number, string> = new Map([
  [9, 'Check the clocks of both machines.'],
  [10, 'Renew it, and check the clocks of both machines.'],
  [18, 'Pass this very certificate as `ca` to trust it; `rejectUnauthorized: false` accepts any and is for development alone.'],
  [19, 'Pass the certificate at the end of its chain as `ca` if you trust it.'],
  [20, 'Pass the certificate of its issuer as `ca`, or let the other side send its intermediate certificates.'],
  [21, 'Pass the certificate of its issuer as `ca`, or let the other side send its intermediate certificates.'],
  [62, 'Connect by a name that the certificate lists, or give that name as `servername`.'],
  [64, 'Connect by an address that the certificate lists, or give its name as `servername`.'],
])

/** A sentence on the check that the peer's certificate did not pass, or null if it passed or was not checked. */
export function verificationFailure(ssl: number, servername: string): string | null {
  const functions = openSsl()
  const result = functions.SSL_get_verify_result(ssl)
  if (result === OK) return null
  const reason = functions.X509_verify_cert_error_string(result) ?? `error ${result}`
  const advice = ADVICE.get(result)
  return `The certificate of ${servername} was not accepted: ${reason}.${advice ? ` ${advice}` : ''}`
}

/** A certificate of OpenSSL's in DER; null for none. */
export function certificateBytes(x509: number): Buffer | null {
  return x509 === 0 ? null : encodeDer(openSsl().i2d_X509, x509)
}

// Whose certificates a context believes: a client's of its server's, and a server's of its clients' where it asks them for one.
// SSL_CTX_set_verify(3), RFC 8446 sections 4.3.2 and 4.4.2.
import { createHash, type X509Certificate } from 'node:crypto'
import { openSsl } from '../binding/openssl.ts'
import { NativeError } from '../error.ts'
import { lent } from '../scratch.ts'
import { tlsCallbacks } from './callbacks.ts'
import { VERIFY_FAIL_IF_NONE, VERIFY_PEER } from './constants.ts'
import { type Encoded, readCertificates } from './credentials.ts'
import { useCertificate } from './identity.ts'

/**
 * Whether a server asks its clients for certificates: `optional` lets those without one in, but none with one that does not verify; `any` lets everyone in, and
 * `peerCertificateError` of a session tells.
 */
export type VerifyClient = boolean | 'optional' | 'any'

/** Verifies peers by these certificates. */
export function trust(context: number, certificates: readonly X509Certificate[]): void {
  const ssl = openSsl()
  const store = ssl.SSL_CTX_get_cert_store(context)
  for (const certificate of certificates) useCertificate(certificate, (x509) => ssl.X509_STORE_add_cert(store, x509), 'ca')
}

/**
 * Asks clients for certificates that these authorities signed, and names them, so that a client with several knows which to present. Throws `NativeError`
 * (`ERR_NATIVE_OPTION`) without `ca`: trusting all that browsers trust would let anyone in who has a domain.
 */
export function verifyClients(context: number, verifyClient: VerifyClient, ca: Encoded | readonly Encoded[] | undefined): void {
  if (verifyClient === false) return
  if (ca === undefined)
    throw new NativeError('ERR_NATIVE_OPTION', 'ca is missing: verifyClient needs the certificates of those who sign those of the clients.')
  const ssl = openSsl()
  const authorities = readCertificates('ca', ca)
  trust(context, authorities)
  for (const authority of authorities) useCertificate(authority, (x509) => ssl.SSL_CTX_add_client_CA(context, x509), 'ca')
  const judge = verifyClient === 'any' ? tlsCallbacks().certificateJudged : 0
  ssl.SSL_CTX_set_verify(context, verifyClient === true ? VERIFY_PEER | VERIFY_FAIL_IF_NONE : VERIFY_PEER, judge)
  // A resumed session is not verified again, so a ticket counts only where the same is asked of clients (RFC 8446 section 4.6.1).
  const binding = createHash('sha256').update(`verifyClient ${verifyClient}`)
  for (const authority of authorities) binding.update(authority.raw)
  const bytes = binding.digest()
  ssl.SSL_CTX_set_session_id_context(context, lent(bytes), bytes.length)
}

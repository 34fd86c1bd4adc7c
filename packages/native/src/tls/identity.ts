// A private key and its certificate chain, and certificates to trust, given to a context. SSL_CTX_use_certificate(3).
import type { KeyObject, X509Certificate } from 'node:crypto'
import { opensslFailure } from '../binding/error-queue.ts'
import { type OpenSsl, openSsl } from '../binding/openssl.ts'
import { CTRL } from './constants.ts'
import { checkKeyMatches, type Encoded, readCertificates, readPrivateKey } from './credentials.ts'
import { decodeDer } from './der.ts'

/** As users give it. */
export interface Identity {
  /** The private key. */
  readonly keys: Encoded
  /** Its certificate first, and the chain behind it. */
  readonly certs: Encoded | readonly Encoded[]
}

/** Checked, and not yet OpenSSL's. */
export interface ReadIdentity {
  /** The option that it came from, for errors. */
  readonly label: string
  readonly chain: readonly X509Certificate[]
  readonly key: KeyObject
}

/** Throws `NativeError` (`ERR_NATIVE_OPTION`) where something cannot be read, or the key is another's. `prefix` stands before `keys` and `certs` in errors. */
export function readIdentity(label: string, prefix: string, { keys, certs }: Identity): ReadIdentity {
  const chain = readCertificates(`${prefix}certs`, certs)
  const key = readPrivateKey(`${prefix}keys`, keys)
  checkKeyMatches(label, chain[0]!, key)
  return { label, chain, key }
}

/** Lets a context present itself so. */
export function useIdentity(context: number, { label, chain, key }: ReadIdentity): void {
  const ssl = openSsl()
  const [own, ...issuers] = chain
  useCertificate(own!, (x509) => ssl.SSL_CTX_use_certificate(context, x509), label)
  // SSL_CTX_add1_chain_cert: with a last-but-one argument of 1 the context takes a reference of its own.
  for (const issuer of issuers) useCertificate(issuer, (x509) => ssl.SSL_CTX_ctrl(context, CTRL.chainCertificate, 1, x509), label)
  useKey(ssl, context, key, label)
}

/** Hands OpenSSL a certificate; `use` says 1 if it is taken. */
export function useCertificate(certificate: X509Certificate, use: (x509: number) => number, label: string): void {
  const ssl = openSsl()
  ssl.ERR_clear_error()
  const x509 = decodeDer(ssl.d2i_X509, certificate.raw)
  const used = x509 !== 0 && use(x509) === 1
  ssl.X509_free(x509)
  if (used) return
  const subject = certificate.subject.replaceAll('\n', ', ')
  throw opensslFailure(`${label}: OpenSSL does not take the certificate of ${subject}.`, 'ERR_NATIVE_OPTION')
}

function useKey(ssl: OpenSsl, context: number, key: KeyObject, label: string): void {
  const der = key.export({ type: 'pkcs8', format: 'der' })
  const decoded = decodeDer(ssl.d2i_AutoPrivateKey, der)
  der.fill(0)
  const used = decoded !== 0 && ssl.SSL_CTX_use_PrivateKey(context, decoded) === 1
  ssl.EVP_PKEY_free(decoded)
  if (!used) throw opensslFailure(`${label}: OpenSSL does not take the private key.`, 'ERR_NATIVE_OPTION')
}

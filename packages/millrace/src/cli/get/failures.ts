// What went wrong between here and a server, for people: what happened, where, and what to do about it. One row a code.

import { MillraceError } from '../../error.ts'

const TRUST = 'give --cacert FILE with the authority that signed it, or -k to take any, which is for tests alone'
const NAME = 'check the spelling of the name, and that this machine can resolve names'
const UNREACHED = 'check host and port, and that no firewall is in between'

type Advice = readonly [what: string, advice: string]

/** Codes of Node, OpenSSL, undici and QUIC. Null keeps the error's own words. */
const FAILURES: Readonly<Record<string, readonly [what: string | null, advice: string]>> = {
  ENOTFOUND: ['the name cannot be found', NAME],
  EAI_AGAIN: ['the name cannot be found now', NAME],
  ERR_QUIC_ADDRESS: ['the name cannot be found', NAME],
  ECONNREFUSED: ['nothing listens there', UNREACHED],
  ECONNRESET: ['the server cut the connection', 'try again; if it stays so, the server has a fault'],
  EHOSTUNREACH: ['there is no way to that host', UNREACHED],
  ENETUNREACH: ['there is no way to that network', UNREACHED],
  ETIMEDOUT: ['nobody answers there', UNREACHED],
  EPIPE: ['nobody reads what we print any more', 'nothing is wrong with the server'],
  UND_ERR_CONNECT_TIMEOUT: ['nobody answers there', UNREACHED],
  UND_ERR_HEADERS_TIMEOUT: ['the server took the request and did not answer', 'try again, or raise --max-time'],
  UND_ERR_BODY_TIMEOUT: ['the server stopped in the middle of its answer', 'try again'],
  UND_ERR_HEADERS_OVERFLOW: [null, 'the server has a fault'],
  UND_ERR_INVALID_ARG: [null, 'see millrace get --help'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['the certificate is signed by itself', TRUST],
  SELF_SIGNED_CERT_IN_CHAIN: ['the certificate is signed by an authority that is not known', TRUST],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['the certificate is signed by an authority that is not known', TRUST],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['the certificate is signed by an authority that is not known', TRUST],
  CERT_HAS_EXPIRED: ['the certificate has expired', 'tell the server’s people, or give -k to take any'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['the certificate is for another name', 'check the name, or give -k to take any'],
  ERR_QUIC_CERTIFICATE: ['the certificate was not accepted', TRUST],
  ERR_QUIC_HANDSHAKE: ['nobody answers by HTTP/3', 'leave --http3-only out to go by HTTP/2, or check that UDP passes'],
  ERR_QUIC_IDLE_TIMEOUT: ['the server fell silent', 'try again'],
  ERR_HTTP3_RESET: [null, 'try again; if it stays so, the server has a fault'],
  ERR_HTTP3_REFUSED: [null, 'try again later'],
  ERR_HTTP3_CLOSED: [null, 'try again'],
  ERR_HTTP3_PROTOCOL: [null, 'the server has a fault; leave --http3-only out to go by HTTP/2'],
}

/** The error that ends the command with code 1, in a sentence. */
export function unreachable(url: URL, cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause
  const [what, advice] = told(cause)
  return new MillraceError('ERR_MILLRACE_UNREACHABLE', `${url.host}: ${what}; ${advice}`, { cause })
}

function told(cause: unknown): Advice {
  const error = innermost(cause)
  const own = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ').replace(/\.$/, '')
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const [what, advice] = FAILURES[code] ?? [null, 'see millrace get -v']
  return [what ?? own, advice]
}

/** An AggregateError of several addresses tells of each; the first is as good as any. */
function innermost(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0])
  const inner = error instanceof Error && !isKnown(error) ? error.cause : undefined
  return inner instanceof Error ? innermost(inner) : error
}

function isKnown(error: Error): boolean {
  return 'code' in error && String(error.code) in FAILURES
}

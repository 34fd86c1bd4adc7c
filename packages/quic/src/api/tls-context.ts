// Makes the TLS context of a listener or a client session; what is wrong with keys and certificates is told as a wrong option.
import { NativeError, TlsContext, type TlsContextOptions } from '@millrace/native'
import { QuicError } from './error.ts'
import { keyLogFile } from './key-log.ts'
import { wrong } from './option-checks.ts'
import type { SessionOptions } from './options.ts'

/** `toSession` hears the key log as well as the file that SSLKEYLOGFILE names; null if no one asked. */
export function tlsContext(options: TlsContextOptions, toSession: ((line: string) => void) | null): TlsContext {
  const toFile = keyLogFile()
  const keylog = (line: string): void => {
    toFile?.(line)
    toSession?.(line)
  }
  return asOptions(() => new TlsContext({ ...options, ...((toFile !== null || toSession !== null) && { keylog }) }))
}

/** What OpenSSL does not take is told as a wrong option. */
export function asOptions<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof NativeError)) throw cause
    throw new QuicError(`Option ${NAMED.test(cause.message) ? '' : 'sni: '}${cause.message}`, { code: 'ERR_QUIC_OPTION', cause })
  }
}

/** A message that begins with the option that it is about. */
const NAMED = /^(ca|certs|ciphers|groups|keys|sni|ticketKey)\b/

/** What a user may choose of TLS on either side. */
export function tlsChoices({ ciphers, groups, ca }: SessionOptions): Pick<TlsContextOptions, 'ciphers' | 'groups' | 'ca'> {
  return { ...(ciphers !== undefined && { ciphers }), ...(groups !== undefined && { groups }), ...(ca !== undefined && { ca }) }
}

/** What a client presents itself with, if anything. Throws ERR_QUIC_OPTION for half of it. */
export function clientIdentity({ certs, keys }: SessionOptions): Pick<TlsContextOptions, 'identity'> {
  if (certs === undefined && keys === undefined) return {}
  if (keys === undefined) throw wrong('keys', 'is missing: certs need the private key of the first of them')
  if (certs === undefined) throw wrong('certs', 'is missing: keys need the certificate that belongs to them')
  return { identity: { certs, keys } }
}

/** Whether a server asks for certificates. Throws ERR_QUIC_OPTION for what only clients may say. */
export function clientVerification({ verifyClient = false, certs, keys }: SessionOptions): Pick<TlsContextOptions, 'verifyClient'> {
  if (certs !== undefined || keys !== undefined) {
    throw wrong(certs === undefined ? 'keys' : 'certs', "is for clients; a server's keys and certificates are in sni, by host name")
  }
  if (typeof verifyClient === 'boolean' || verifyClient === 'optional' || verifyClient === 'any') return { verifyClient }
  throw wrong('verifyClient', `is ${JSON.stringify(verifyClient)}; it may be true, false, "optional" or "any"`)
}

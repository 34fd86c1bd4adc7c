// Makes the TLS context of a listener or a client session; what is wrong with keys and certificates is told as a wrong option.
import { NativeError, TlsContext, type TlsContextOptions } from '@millrace/native'
import { QuicError } from './error.ts'
import { keyLogFile } from './key-log.ts'
import type { SessionOptions } from './options.ts'

/** `toSession` hears the key log as well as the file that SSLKEYLOGFILE names; null if no one asked. */
export function tlsContext(options: TlsContextOptions, toSession: ((line: string) => void) | null): TlsContext {
  const toFile = keyLogFile()
  const keylog = (line: string): void => {
    toFile?.(line)
    toSession?.(line)
  }
  try {
    return new TlsContext({ ...options, ...((toFile !== null || toSession !== null) && { keylog }) })
  } catch (cause) {
    if (!(cause instanceof NativeError)) throw cause
    const option = /^(ciphers: |groups: |ticketKey )/.exec(cause.message) ? '' : options.side === 'server' ? 'sni: ' : 'ca: '
    throw new QuicError(`Option ${option}${cause.message}`, { code: 'ERR_QUIC_OPTION', cause })
  }
}

/** What a user may choose of TLS itself. */
export function tlsChoices({ ciphers, groups }: SessionOptions): Pick<TlsContextOptions, 'ciphers' | 'groups'> {
  return { ...(ciphers !== undefined && { ciphers }), ...(groups !== undefined && { groups }) }
}

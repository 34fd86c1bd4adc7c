// Where they are, and what both are told.
import { join } from 'node:path'
import { PEERS } from '../../../interop/implementations/programs.ts'

export const CLIENT: string = join(PEERS, 'h09client')
export const SERVER: string = join(PEERS, 'h09server')
export const NOTE: string = join(PEERS, 'ngtcp2.version')

/** One cipher suite, by GnuTLS's names. */
export const SUITE = '--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM'
export const GROUP = '--groups=-GROUP-ALL:+GROUP-X25519'

/** In the folder of the certificate: what the server serves. */
export const ROOT = 'ngtcp2'

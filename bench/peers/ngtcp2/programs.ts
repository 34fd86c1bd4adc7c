// Where they are, and what both are told.
import { join } from 'node:path'
import { PEERS } from '../../../interop/implementations/programs.ts'

/** Those that speak HTTP/0.9, and those of the distribution that speak HTTP/3. */
export const PROGRAMS: Readonly<Record<'h09' | 'h3', { readonly client: string; readonly server: string }>> = {
  h09: { client: join(PEERS, 'h09client'), server: join(PEERS, 'h09server') },
  h3: { client: '/usr/bin/gtlsclient', server: '/usr/sbin/gtlsserver' },
}
export const NOTE: string = join(PEERS, 'ngtcp2.version')

/** One cipher suite, by GnuTLS's names. */
export const SUITE = '--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM'
export const GROUP = '--groups=-GROUP-ALL:+GROUP-X25519'

/** In the folder of the certificate: what the server serves. */
export const ROOT = 'ngtcp2'

/** Which of the programs a mode names; those of HTTP/0.9 by default. */
export function programs(mode: string): { readonly client: string; readonly server: string } {
  return mode === 'h3' ? PROGRAMS.h3 : PROGRAMS.h09
}

// Keys of Initial packets, which anyone who sees the connection id can derive. RFC 9001 section 5.2.
import { Expansion, hkdfExtract } from './key-schedule.ts'
import { Opener } from './opener.ts'
import { Sealer } from './sealer.ts'
import { TLS_AES_128_GCM_SHA256 } from './suites.ts'
import { versionConstants } from './versions.ts'

/** The two directions of one level. */
export interface KeyPair {
  readonly sealer: Sealer
  readonly opener: Opener
}

/**
 * Derives the keys of Initial packets from the client's first destination connection id. Throws `NativeError` (`ERR_NATIVE_OPTION`) for a
 * version that is neither 1 nor 2.
 */
export function initialKeys(side: 'client' | 'server', version: number, destinationConnectionId: Uint8Array): KeyPair {
  const { initialSalt, labels } = versionConstants(version)
  const suite = TLS_AES_128_GCM_SHA256
  const { hash, hashLength } = suite
  const client = Buffer.allocUnsafe(hashLength)
  const server = Buffer.allocUnsafe(hashLength)
  const initial = new Expansion(hash, hkdfExtract(hash, initialSalt, destinationConnectionId))
  initial.into(client, 0, 'client in', hashLength)
  initial.into(server, 0, 'server in', hashLength)
  initial.end()
  return {
    sealer: Sealer.fromSecret(suite, side === 'client' ? client : server, labels),
    opener: Opener.fromSecret(suite, side === 'client' ? server : client, labels),
  }
}

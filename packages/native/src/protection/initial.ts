// Keys of Initial packets, which anyone who sees the connection id can derive. RFC 9001 section 5.2.
import { NativeError } from '../error.ts'
import { hkdfExpandLabel, hkdfExtract } from './key-schedule.ts'
import { Opener } from './opener.ts'
import { Sealer } from './sealer.ts'
import { TLS_AES_128_GCM_SHA256 } from './suites.ts'

const INITIAL_SALTS: ReadonlyMap<number, Buffer> = new Map([[0x00000001, Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex')]])

/** The two directions of one level. */
export interface KeyPair {
  readonly sealer: Sealer
  readonly opener: Opener
}

/**
 * Derives the keys of Initial packets from the client's first destination connection id. Throws `NativeError` (`ERR_NATIVE_OPTION`) for a
 * version other than 1.
 */
export function initialKeys(side: 'client' | 'server', version: number, destinationConnectionId: Uint8Array): KeyPair {
  const salt = INITIAL_SALTS.get(version)
  if (!salt) throw new NativeError('ERR_NATIVE_OPTION', `QUIC version 0x${version.toString(16)} has no known Initial salt.`)
  const suite = TLS_AES_128_GCM_SHA256
  const initial = hkdfExtract(suite.hash, salt, destinationConnectionId)
  const client = hkdfExpandLabel(suite.hash, initial, 'client in', suite.hashLength)
  const server = hkdfExpandLabel(suite.hash, initial, 'server in', suite.hashLength)
  return {
    sealer: new Sealer(suite, side === 'client' ? client : server),
    opener: new Opener(suite, side === 'client' ? server : client),
  }
}

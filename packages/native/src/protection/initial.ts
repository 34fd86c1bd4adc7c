// Keys of Initial packets, which anyone who sees the connection id can derive. RFC 9001 section 5.2.
import { Arena } from '../arena.ts'
import { once } from '../binding/load.ts'
import { Expansion, HASH_LENGTH, hkdfExtract } from './key-schedule.ts'
import { Opener } from './opener.ts'
import { Sealer } from './sealer.ts'
import { TLS_AES_128_GCM_SHA256 } from './suites.ts'
import { versionConstants } from './versions.ts'

/** The two directions of one level. */
export interface KeyPair {
  readonly sealer: Sealer
  readonly opener: Opener
}

const SUITE = TLS_AES_128_GCM_SHA256
const SECRET_LENGTH = HASH_LENGTH[SUITE.hash]

/** Three secrets, which are none: what is extracted, and what client and server begin with. */
const secrets = once(() => {
  const memory = Arena.allocate(3 * SECRET_LENGTH)
  const part = (index: number) => memory.bytes.subarray(index * SECRET_LENGTH, (index + 1) * SECRET_LENGTH)
  return { memory, client: part(1), server: part(2) }
})

/**
 * Derives the keys of Initial packets from the client's first destination connection id. Throws `NativeError` (`ERR_NATIVE_OPTION`) for a
 * version that is neither 1 nor 2.
 */
export function initialKeys(side: 'client' | 'server', version: number, destinationConnectionId: Uint8Array): KeyPair {
  const { initialSalt, labels } = versionConstants(version)
  const { memory, client, server } = secrets()
  hkdfExtract(SUITE.hash, initialSalt, destinationConnectionId, memory, 0)
  const initial = new Expansion(SUITE.hash, memory, 0)
  initial.into(memory, SECRET_LENGTH, 'client in', SECRET_LENGTH)
  initial.into(memory, 2 * SECRET_LENGTH, 'server in', SECRET_LENGTH)
  return {
    sealer: Sealer.initial(SUITE, side === 'client' ? client : server, labels),
    opener: Opener.initial(SUITE, side === 'client' ? server : client, labels),
  }
}

// quinn: our program on it is the crate `quinn/`, which `interop/install.sh quinn` builds.
import { join } from 'node:path'
import type { Implementation } from './implementation.ts'
import { PEERS, programPeer } from './programs.ts'

const MIGRATION = 'quinn does not move to a preferred address'
const PATH_DEPTH = 'rustls follows a chain of certificates over six at most'
const V2 = 'quinn has no version 2'

export const quinn: Implementation = programPeer('quinn', [join(PEERS, 'quinn')], {
  client: { amplificationlimit: PATH_DEPTH, connectionmigration: MIGRATION, v2: V2 },
  server: { v2: V2 },
})

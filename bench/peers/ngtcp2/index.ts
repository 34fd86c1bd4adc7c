// ngtcp2's own example programs, run by programs that speak our lines.
import { existsSync, readFileSync } from 'node:fs'
import { nodePeer, type Peer } from '../peer.ts'
import { CLIENT, NOTE, SERVER } from './programs.ts'

export const ngtcp2: Peer = nodePeer('ngtcp2', import.meta.dirname, {
  missing: () => ([CLIENT, SERVER].every((path) => existsSync(path)) ? null : "missing: 'bash interop/install.sh ngtcp2' compiles it"),
  version: () => (existsSync(NOTE) ? readFileSync(NOTE, 'utf8').trim() : null),
})

// ngtcp2's own example programs, run by programs that speak our lines.
import { existsSync, readFileSync } from 'node:fs'
import { nodePeer, type Peer } from '../peer.ts'
import { NOTE, programs } from './programs.ts'

export const ngtcp2: Peer = peer('ngtcp2', 'h09')

/** With nghttp3. */
export const ngtcp2Http3: Peer = peer('ngtcp2 (HTTP/3)', 'h3')

function peer(name: string, mode: 'h09' | 'h3'): Peer {
  const { client, server } = programs(mode)
  return nodePeer(name, import.meta.dirname, {
    options: ['--mode', mode],
    missing: () => ([client, server].every((path) => existsSync(path)) ? null : "missing: 'bash interop/install.sh ngtcp2' installs it"),
    version: () => (existsSync(NOTE) ? readFileSync(NOTE, 'utf8').trim() : null),
  })
}

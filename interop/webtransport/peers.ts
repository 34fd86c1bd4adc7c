// Programs that WebTransport is tried against, by name. Each has one command line: see peer.py.
import { join } from 'node:path'
import { absent, installedVersion, PEERS } from '../implementations/programs.ts'

export interface Peer {
  readonly name: string
  /** What stands before the arguments. */
  readonly command: readonly [string, ...string[]]
  /** Empty when nobody knows. */
  version(): string
  /** Why it cannot run, and how to change that; null when it can. */
  missing(): string | null
}

export const peers: Readonly<Record<string, Peer>> = {
  aioquic: peer('aioquic', join(PEERS, 'aioquic/bin/python'), join(import.meta.dirname, 'peer.py')),
  'webtransport-go': peer('webtransport-go', join(PEERS, 'webtransport-go')),
}

function peer(name: string, ...command: [string, ...string[]]): Peer {
  return { name, command, version: () => installedVersion(name) ?? '', missing: () => absent(name, ...command) }
}

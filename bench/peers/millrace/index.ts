import { readFileSync } from 'node:fs'
import { nodePeer, type Peer } from '../peer.ts'

const MANIFEST = new URL('../../../packages/quic/package.json', import.meta.url)

const version = (): string => (JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string }).version

export const millrace: Peer = nodePeer('millrace', import.meta.dirname, { version })

/** With the option `busyPoll`. */
export const millraceBusyPoll: Peer = nodePeer('millrace', import.meta.dirname, { version, options: ['--mode', 'busy-poll'] })

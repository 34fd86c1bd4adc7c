import { readFileSync } from 'node:fs'
import { nodePeer, type Peer } from '../peer.ts'

const MANIFEST = new URL('../../../packages/quic/package.json', import.meta.url)

export const millrace: Peer = nodePeer('millrace', import.meta.dirname, {
  version: () => (JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string }).version,
})

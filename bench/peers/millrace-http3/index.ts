import { readFileSync } from 'node:fs'
import { nodePeer, type Peer } from '../peer.ts'

const MANIFEST = new URL('../../../packages/http3/package.json', import.meta.url)

export const millraceHttp3: Peer = nodePeer('millrace (HTTP/3)', import.meta.dirname, {
  version: () => (JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string }).version,
})

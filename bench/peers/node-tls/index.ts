import { nodePeer, type Peer } from '../peer.ts'

/** A TLS connection carries one stream, and no 0-RTT: Node has none. */
export const nodeTls: Peer = nodePeer('node:tls', import.meta.dirname, { version: () => process.versions.node })

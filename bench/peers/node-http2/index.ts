import { nodePeer, type Peer } from '../peer.ts'

const version = () => process.versions.node

/** 64 KB for the connection and for each stream: what Node has by default. */
export const nodeHttp2: Peer = nodePeer('node:http2', import.meta.dirname, { version })

export const nodeHttp2Wide: Peer = nodePeer('node:http2 (16 MB windows)', import.meta.dirname, { options: ['--mode', 'wide'], version })

import { compiledPeer, type Peer } from '../peer.ts'

export const quicGo: Peer = compiledPeer('quic-go')

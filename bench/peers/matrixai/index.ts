import { nodePeer, type Peer, packagePeer } from '../peer.ts'

export const matrixai: Peer = nodePeer('@matrixai/quic', import.meta.dirname, packagePeer('@matrixai/quic'))

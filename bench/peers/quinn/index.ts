import { compiledPeer, type Peer } from '../peer.ts'

export const quinn: Peer = compiledPeer('quinn')

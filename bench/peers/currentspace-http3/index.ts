import { nodePeer, type Peer, packagePeer } from '../peer.ts'

const contender = packagePeer('@currentspace/http3')

/** As it comes out of the box: it takes io_uring where the kernel has it. */
export const currentspaceHttp3: Peer = nodePeer('@currentspace/http3', import.meta.dirname, { ...contender, options: ['--mode', 'auto'] })

export const currentspaceHttp3Portable: Peer = nodePeer('@currentspace/http3 (portable)', import.meta.dirname, {
  ...contender,
  options: ['--mode', 'portable'],
})

// Everyone who takes part in the network benchmarks.
export { currentspace, currentspacePortable } from './currentspace/index.ts'
export { matrixai } from './matrixai/index.ts'
export { millrace } from './millrace/index.ts'
export { ngtcp2 } from './ngtcp2/index.ts'
export { nodeHttp2, nodeHttp2Wide } from './node-http2/index.ts'
export { nodeTls } from './node-tls/index.ts'
export { quicGo } from './quic-go/index.ts'
export { quinn } from './quinn/index.ts'

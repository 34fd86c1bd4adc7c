/**
 * TLS 1.3 and AEADs from the OpenSSL inside Node, and UDP in batches.
 *
 * @module @millrace/native
 */
export { Arena } from './arena.ts'
export { NativeError } from './error.ts'
export { initialKeys, type KeyPair } from './protection/initial.ts'
export { keyedHash } from './protection/keyed-hash.ts'
export { openMessage, sealMessage } from './protection/message.ts'
export { Opener } from './protection/opener.ts'
export { retryIntegrityTag } from './protection/retry.ts'
export { Sealer } from './protection/sealer.ts'
export {
  CIPHER_SUITES,
  type CipherSuite,
  cipherSuite,
  TLS_AES_128_GCM_SHA256,
  TLS_AES_256_GCM_SHA384,
  TLS_CHACHA20_POLY1305_SHA256,
} from './protection/suites.ts'
export { VERSION_1, VERSION_2 } from './protection/versions.ts'
export { alertName } from './tls/alerts.ts'
export { TlsContext, type TlsContextOptions } from './tls/context.ts'
export type { Encoded } from './tls/credentials.ts'
export type { EarlyDataStatus, Level, TlsAlert, TlsEvent } from './tls/events.ts'
export type { Identity } from './tls/identity.ts'
export type { TlsSession, TlsSessionOptions } from './tls/session-interface.ts'
export type { VerifyClient } from './tls/trust.ts'
export type { Address } from './udp/address.ts'
export type { DatagramChannel } from './udp/channel.ts'
export { type IpAddress, parseIp } from './udp/ip.ts'
export { openUdpSocket } from './udp/open.ts'
export type { ReceivedBatch, RefusalListener, UdpSocket, UdpSocketOptions, UdpSocketStats } from './udp/socket.ts'

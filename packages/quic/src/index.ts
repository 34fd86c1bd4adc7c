/**
 * QUIC for Node, client and server, with an API after node:quic. RFC 9000, 9001, 9002.
 *
 * @module @millrace/quic
 */
export type { DatagramChannel } from '@millrace/native'
export { connect } from './api/connect.ts'
export type { OnDatagram, OnDatagramStatus } from './api/datagrams.ts'
export type { EarlyDataTerms } from './api/early-data-terms.ts'
export { QuicEndpoint } from './api/endpoint.ts'
export { QuicError, type QuicErrorCode, type QuicErrorOptions } from './api/error.ts'
export { listen } from './api/listen.ts'
export type { Encoded, EndpointOptions, Identity, SessionOptions, TransportParams } from './api/options.ts'
export { PathMemory } from './api/path-memory.ts'
export { portSeats } from './api/port-seats.ts'
export type { PreferredAddressOptions } from './api/preferred-address.ts'
export type { OnQlog, QlogWriter } from './api/qlog.ts'
export {
  type EarlyDataGuard,
  MemoryEarlyDataGuard,
  type ResumptionOptions,
} from './api/resumption.ts'
export { QuicSession } from './api/session.ts'
export type { CloseOptions, SessionInfo } from './api/session-info.ts'
export type { QuicPathStats } from './api/session-paths.ts'
export type { QuicPacketRecord, QuicSessionStats, QuicSilence } from './api/session-stats.ts'
export { MemorySessionStore, type SavedKind, type SessionStore } from './api/session-store.ts'
export { QuicStream, type QuicStreamStats } from './api/stream.ts'
export type { CreateStreamOptions, ResetStreamOptions, StreamPriority, StreamPriorityChange } from './api/stream-options.ts'
export type { PortSeat } from './endpoint/port-seat.ts'

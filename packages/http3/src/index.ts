/**
 * HTTP for Node as one semantics over three syntaxes: HTTP/3 (RFC 9114), and HTTP/2 and 1.1 as the way back.
 *
 * @module @millrace/http3
 */
export { Agent } from './client/agent.ts'
export type { AgentOptions } from './client/agent-options.ts'
export type { Alternative } from './client/alt-svc.ts'
export type { AltSvcStore, StoredAlternative } from './client/alt-svc-cache.ts'
export { type Carriage, carriageOf } from './client/call.ts'
export type { Clock } from './client/clock.ts'
export { type FetchInit, type FetchInput, fetch } from './client/fetch.ts'
export type { HttpsRecord, HttpsRecordResolver } from './client/https-records.ts'
export type { Http3Use } from './client/whereabouts.ts'
export { type FieldSection, fieldValue } from './core/fields/field-section.ts'
export type { UdpTarget } from './core/masque/udp-target.ts'
export type { RequestPriority } from './core/priority/request-priority.ts'
export type { CloseInfo } from './core/webtransport/wire.ts'
export type { Http3ErrorName } from './core/wire/http3-error.ts'
export type { Http3Settings } from './core/wire/settings.ts'
export { type ConnectUdpOptions, connectUdp } from './masque/connect-udp.ts'
export { type ConnectUdpProxyOptions, connectUdpProxy } from './masque/proxy.ts'
export type { NameResolver } from './masque/resolve-target.ts'
export { UdpTunnel } from './masque/udp-tunnel.ts'
export { createServer, type RequestListener } from './server/create-server.ts'
export type { Peer } from './server/exchange.ts'
export type { ErrorHandler, FetchHandler, HeaderFields, RequestInfo } from './server/fetch-application.ts'
export type { Certificate, ServerOptions } from './server/options.ts'
export { ServerRequest } from './server/request.ts'
export { ServerResponse } from './server/response.ts'
export { type ServeOptions, serve } from './server/serve.ts'
export { HttpServer } from './server/server.ts'
export { http3EarlyDataTerms } from './session/early-data-terms.ts'
export { HttpError, type HttpErrorCode, type HttpErrorOptions, type StreamCode } from './session/error.ts'
export { Http3Session, type RequestOptions } from './session/http3-session.ts'
export { Http3Stream } from './session/http3-stream.ts'
export type { Http3Options } from './session/options.ts'
export { type StaticOptions, staticFiles } from './static/static-files.ts'
export { webSocketConnection } from './websocket/client-socket.ts'
export type { WebTransportBidirectionalStream } from './webtransport/bidirectional-stream.ts'
export type { WebTransportHash } from './webtransport/certificate-hashes.ts'
export { WebTransportPool } from './webtransport/connection-pool.ts'
export type { WebTransportDatagramDuplexStream, WebTransportDatagramStats } from './webtransport/datagrams.ts'
export { WebTransportError, type WebTransportErrorOptions } from './webtransport/error.ts'
export type { WebTransportReceiveStream, WebTransportReceiveStreamStats } from './webtransport/receive-stream.ts'
export type { WebTransportSendStream, WebTransportSendStreamOptions, WebTransportSendStreamStats } from './webtransport/send-stream.ts'
export {
  type AcceptOptions,
  serveWebTransport,
  WebTransportRequest,
  type WebTransportServerOptions,
  webTransportSettings,
} from './webtransport/server.ts'
export { WebTransportSession } from './webtransport/session.ts'
export type { WebTransportConnectionStats } from './webtransport/stats.ts'
export { WebTransport, type WebTransportOptions } from './webtransport/web-transport.ts'

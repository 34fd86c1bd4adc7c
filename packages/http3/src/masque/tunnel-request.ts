// A client's request for a tunnel, by whichever version of HTTP it comes.
import type { FieldSection } from '../core/fields/field-section.ts'
import type { ProtocolRequest } from '../server/protocol-request.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import type { CapsuleStream } from './capsule-stream.ts'
import { DuplexTunnel } from './duplex-tunnel.ts'

/** What the proxy knows of it. */
export interface TunnelRequest {
  /** Pseudo-header fields first. */
  readonly fields: FieldSection
  readonly stream: CapsuleStream
  /** Aborted when the client gave up. */
  readonly signal: AbortSignal
  /** The same object for all requests on one connection. */
  readonly connection: object
  readonly localPort: number
  /** Settles once it is known how datagrams go. */
  readonly ready: Promise<unknown>
  /** Begins the tunnel. */
  accept(fields: FieldSection): void
  /** Answers, and that is all. */
  refuse(fields: FieldSection): void
}

export function overHttp3(stream: Http3Stream): TunnelRequest {
  const { session, requestFields: fields, signal } = stream
  return {
    fields,
    stream,
    signal,
    connection: session,
    localPort: session.quic.path.local.port,
    // From the client's SETTINGS.
    ready: session.settings,
    accept: (response) => stream.respond(response),
    refuse(response) {
      stream.ondatagram = undefined
      stream.respond(response, { endStream: true })
      stream.stopSending('H3_NO_ERROR')
    },
  }
}

export function overTcp({ requestFields: fields, stream, signal, connection, localPort, respond }: ProtocolRequest): TunnelRequest {
  return {
    fields,
    stream: new DuplexTunnel(stream),
    signal,
    connection,
    localPort,
    ready: Promise.resolve(),
    accept: respond,
    refuse: respond,
  }
}

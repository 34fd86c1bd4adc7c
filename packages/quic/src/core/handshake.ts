// Carries CRYPTO bytes between the packets and TLS, and checks what only the handshake can tell. RFC 9001 section 4, RFC 9000 section 7.
import { PostHandshake } from './crypto/post-handshake.ts'
import type { Opener, Sealer } from './crypto/protection.ts'
import type { EarlyDataStatus, TlsAlert, TlsEvent, TlsSession } from './crypto/tls.ts'
import { TransportViolation } from './errors.ts'
import type { PacketSpace } from './packet-space.ts'
import type { Side } from './streams/stream-id.ts'
import { same } from './wire/connection-id.ts'
import { decodeTransportParameters, type TransportParameters } from './wire/transport-parameters.ts'

/** TLS refused: the connection closes with CRYPTO_ERROR and the alert. RFC 9001 section 4.8. */
export class HandshakeFailure extends Error {
  override readonly name = 'HandshakeFailure'
  readonly alert: number

  constructor(event: TlsAlert) {
    super(event.message)
    this.alert = event.alert
  }
}

/** What the handshake tells the connection. */
export interface HandshakeHost {
  space(level: 'initial' | 'handshake' | '1rtt'): PacketSpace
  /** Keys to seal packets of this space are there now. */
  sealerInstalled(space: PacketSpace): void
  /** Keys to open packets of this space are there now. */
  openerInstalled(space: PacketSpace): void
  /** Client: 0-RTT packets may be sealed. */
  earlySealerInstalled(sealer: Sealer): void
  /** Server: 0-RTT is accepted. */
  earlyOpenerInstalled(opener: Opener): void
  parametersReceived(parameters: TransportParameters, earlyData: EarlyDataStatus): void
  handshakeCompleted(event: Extract<TlsEvent, { type: 'handshakeCompleted' }>): void
  ticketReceived(ticket: Uint8Array): void
  /** What the peer's transport parameters must repeat. */
  readonly authenticatedIds: AuthenticatedIds
}

/** The connection ids that the peer's transport parameters must repeat. RFC 9000 section 7.3. */
export interface AuthenticatedIds {
  readonly initialSource: Uint8Array
  /** Only a client can check this one. */
  readonly originalDestination: Uint8Array
  /** So is this: the source id of the Retry packet, or null. */
  readonly retrySource: Uint8Array | null
}

export class Handshake {
  readonly #side: Side
  #tls: TlsSession
  readonly #host: HandshakeHost
  /** A client has nothing to say after the handshake. */
  readonly #after: PostHandshake | null
  completed = false

  constructor(side: Side, tls: TlsSession, host: HandshakeHost) {
    this.#side = side
    this.#after = side === 'client' ? new PostHandshake() : null
    this.#tls = tls
    this.#host = host
  }

  /** Begins again with another TLS session: what the first one said was for nobody. RFC 9368 section 2.1. */
  restart(tls: TlsSession): void {
    this.#tls.release()
    this.#tls = tls
    this.start()
  }

  /** Keys made from now on are those of this version. */
  useVersion(version: number): void {
    this.#tls.useVersion(version)
  }

  start(): void {
    this.#tls.start()
    this.#drain()
  }

  /** CRYPTO bytes of this space may be in order now. */
  provide(space: PacketSpace): void {
    for (let bytes = space.crypto.read(); bytes !== null; bytes = space.crypto.read()) {
      if (space.level === '1rtt') this.#after?.follow(bytes)
      this.#tls.provide(space.level, bytes)
      this.#drain()
    }
  }

  get certificate(): Uint8Array | null {
    return this.#tls.certificate
  }

  get peerCertificate(): Uint8Array | null {
    return this.#tls.peerCertificate
  }

  get peerCertificateError(): string | null {
    return this.#tls.peerCertificateError
  }

  exportKeyingMaterial(length: number, label: string, context: Uint8Array): Uint8Array | null {
    return this.#tls.exportKeyingMaterial(length, label, context)
  }

  tidy(): void {
    this.#tls.tidy()
  }

  release(): void {
    this.#tls.release()
  }

  #drain(): void {
    for (let event = this.#tls.takeEvent(); event !== null; event = this.#tls.takeEvent()) this.#take(event)
  }

  #take(event: TlsEvent): void {
    const host = this.#host
    switch (event.type) {
      case 'cryptoProduced':
        if (event.level !== '0rtt') host.space(event.level).crypto.write(event.bytes)
        return
      case 'sealerInstalled':
        if (event.level === '0rtt') host.earlySealerInstalled(event.sealer)
        else {
          const space = host.space(event.level)
          space.sealer = event.sealer
          host.sealerInstalled(space)
        }
        return
      case 'openerInstalled':
        if (event.level === '0rtt') host.earlyOpenerInstalled(event.opener)
        else {
          const space = host.space(event.level)
          space.opener = event.opener
          host.space(event.level === '1rtt' ? 'handshake' : 'initial').crypto.endReading()
          host.openerInstalled(space)
        }
        return
      case 'transportParametersReceived':
        host.parametersReceived(this.#checked(event.bytes), event.earlyData)
        return
      case 'handshakeCompleted':
        this.completed = true
        host.handshakeCompleted(event)
        return
      case 'ticketReceived':
        host.ticketReceived(event.ticket)
        return
      case 'alertRaised':
        throw this.#after?.violation(event) ?? new HandshakeFailure(event)
    }
  }

  #checked(bytes: Uint8Array): TransportParameters {
    const peer = this.#side === 'client' ? 'server' : 'client'
    const parameters = decodeTransportParameters(bytes, peer)
    const { initialSource, originalDestination, retrySource } = this.#host.authenticatedIds
    expectId('initial_source_connection_id', parameters.initialSourceConnectionId, initialSource)
    if (this.#side === 'client') {
      expectId('original_destination_connection_id', parameters.originalDestinationConnectionId, originalDestination)
      if (retrySource !== null) expectId('retry_source_connection_id', parameters.retrySourceConnectionId, retrySource)
      else if (parameters.retrySourceConnectionId !== undefined) {
        throw new TransportViolation('TRANSPORT_PARAMETER_ERROR', 'retry_source_connection_id without a Retry')
      }
    }
    return parameters
  }
}

function expectId(name: string, actual: Uint8Array | undefined, expected: Uint8Array): void {
  if (actual !== undefined && same(actual, expected)) return
  throw new TransportViolation('TRANSPORT_PARAMETER_ERROR', `${name} is ${actual === undefined ? 'missing' : 'not the one that was used'}`)
}

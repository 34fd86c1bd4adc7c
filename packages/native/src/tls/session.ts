// One TLS handshake for one QUIC connection: CRYPTO bytes in, events out. RFC 9001 section 4; SSL_set_quic_tls_cbs(3).
import { Buffer } from 'node:buffer'
import { Arena, addressOf } from '../arena.ts'
import { opensslFailure, takeErrors } from '../binding/error-queue.ts'
import { once } from '../binding/load.ts'
import { openSsl } from '../binding/openssl.ts'
import { NativeError } from '../error.ts'
import { HeldBytes } from '../held-bytes.ts'
import { Opener } from '../protection/opener.ts'
import { Sealer } from '../protection/sealer.ts'
import type { CipherSuite } from '../protection/suites.ts'
import { type KeyLabels, VERSION_1, versionConstants } from '../protection/versions.ts'
import { lent, scratch } from '../scratch.ts'
import { ALERT, alertName } from './alerts.ts'
import { chooseAlpn } from './alpn.ts'
import { cString, plainText } from './c-string.ts'
import { type CallbackTarget, tlsCallbacks } from './callbacks.ts'
import { CTRL, EARLY_DATA, ERROR_WANT_READ, HOST_FLAGS, MAX_EARLY_DATA, NAME_TYPE_HOST, SENT_SHUTDOWN } from './constants.ts'
import { type EarlyDataStatus, LEVELS, type Level, type TlsEvent } from './events.ts'
import { exportedKeyingMaterial } from './exporter.ts'
import { Inbox, MAX_WAITING } from './inbox.ts'
import type { LiveTickets } from './live-tickets.ts'
import { earlySuite, negotiatedProtocol, negotiatedSuite } from './negotiated.ts'
import type { TlsSession, TlsSessionOptions } from './session-interface.ts'
import { bindTickets, offerTicket, serializeTicket, type TicketBindings, ticketData } from './ticket.ts'
import type { TicketKeys } from './ticket-keys.ts'
import { certificateBytes, verificationError, verificationFailure } from './verification.ts'

/** What all sessions of one context have. */
export interface SessionSetup {
  readonly side: 'client' | 'server'
  /** Our protocols, encoded. */
  readonly alpn: Buffer
  /** Whether a client verifies its server; whether a server asks for its client's certificate. */
  readonly verify: boolean
  /** What a client's tickets are bound to. */
  readonly bindings: TicketBindings
  /** A client's. */
  readonly liveTickets: LiveTickets | null
  readonly keylog: ((line: string) => void) | null
  /** A server's. */
  readonly ticketKeys: TicketKeys | null
  /** What a server presents to those who ask for a name. */
  readonly presentedTo: (servername: string | null) => Presented | null
}

/** An SSL_CTX, and at a server the certificate in it, in DER. */
export interface Presented {
  readonly context: number
  readonly certificate: Uint8Array | null
}

/** `handle`: its SSL, which is the session's from now on; `first`: what it begins with. */
export function createTlsSession(options: TlsSessionOptions, handle: number, first: Presented, setup: SessionSetup): TlsSession {
  return new Session(options, handle, first, setup)
}

const HANDSHAKE_LEVEL: number = LEVELS.indexOf('handshake')
const APPLICATION_LEVEL: number = LEVELS.indexOf('1rtt')
const EARLY_LEVEL: number = LEVELS.indexOf('0rtt')

const NO_CERTIFICATE = 'The client sent no certificate, and is not let in without one.'

const NO_BYTES: Uint8Array = new Uint8Array(0)
/** Where SSL_read_ex would put what never comes: application data, and its length. Not the common scratch, which is used within the call. */
const readTarget = once(() => Arena.allocate(16))

/** SSL3_RANDOM_SIZE. */
const CLIENT_RANDOM = 32

/** Of a server's session that has nothing to do any more. */
const RETIRED: TlsSessionOptions = { transportParameters: NO_BYTES }

/** A refusal of ours that OpenSSL would report as an internal error. */
class Refusal extends Error {
  readonly alert: number

  constructor(alert: number, message: string) {
    super(message)
    this.alert = alert
  }
}

class Session implements TlsSession, CallbackTarget {
  readonly #ssl = openSsl()
  readonly #setup: SessionSetup
  #options: TlsSessionOptions
  /** Ours, while OpenSSL may read them. */
  #parameters: HeldBytes | null = null
  /** What a server shows. */
  #presented: Presented
  /** That of a server's client, once the SSL is gone; null for none. */
  #peerCertificate: Uint8Array | null = null
  #peerCertificateError: string | null = null
  #labels: KeyLabels
  readonly #inbox = new Inbox()
  /** Those from `#taken` on wait: to cut the array, or to set its length, costs more than what is in it. */
  #events: TlsEvent[] = []
  #taken = 0
  readonly #keyLines: string[] = []
  #handle: number
  #state: 'idle' | 'handshaking' | 'completed' | 'retired' | 'failed' | 'released' = 'idle'
  #readLevel = 0
  #writeLevel = 0
  #parametersReceived = false
  #earlyKeys = false
  /** What was negotiated, once it is known: TLS does not change its mind. */
  #suite: CipherSuite | null = null
  #protocol: string | null = null
  /** What a client asks for, and a server is asked for. */
  #servername: string | null = null
  /** A server has asked a client for its certificate. */
  #certificateWanted = false
  #alert: number | null = null
  #fault: unknown = null

  constructor(options: TlsSessionOptions, handle: number, first: Presented, setup: SessionSetup) {
    this.#setup = setup
    this.#options = options
    this.#labels = versionConstants(options.version ?? VERSION_1).labels
    this.#ssl.ERR_clear_error()
    this.#presented = first
    this.#handle = handle
    try {
      this.#configure()
    } catch (error) {
      this.release()
      throw error
    }
    tlsCallbacks().sessions.set(this.#handle, this)
  }

  start(): void {
    if (this.#state !== 'idle') return
    this.#state = 'handshaking'
    this.#advance()
  }

  provide(level: Level, bytes: Uint8Array): void {
    if (this.#state === 'released') throw new NativeError('ERR_NATIVE_RELEASED', 'This TLS session was released.')
    if (this.#state === 'failed') return
    if (this.#state === 'retired' || (this.#state === 'completed' && this.#setup.side === 'server')) {
      this.#fail(ALERT.unexpectedMessage, 'CRYPTO data arrived after the handshake, when a client has nothing to say.')
      return
    }
    if (!this.#inbox.put(LEVELS.indexOf(level), bytes)) {
      this.#fail(ALERT.unexpectedMessage, `More than ${MAX_WAITING} bytes of CRYPTO data wait for keys of their level.`)
      return
    }
    this.#state = this.#state === 'idle' ? 'handshaking' : this.#state
    this.#advance()
  }

  takeEvent(): TlsEvent | null {
    if (this.#taken < this.#events.length) return this.#events[this.#taken++]!
    if (this.#taken > 0) this.#events = []
    this.#taken = 0
    return null
  }

  useVersion(version: number): void {
    this.#labels = versionConstants(version).labels
  }

  get certificate(): Uint8Array | null {
    if (this.#state === 'released') return null
    if (this.#setup.side === 'server') return this.#presented.certificate
    return this.#certificateWanted ? certificateBytes(this.#ssl.SSL_get_certificate(this.#handle)) : null
  }

  get peerCertificate(): Uint8Array | null {
    return this.#state === 'completed' ? certificateBytes(this.#ssl.SSL_get0_peer_certificate(this.#handle)) : this.#peerCertificate
  }

  get peerCertificateError(): string | null {
    return this.#state === 'completed' && this.#setup.side === 'server' ? verificationError(this.#handle) : this.#peerCertificateError
  }

  exportKeyingMaterial(length: number, label: string, context: Uint8Array): Uint8Array | null {
    return this.#state === 'completed' ? exportedKeyingMaterial(this.#handle, length, label, context) : null
  }

  release(): void {
    const hasFailed = this.#state === 'failed'
    this.#state = 'released'
    this.#peerCertificate = null
    this.#free()
    // One whose handshake failed leaves errors behind, by which Node's createPrivateKey would fail.
    if (hasFailed) this.#ssl.ERR_clear_error()
  }

  // What OpenSSL asks and tells, from inside #advance.

  cryptoProduced(bytes: Buffer): void {
    this.#events.push({ type: 'cryptoProduced', level: LEVELS[this.#writeLevel]!, bytes })
  }

  cryptoWanted(): { readonly address: number; readonly length: number } | null {
    return this.#inbox.head(this.#readLevel)
  }

  cryptoConsumed(length: number): void {
    this.#inbox.consume(length)
  }

  secretYielded(level: number, direction: 'read' | 'write', secret: Uint8Array): void {
    // The earliest moment at which a server, then a client, knows what the other side's first flight held.
    if (level === (this.#setup.side === 'server' ? HANDSHAKE_LEVEL : APPLICATION_LEVEL)) this.#checkExtensions()
    const name = LEVELS[level]!
    const suite = level === EARLY_LEVEL ? earlySuite(this.#handle) : this.#negotiatedSuite()
    if (level === EARLY_LEVEL) this.#earlyKeys = true
    // 0-RTT packets are of the version that the client began with. RFC 9369 section 4.1.
    const labels = level === EARLY_LEVEL ? versionConstants(this.#options.version ?? VERSION_1).labels : this.#labels
    // CRYPTO frames never travel in 0-RTT packets (RFC 9001 section 4.1.3), so those keys move no level.
    if (direction === 'write') {
      if (level !== EARLY_LEVEL) this.#writeLevel = level
      this.#events.push({ type: 'sealerInstalled', level: name, sealer: Sealer.fromSecret(suite, secret, labels) })
    } else {
      if (level !== EARLY_LEVEL) this.#readLevel = level
      this.#events.push({ type: 'openerInstalled', level: name, opener: Opener.fromSecret(suite, secret, labels) })
    }
  }

  transportParametersReceived(bytes: Buffer): void {
    this.#parametersReceived = true
    const isServer = this.#setup.side === 'server'
    const answer = isServer ? this.#options.answer?.(bytes) : null
    if (answer) {
      this.useVersion(answer.version)
      this.#declare(answer.transportParameters)
    }
    // A client's answer stands by now: OpenSSL reads early_data before the extensions of others.
    this.#events.push({ type: 'transportParametersReceived', bytes, earlyData: isServer ? 'none' : this.#earlyData() })
  }

  alertRaised(alert: number): void {
    this.#alert ??= alert
  }

  chooseProtocol(offered: Buffer): number {
    const at = chooseAlpn(this.#setup.alpn, offered)
    if (at > 0) this.#protocol = offered.toString('utf8', at, at + offered[at - 1]!)
    return at
  }

  chooseCertificate(): number | null {
    this.#servername = this.#ssl.SSL_get_servername(this.#handle, NAME_TYPE_HOST)
    const presented = this.#setup.presentedTo(this.#servername)
    if (presented === null) return ALERT.unrecognizedName
    if (presented.context !== this.#presented.context) this.#ssl.SSL_set_SSL_CTX(this.#handle, presented.context)
    this.#presented = presented
    return null
  }

  certificateWanted(): void {
    this.#certificateWanted = true
  }

  ticketReceived(session: number): boolean {
    const ticket = serializeTicket(session)
    if (ticket === null) return false
    this.#events.push({ type: 'ticketReceived', ticket })
    return this.#setup.liveTickets!.keep(ticket, session)
  }

  ticketIssued(): void {
    const { ticketData: data = NO_BYTES } = this.#options
    this.#ssl.SSL_SESSION_set1_ticket_appdata(this.#ssl.SSL_get_session(this.#handle), lent(data), data.length)
  }

  ticketKeyWanted(nameAt: number, ivAt: number, cipherContext: number, macContext: number, sealing: boolean): number {
    const keys = this.#setup.ticketKeys!
    return sealing ? keys.seal(nameAt, ivAt, cipherContext, macContext) : keys.open(nameAt, ivAt, cipherContext, macContext)
  }

  earlyDataOffered(): boolean {
    const { earlyData } = this.#options
    if (typeof earlyData !== 'function') return false
    const ssl = this.#ssl
    const memory = scratch(CLIENT_RANDOM)
    ssl.SSL_get_client_random(this.#handle, addressOf(memory), CLIENT_RANDOM)
    const random = Buffer.from(memory.bytes.subarray(0, CLIENT_RANDOM))
    return earlyData(ticketData(ssl.SSL_get_session(this.#handle)), random)
  }

  keyLogged(line: string): void {
    this.#keyLines.push(line)
  }

  faulted(error: unknown): void {
    this.#fault ??= error
  }

  #configure(): void {
    const ssl = this.#ssl
    this.#declare(this.#options.transportParameters)
    if (this.#setup.side === 'client') this.#configureClient()
    else if (typeof this.#options.earlyData === 'function') ssl.SSL_set_quic_tls_early_data_enabled(this.#handle, 1)
    // OpenSSL would promise it in every ticket of QUIC.
    else ssl.SSL_set_max_early_data(this.#handle, 0)
  }

  /** OpenSSL keeps no more than the address of the parameters, so the bytes stay with us. */
  #declare(transportParameters: Uint8Array): void {
    const held = new HeldBytes(transportParameters)
    const taken = this.#ssl.SSL_set_quic_tls_transport_params(this.#handle, held.address, held.length)
    this.#parameters?.release()
    this.#parameters = held
    if (taken !== 1) throw opensslFailure('OpenSSL does not take the transport parameters.')
  }

  #configureClient(): void {
    const ssl = this.#ssl
    const { verify, bindings, liveTickets } = this.#setup
    const { ticket } = this.#options
    const servername = plainText('servername', this.#options.servername ?? '')
    if (verify && servername === '') {
      throw new NativeError(
        'ERR_NATIVE_OPTION',
        'servername is needed to verify whom we talk to (or, for development alone, `rejectUnauthorized: false`).',
      )
    }
    const { isAddress, binding } = bindings.of(servername)
    // RFC 6066 section 3: addresses are not sent as server names.
    if (servername !== '' && !isAddress) this.#servername = servername
    let taken = this.#servername === null || ssl.SSL_ctrl(this.#handle, CTRL.setServername, NAME_TYPE_HOST, cString(servername)) === 1
    if (taken && verify) {
      ssl.SSL_set_hostflags(this.#handle, HOST_FLAGS)
      taken = isAddress
        ? ssl.X509_VERIFY_PARAM_set1_ip_asc(ssl.SSL_get0_param(this.#handle), servername) === 1
        : ssl.SSL_set1_host(this.#handle, servername) === 1
    }
    if (!taken) throw opensslFailure(`servername: OpenSSL does not take '${servername}'.`, 'ERR_NATIVE_OPTION')
    bindTickets(this.#handle, binding)
    if (!ticket || !offerTicket(this.#handle, ticket, binding, liveTickets!) || !this.#options.earlyData) return
    if (ssl.SSL_SESSION_get_max_early_data(ssl.SSL_get_session(this.#handle)) === MAX_EARLY_DATA)
      ssl.SSL_set_quic_tls_early_data_enabled(this.#handle, 1)
  }

  /** Lets OpenSSL read what has arrived, and takes note of what came of it. */
  #advance(): void {
    const ssl = this.#ssl
    ssl.ERR_clear_error()
    if (this.#state === 'handshaking') {
      const result = ssl.SSL_do_handshake(this.#handle)
      if (result !== 1) this.#checkProgress(result)
      else {
        // A server ready for early data that has accepted none says that it is done after its own flight; reading takes it further.
        if (this.#readLevel !== APPLICATION_LEVEL) this.#read()
        if (this.#readLevel === APPLICATION_LEVEL && this.#state === 'handshaking') this.#complete()
      }
    }
    // Messages after the handshake: tickets. A KeyUpdate among them is refused by OpenSSL (RFC 9001 section 6).
    if (this.#state === 'completed' && this.#inbox.waiting > 0) this.#read()
    if (this.#state !== 'failed' && this.#inbox.isStale(this.#readLevel)) {
      this.#fail(ALERT.unexpectedMessage, 'CRYPTO data arrived at a level that the handshake has left.')
    }
    if (this.#keyLines.length > 0) for (const line of this.#keyLines.splice(0)) this.#setup.keylog?.(line)
    if (this.#state === 'completed' && this.#setup.side === 'server' && this.#options.exporter !== true) this.#retire()
  }

  /** A server has made its tickets with the end of the handshake, and a client may say nothing more: the SSL, some 20 KB, need not stay. */
  #retire(): void {
    if (this.#setup.verify) {
      this.#peerCertificate = certificateBytes(this.#ssl.SSL_get0_peer_certificate(this.#handle))
      this.#peerCertificateError = verificationError(this.#handle)
    }
    this.#state = 'retired'
    this.#options = RETIRED
  }

  tidy(): void {
    if (this.#state === 'retired') this.#free()
  }

  #free(): void {
    if (this.#handle === 0) return
    tlsCallbacks().sessions.delete(this.#handle)
    // Else OpenSSL takes a connection that nobody said goodbye on for a truncated one, and its tickets for spoilt.
    if (this.#setup.side === 'client') this.#ssl.SSL_set_shutdown(this.#handle, SENT_SHUTDOWN)
    this.#ssl.SSL_free(this.#handle)
    this.#handle = 0
    this.#parameters?.release()
    this.#parameters = null
    this.#inbox.release()
  }

  #read(): void {
    const at = addressOf(readTarget())
    this.#checkProgress(this.#ssl.SSL_read_ex(this.#handle, at, 1, at + 8))
  }

  #complete(): void {
    this.#state = 'completed'
    this.#events.push({
      type: 'handshakeCompleted',
      alpn: this.#protocol ?? '',
      cipher: this.#negotiatedSuite().name,
      resumed: this.#ssl.SSL_session_reused(this.#handle) === 1,
      earlyData: this.#earlyData(),
      servername: this.#servername,
    })
  }

  /** Without early keys at a client none was sent, whatever OpenSSL says. */
  #earlyData(): EarlyDataStatus {
    if (this.#setup.side === 'client' && !this.#earlyKeys) return 'none'
    return EARLY_DATA[this.#ssl.SSL_get_early_data_status(this.#handle)] ?? 'none'
  }

  #checkProgress(result: number): void {
    if (this.#fault === null && this.#ssl.SSL_get_error(this.#handle, result) === ERROR_WANT_READ) return
    const reasons = takeErrors()
    const fault = this.#fault
    if (fault instanceof Refusal) this.#fail(fault.alert, fault.message)
    else if (fault !== null)
      this.#fail(ALERT.internalError, `The TLS session failed inside: ${fault instanceof Error ? fault.message : String(fault)}.`)
    else {
      const alert = this.#alert ?? ALERT.internalError
      const peer = this.#setup.side === 'client' ? (this.#options.servername ?? 'the server') : 'the client'
      const certificate = alert === ALERT.certificateRequired ? NO_CERTIFICATE : verificationFailure(this.#handle, peer)
      this.#fail(alert, certificate ?? `The TLS handshake failed with ${alertName(alert)}${reasons === '' ? '' : `: ${reasons}`}.`)
    }
  }

  #fail(alert: number, message: string): void {
    this.#state = 'failed'
    this.#events.push({ type: 'alertRaised', alert, message })
  }

  /** What QUIC demands beyond TLS: transport parameters (RFC 9001 section 8.2) and a protocol (section 8.1). */
  #checkExtensions(): void {
    const peer = this.#setup.side === 'server' ? 'client' : 'server'
    if (!this.#parametersReceived) throw new Refusal(ALERT.missingExtension, `The ${peer} sent no QUIC transport parameters.`)
    this.#protocol ??= negotiatedProtocol(this.#handle)
    if (this.#protocol === null) {
      throw new Refusal(ALERT.noApplicationProtocol, `The ${peer} speaks none of our application protocols.`)
    }
  }

  #negotiatedSuite(): CipherSuite {
    this.#suite ??= negotiatedSuite(this.#handle)
    return this.#suite
  }
}

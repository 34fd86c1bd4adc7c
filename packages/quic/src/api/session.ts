// A connection as users hold it. Named after node:quic.

import type { X509Certificate } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Address } from '@millrace/native'
import type { CongestionController } from '../core/congestion/controller.ts'
import type { CloseReason, ConnectionEvent } from '../core/events.ts'
import type { Stream } from '../core/streams/stream.ts'
import type { Direction } from '../core/streams/stream-id.ts'
import type { Streams } from '../core/streams/streams.ts'
import type { Member, MemberListener } from '../endpoint/member.ts'
import { closingWords } from './arguments.ts'
import { certificateOf } from './certificate.ts'
import { type CongestionChoice, chosenController } from './congestion.ts'
import { type OnDatagram, type OnDatagramStatus, SessionDatagrams } from './datagrams.ts'
import { type KeptOfSession, SessionTickets } from './early-data-terms.ts'
import type { QuicEndpoint } from './endpoint.ts'
import { closedAlready, closeError, QuicError } from './error.ts'
import { handlerFailed } from './handler-failed.ts'
import { keyingMaterial, NO_CONTEXT } from './keying-material.ts'
import { type OnQlog, type QlogWriter, qlogOfSession, qlogWriter } from './qlog.ts'
import type { CloseOptions, SessionInfo } from './session-info.ts'
import { type QuicPathStats, SessionPaths } from './session-paths.ts'
import { type QuicPacketRecord, type QuicSessionStats, type QuicSilence, sessionStats, silenceOf } from './session-stats.ts'
import { SessionStreams } from './session-streams.ts'
import { type Settled, settled } from './settled.ts'
import { QuicStream } from './stream.ts'
import { StreamOpenings } from './stream-openings.ts'
import { type CheckedStreamOptions, type CreateStreamOptions, checkStreamOptions } from './stream-options.ts'
import { tokenToKeep } from './version-options.ts'

/** A QUIC connection. Made by `connect()`, or handed to the callback of `listen()`. */
export class QuicSession implements AsyncDisposable {
  /** Hears each line of the TLS key log, if the option `keylog` is set. */
  onkeylog: ((line: string) => void) | undefined
  /** Hears whether the peer answered on a new path. RFC 9000 section 8.2. */
  onpathvalidation: ((result: 'success' | 'failure', remote: Address) => void) | undefined
  /** Hears each time that an acknowledgement is overdue and the peer is probed: how often in a row. The waits double. RFC 9002 section 6.2. */
  onprobetimeout: ((count: number) => void) | undefined
  /** Client: hears each session ticket, for a later resumption; once `rememberTerms` knows what goes with it. */
  onsessionticket: ((ticket: Uint8Array) => void) | undefined
  /** Client: the server refused 0-RTT; streams stay, and what they said is sent again by itself. RFC 9001 section 4.6.2. */
  onearlyrejected: (() => void) | undefined
  /** Client: hears each address token of the server's, for the option `token` of one later session with it. RFC 9000 section 8.1.3. */
  onnewtoken: ((token: Uint8Array, address: Address) => void) | undefined
  /** What the endpoint tells. For endpoints alone. @internal */
  readonly listener: MemberListener = { handle: (event) => this.#handle(event), keylog: (line) => this.onkeylog?.(line) }
  readonly #member: Member
  readonly #datagrams: SessionDatagrams
  readonly #paths: SessionPaths
  /** Null on servers. */
  readonly #tickets: SessionTickets | null
  readonly #opened = settled<SessionInfo>()
  #servername: string
  readonly #closed = settled<void>()
  readonly #core: Streams
  readonly #openings: StreamOpenings
  readonly #host: SessionStreams
  #onstream: ((stream: QuicStream) => unknown) | undefined
  /** Streams of the peer's that nobody has been told of. */
  #unclaimed: QuicStream[] = []
  #alpn: string | null = null
  #closing: Promise<void> | null = null
  #drained: Settled<void> | null = null
  #destroyed: QuicError | null = null
  #ended = false

  /** Made by `listen` and `connect` alone. @internal */
  constructor(endpoint: QuicEndpoint, member: Member, servername: string, kept?: KeptOfSession) {
    this.#servername = servername
    this.#tickets = kept === undefined ? null : new SessionTickets(kept, (ticket) => this.onsessionticket?.(ticket))
    this.#member = member
    this.#core = member.connection.streams
    this.#paths = new SessionPaths(this, member, endpoint)
    this.#datagrams = new SessionDatagrams(member)
    this.#host = new SessionStreams(member)
    this.#openings = new StreamOpenings(member, (core, options) => this.#adopt(core, options))
  }

  /**
   * Hears of each stream that the peer opens; those that came before it was set are told when it is. If it returns a promise that rejects, the
   * stream is destroyed; a QuicError is then at rest, since `stream.closed` tells it as well, and any other error is an unhandled rejection.
   */
  get onstream(): ((stream: QuicStream) => unknown) | undefined {
    return this.#onstream
  }

  set onstream(onstream: ((stream: QuicStream) => unknown) | undefined) {
    this.#onstream = onstream
    if (onstream !== undefined) for (const stream of this.#unclaimed.splice(0)) this.#claim(stream)
  }

  /** The server's name, as the client asked for it; empty on a server until the handshake is done, and where no name was given. */
  get servername(): string {
    return this.#servername
  }

  /** Settles when the handshake is done. */
  get opened(): Promise<SessionInfo> {
    return this.#opened.promise
  }

  /** Resolves when the session was closed with code 0 by either side; rejects with what ended it otherwise. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** The session ends, and opens no streams any more. */
  get closing(): boolean {
    return this.#closing !== null
  }

  /** The session has ended. */
  get destroyed(): boolean {
    return this.#ended
  }

  /** The version of QUIC that is spoken, once the session is open: 0x1 or 0x6b3343cf. */
  get version(): number {
    return this.#member.connection.versions.current
  }

  /** The application protocol agreed on; null before the handshake is done. */
  get alpnProtocol(): string | null {
    return this.#alpn
  }

  /** The certificate that we presented: a server's for the name that was asked for, a client's if the server asked. Undefined otherwise, and after the end. */
  get certificate(): X509Certificate | undefined {
    return this.#ended ? undefined : certificateOf(this.#member.connection.handshake.certificate)
  }

  /** The peer's certificate, once the handshake is done. Undefined if it presented none, and after the end. */
  get peerCertificate(): X509Certificate | undefined {
    return this.#ended ? undefined : certificateOf(this.#member.connection.handshake.peerCertificate)
  }

  /** Server, with `verifyClient: 'any'`: why the client's certificate does not hold, by Node's name (`CERT_HAS_EXPIRED`); null if it holds, or there is none. */
  get peerCertificateError(): string | null {
    return this.#member.connection.handshake.peerCertificateError
  }

  /** Whether the peer takes resets that deliver the beginning of a stream: `reliableSize` of `stream.resetStream()`. False until it has said so in the handshake. */
  get reliableReset(): boolean {
    return this.#member.connection.streams.peerTakesResetAt
  }

  /** The paths known now, the one in use first: 1 to 4. Those that were left are forgotten after three probe timeouts. RFC 9000 section 9. */
  get pathStats(): QuicPathStats[] {
    return this.#paths.stats
  }

  /** The addresses between which packets go now; a session may move. */
  get path(): { readonly local: Address; readonly remote: Address } {
    return this.#paths.current
  }

  /**
   * Whether the peer is known to be at the address that its packets come from: by a token, by the answer to a Retry, by the handshake, or on a new path by
   * the answer to a PATH_CHALLENGE. False on a server while it has heard 0-RTT alone: then a list of permitted addresses says nothing yet, since any
   * address can be forged. RFC 9000 section 8.1, RFC 9001 section 9.2.
   */
  get addressValidated(): boolean {
    return this.#member.connection.path.amplification.validated
  }

  /** Counts and measurements of now: see `QuicSessionStats`. */
  get stats(): QuicSessionStats {
    return sessionStats(this.#member.connection)
  }

  /** For how long nothing of what was sent has been acknowledged: what a peer that cannot be reached any more shows first. */
  get silence(): QuicSilence {
    return silenceOf(this.#member.connection, performance.now())
  }

  /** The packets that went by last, three each way at most, oldest first: where to look when a session stands still. */
  get lastPackets(): { readonly sent: QuicPacketRecord[]; readonly received: QuicPacketRecord[] } {
    const { lastSent, lastReceived } = this.#member.connection
    return { sent: lastSent.list(), received: lastReceived.list() }
  }

  /**
   * What decides how much may be in flight and how fast it leaves. Set it, to the name of an algorithm, a controller of your own or a function that
   * makes one, and the new one takes over at once: what is in flight stays, the path is learned anew. Its parameters may be changed too.
   * Throws ERR_QUIC_OPTION for an unknown name.
   */
  get congestionController(): CongestionController {
    return this.#member.connection.recovery.controller
  }

  set congestionController(choice: CongestionChoice) {
    const { recovery } = this.#member.connection
    const make = (bytes: number): CongestionController => chosenController(choice, bytes)
    // An object of the user's own goes along from path to path.
    recovery.useController(make(recovery.maxDatagramSize), performance.now(), typeof choice === 'object' ? null : make)
    this.#member.touch()
  }

  /** Opens a stream with two directions; waits while the peer allows no more of them. Rejects with ERR_QUIC_OPTION for a wrong option. */
  createBidirectionalStream(options?: CreateStreamOptions): Promise<QuicStream> {
    return this.#create('bidi', options)
  }

  /** Opens a stream on which only we send; waits while the peer allows no more of them. Rejects with ERR_QUIC_OPTION for a wrong option. */
  createUnidirectionalStream(options?: CreateStreamOptions): Promise<QuicStream> {
    return this.#create('uni', options)
  }

  /**
   * Secrets for the application out of the TLS session: `length` bytes, 1 to 8160, that the peer gets for the same label (ASCII, up to 249 characters) and
   * context (up to 65535 bytes), and nobody else. On servers with the option `exporter` alone. Throws ERR_QUIC_OPTION for a wrong argument, ERR_QUIC_CLOSED before
   * the handshake is done and after the end. RFC 8446 section 7.5.
   */
  exportKeyingMaterial(length: number, label: string, context: Uint8Array = NO_CONTEXT): Uint8Array {
    if (this.#ended) throw closedAlready('session')
    return keyingMaterial(this.#member.connection.handshake, { length, label, context })
  }

  /**
   * Changes the keys that protect packets, in both directions, as soon as that is permitted: once the handshake is confirmed, and three probe timeouts
   * after the peer confirmed the last change. Throws ERR_QUIC_CLOSED once the session has ended. RFC 9001 section 6.1.
   */
  updateKey(): void {
    if (this.#ended) throw closedAlready('session')
    this.#member.connection.keyPhases.request()
    this.#member.touch()
  }

  /**
   * Changes the connection ids, so that who watches cannot tell by them that it is the same session as before: the peer is asked to use others of ours,
   * and we go on under another of the peer's. False, and nothing is changed, before the handshake is done, while the peer has not retired those of the last time,
   * and where there are no others. Throws ERR_QUIC_CLOSED once the session has ended. RFC 9000 sections 5.1.2 and 9.5.
   */
  rotateConnectionIds(): boolean {
    if (this.#ended) throw closedAlready('session')
    return this.#paths.rotateConnectionIds()
  }

  /**
   * Client: the terms of the application protocol under which 0-RTT is sent, as the session that is resumed remembered them. Null where none is sent, where
   * nothing was remembered, and once the server has refused. RFC 9001 section 4.6.3.
   */
  get earlyTerms(): Uint8Array | null {
    return this.#member.connection.earlyData.stands ? this.#tickets!.earlierTerms : null
  }

  /**
   * Client, for application protocols: what 0-RTT of later sessions will hold to, 1024 bytes at most. This session's tickets wait for it, so that each is kept and
   * told together with its terms; they go without if the promise rejects.
   */
  rememberTerms(terms: Promise<Uint8Array>): void {
    this.#tickets?.remember(terms)
  }

  /** The one that the session is reached by now. */
  get endpoint(): QuicEndpoint {
    return this.#paths.endpoint
  }

  /**
   * Client: goes on through another endpoint, in the middle of whatever is being sent. `onpathvalidation` tells whether the server answers there; if it
   * does not, the session returns to the former one. An endpoint that `connect` opened closes once it is left. RFC 9000 section 9.2.
   *
   * Throws ERR_QUIC_MIGRATION on a server, before the handshake is confirmed, when the server forbids it or gave no connection id to do it with, and for an
   * endpoint that cannot route by the session's connection ids, which all have the `connectionIdLength` of the first.
   */
  migrate(endpoint: QuicEndpoint): void {
    if (this.#ended) throw this.#destroyed ?? closedAlready('session')
    this.#paths.migrate(endpoint)
  }

  /**
   * Sends a datagram as soon as congestion and pacing let it go, once, whole: it may be lost. Resolves with its number when it is in line; 0n if it
   * cannot be sent: it is empty, larger than `maxDatagramSize`, or the session has ended. Before the handshake is done it waits for that, unless 0-RTT
   * takes it along (`enableEarlyData`); a server that refuses that loses it. The bytes are not copied: do not change them before they are sent. RFC 9221.
   */
  sendDatagram(datagram: Uint8Array | string): Promise<bigint> {
    return this.#datagrams.send(datagram, this.#opened.promise, () => this.#ended)
  }

  /** Bytes of the largest datagram that can be sent now; 0 before the handshake is done (unless 0-RTT is sent), and if the peer takes none. Grows with what the path carries. */
  get maxDatagramSize(): number {
    return this.#datagrams.maxSize
  }

  /** Resolves when no datagram waits to be sent any more, or the session has ended: who has many, and those in an order of their own, sends the next then. */
  datagramsDrained(): Promise<void> {
    return this.#datagrams.drained(this.#ended)
  }

  /** Datagrams that may wait to be sent: 0 to 65535, default 128. With more, `datagramDropPolicy` says which give way. Throws ERR_QUIC_OPTION. */
  get maxPendingDatagrams(): number {
    return this.#datagrams.maxPending
  }

  set maxPendingDatagrams(count: number) {
    this.#datagrams.maxPending = count
  }

  /** Hears each datagram that arrives, which is its own to keep. Those that come while it is not set are dropped. */
  get ondatagram(): OnDatagram | undefined {
    return this.#datagrams.onreceived
  }

  set ondatagram(ondatagram: OnDatagram | undefined) {
    this.#datagrams.onreceived = ondatagram
  }

  /**
   * Hears the session's log, piece by piece, if the option `qlog` is set: put one after the other, the pieces are a JSON text sequence (RFC 7464). `fin` comes
   * with the last. What was logged before it is set is told when it is.
   */
  get onqlog(): OnQlog | undefined {
    return qlogOfSession(this.#member.connection)?.onqlog
  }

  set onqlog(onqlog: OnQlog | undefined) {
    const log = qlogOfSession(this.#member.connection)
    if (log !== null) log.onqlog = onqlog
  }

  /** For application protocols: adds events of theirs to the session's log; null where nobody listens, so that it costs nothing. */
  get qlog(): QlogWriter | null {
    return qlogWriter(this.#member.connection)
  }

  /** Hears what became of each datagram that was sent while it was set: `acknowledged`, `lost`, or `abandoned`, which never left. */
  get ondatagramstatus(): OnDatagramStatus | undefined {
    return this.#datagrams.onstatus
  }

  set ondatagramstatus(onstatus: OnDatagramStatus | undefined) {
    this.#datagrams.onstatus = onstatus
  }

  /** Opens no more streams, waits until those that are open have ended, and closes. Rejects as `closed` does, and with ERR_QUIC_OPTION. */
  async close(options: CloseOptions = {}): Promise<void> {
    closingWords(options)
    this.#closing ??= this.#closeGracefully(options)
    await this.#closing
  }

  /** Closes at once; what was not delivered is lost. With an error, and no code, the code is 1. Throws ERR_QUIC_OPTION for a code or reason that is none. */
  destroy(error?: unknown, options: CloseOptions = {}): void {
    if (this.#ended) return
    const { code, reason } = closingWords(options, error)
    if (error instanceof QuicError) this.#destroyed = error
    this.#member.connection.close(code, reason, performance.now())
    this.#member.dismiss()
  }

  /** As `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #closeGracefully(options: CloseOptions): Promise<void> {
    this.#openings.end(() => closedAlready('session'))
    if (this.#core.open > 0 && !this.#ended) {
      this.#drained = settled()
      await this.#drained.promise
    }
    this.destroy(undefined, options)
    await this.#closed.promise
  }

  /** Without a promise of its own: each one more looks for a `then` in the stream. */
  #create(direction: Direction, given: CreateStreamOptions | undefined): Promise<QuicStream> {
    try {
      const options = given === undefined ? PLAIN_STREAM : checkStreamOptions(given)
      if (this.#ended || this.closing) throw this.#destroyed ?? closedAlready('session')
      return this.#openings.open(direction, options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #adopt(core: Stream, options?: CheckedStreamOptions): QuicStream {
    const stream = new QuicStream(this, core, this.#host)
    if (options !== undefined) {
      core.priority = options.priority
      stream.highWaterMark = options.highWaterMark
    }
    return stream
  }

  #handle(event: ConnectionEvent): void {
    switch (event.type) {
      case 'handshakeCompleted':
        this.#alpn = event.alpn
        if (event.servername !== null) this.#servername = event.servername
        this.#opened.resolve({
          local: this.path.local,
          remote: this.path.remote,
          servername: this.servername,
          protocol: event.alpn,
          cipher: event.cipher,
          resumed: event.resumed,
          earlyDataAttempted: event.earlyData !== 'none',
          earlyDataAccepted: event.earlyData === 'accepted',
        })
        return
      case 'streamOpened':
        this.#claim(this.#adopt(event.stream))
        return
      case 'streamReadable':
        ownerOf(event.stream).becameReadable()
        return
      case 'streamReset':
        ownerOf(event.stream).wasReset(event.code)
        return
      case 'streamProgressed':
        ownerOf(event.stream).progressed()
        return
      case 'streamStopped':
        ownerOf(event.stream).stopped(event.code)
        return
      case 'streamEnded':
        ownerOf(event.stream).ended()
        if (this.#core.open === 0) this.#drained?.resolve()
        return
      case 'streamsAllowed':
        this.#openings.allowed(event.direction)
        return
      case 'pathChanged':
        this.#paths.returned(event.local)
        return
      case 'pathValidation':
        this.onpathvalidation?.(event.result, event.remote)
        return
      case 'probeTimedOut':
        this.onprobetimeout?.(event.count)
        return
      case 'socketAbandoned':
        this.#paths.abandoned(event.local)
        return
      case 'datagramsReceived':
        this.#datagrams.received()
        return
      case 'datagramsSettled':
        this.#datagrams.settled()
        return
      case 'datagramsDrained':
        this.#datagrams.noneWaits()
        return
      case 'ticketReceived':
        this.#tickets?.received(event.ticket)
        return
      case 'tokenReceived':
        this.onnewtoken?.(tokenToKeep(event.version, event.token), this.path.remote)
        return
      case 'closed':
        this.#end(event.reason)
        return
      case 'earlyDataRejected':
        this.onearlyrejected?.()
        return
      case 'handshakeConfirmed':
      case 'connectionIdIssued':
      case 'connectionIdRetired':
        return
    }
  }

  #claim(stream: QuicStream): void {
    if (this.#onstream === undefined) {
      this.#unclaimed.push(stream)
      return
    }
    const handled = this.#onstream(stream)
    if (handled instanceof Promise) handled.catch((error) => handlerFailed(stream, error))
  }

  #end(reason: CloseReason): void {
    if (this.#ended) return
    this.#ended = true
    const error = this.#destroyed ?? closeError(reason)
    // Made only for those who wait: an error's stack costs more than the rest of a peaceful end.
    let made = error
    const lasting = (): QuicError => (made ??= closedAlready('session'))
    if (this.#alpn === null) this.#opened.reject(lasting())
    this.#openings.end(lasting)
    this.#datagrams.noneWaits()
    // One that is not announced yet has nobody who could be told.
    for (const { owner } of this.#core.all()) (owner as QuicStream | null)?.sessionEnded(lasting())
    this.#drained?.resolve()
    if (error === null) this.#closed.resolve()
    else this.#closed.reject(error)
    this.#paths.ended()
  }
}

/** What a stream is that nothing is asked of. */
const PLAIN_STREAM = checkStreamOptions({})

function ownerOf(stream: Stream): QuicStream {
  return stream.owner as QuicStream
}

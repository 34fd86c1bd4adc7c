// One QUIC connection: datagrams and moments in, datagrams and events out. It conducts its parts and holds no protocol state of its own: streams own
// data and credit, recovery owns what is in flight, the handshake owns TLS, closing owns the end. RFC 9000, 9001, 9002.
import { AddressTokens } from './address-tokens.ts'
import { Closing } from './closing.ts'
import { type Arrival, type ConnectionOptions, recoveryOptions, type SharedOptions } from './connection-options.ts'
import { InitialProtection } from './crypto/initial-protection.ts'
import { KeyPhases, keysExhausted } from './crypto/key-phases.ts'
import type { Opener, Sealer } from './crypto/protection.ts'
import type { EarlyDataStatus, HandshakeResult, TlsAnswer, TlsSession } from './crypto/tls.ts'
import type { Slot } from './datagram-builder.ts'
import { Datagrams } from './datagrams.ts'
import { declaredParameters, encodeDeclared } from './declared-parameters.ts'
import { EarlyData } from './early-data.ts'
import { TransportViolation } from './errors.ts'
import { type CloseReason, type ConnectionEvent, EventQueue } from './events.ts'
import { faultOf } from './fault.ts'
import { type AuthenticatedIds, Handshake } from './handshake.ts'
import { IdleTimer } from './idle.ts'
import { earlier, type Instant } from './instant.ts'
import { LastPackets } from './last-packets.ts'
import { KEY_UPDATE_INTERVAL } from './limits.ts'
import { PacketFates } from './packet-fates.ts'
import { type PacketSpace, PacketSpaces } from './packet-space.ts'
import { LocalConnectionIds } from './paths/local-connection-ids.ts'
import type { Path } from './paths/path.ts'
import type { LocalSocket, RemoteAddress } from './paths/path-address.ts'
import { Paths } from './paths/paths.ts'
import { RemoteConnectionIds } from './paths/remote-connection-ids.ts'
import { type Qlog, qlogOf } from './qlog/qlog.ts'
import { randomIds, randomTokens, randomWord } from './random.ts'
import { Receiver, type ReceiverStats } from './receiver.ts'
import { Recovery } from './recovery/recovery.ts'
import { encodeSessionTicket } from './session-ticket.ts'
import type { Side } from './streams/stream-id.ts'
import { Streams } from './streams/streams.ts'
import { Transmitter } from './transmitter.ts'
import { Versions } from './versions.ts'
import type { AckRanges } from './wire/ack.ts'
import { RESET_TOKEN_LENGTH } from './wire/connection-id.ts'
import type { FrameOf } from './wire/frames/index.ts'
import type { PacketHeader } from './wire/packet-header.ts'
import { lastingParameters, type TransportParameters } from './wire/transport-parameters.ts'
import { VERSION_1 } from './wire/version.ts'

export type { Arrival, ConnectionOptions, SharedOptions } from './connection-options.ts'

export class Connection {
  readonly side: Side
  readonly spaces: PacketSpaces
  readonly streams: Streams
  readonly datagrams: Datagrams
  readonly recovery: Recovery
  readonly localIds: LocalConnectionIds
  readonly remoteIds: RemoteConnectionIds
  readonly paths: Paths
  readonly closing: Closing = new Closing()
  readonly handshake: Handshake
  readonly idle: IdleTimer
  readonly keyPhases: KeyPhases
  readonly earlyData: EarlyData
  /** Null when nobody listens. */
  readonly qlog: Qlog | null
  readonly parameters: TransportParameters
  readonly versions: Versions
  readonly tokens: AddressTokens
  peerParameters: TransportParameters | null = null
  handshakeConfirmed = false
  readonly createdAt: Instant
  handshakeCompletedAt: Instant | null = null
  handshakeConfirmedAt: Instant | null = null
  /** The packets that went by last, each way. */
  readonly lastSent: LastPackets = new LastPackets()
  readonly lastReceived: LastPackets = new LastPackets()
  /** The server owes the client the word that the handshake is confirmed. */
  handshakeDonePending = false
  /** Until the handshake is done, and when keys have had their time: see `doChores`. */
  hasChores = true
  readonly #workbench: SharedOptions['workbench']
  /** Of these nothing is needed once the handshake is confirmed. */
  #options: ConnectionOptions | null
  /** Until Initial keys are discarded. */
  #initial: InitialProtection | null
  readonly #events = new EventQueue()
  readonly #receiver: Receiver
  readonly #transmitter: Transmitter
  readonly #handshakeDeadline: Instant
  #now: Instant
  #released = false
  #alpn = ''

  constructor(options: ConnectionOptions, now: Instant) {
    const { shared, side, originalDestination, version = VERSION_1, retrySource = null, newToken = null } = options
    const { random, workbench } = shared
    const resetToken = shared.resetToken ?? randomTokens(random, RESET_TOKEN_LENGTH)
    this.#workbench = workbench
    this.#options = options
    this.#now = now
    this.createdAt = now
    this.side = side
    this.parameters = options.parameters
    this.versions = new Versions(side, shared.versions ?? [version], version, randomWord(random))
    this.tokens = new AddressTokens(options.token ?? null, retrySource, newToken, this)
    this.spaces = new PacketSpaces(this.parameters.maxAckDelay)
    this.#initial = new InitialProtection(side, shared.initialKeys, this.spaces.initial, retrySource ?? originalDestination, version)
    this.streams = new Streams(side, this.parameters, this.#events, this, shared.maxStreamWindow)
    this.datagrams = new Datagrams(this.parameters.maxDatagramFrameSize, shared.datagramDropPolicy ?? 'drop-oldest', this.#events)
    this.recovery = new Recovery(recoveryOptions(options), new PacketFates(this))
    const newConnectionId = shared.newConnectionId ?? randomIds(random, options.localConnectionId.length)
    this.localIds = new LocalConnectionIds(options.localConnectionId, newConnectionId, resetToken, this.#events)
    this.keyPhases = new KeyPhases(this.spaces.application, shared.keyUpdateInterval ?? KEY_UPDATE_INTERVAL, this.recovery)
    this.earlyData = new EarlyData(this.spaces.application, options.remembered ?? null)
    const own = options.parameters.preferredAddress
    if (own !== undefined) this.localIds.adopt(own.connectionId)
    this.remoteIds = new RemoteConnectionIds(options.remoteConnectionId, this.parameters.activeConnectionIdLimit)
    const { local, maxDatagramSize, spinBit = true } = shared
    const validated = side === 'client' || options.addressValidated === true
    this.paths = new Paths(this, { remote: options.remote, local, validated, maxDatagramSize, spinBit, random }, now)
    this.idle = new IdleTimer(this.parameters.maxIdleTimeout, shared.keepAliveMillis, now)
    this.#handshakeDeadline = now + shared.handshakeTimeoutMillis
    this.qlog = qlogOf(this, options, this.#events, () => this.#now)
    this.#receiver = new Receiver(this, workbench)
    this.#transmitter = new Transmitter(this, workbench)
    this.handshake = new Handshake(side, this.#newTls(), this)
  }

  /** A client begins by this; a server when the first datagram arrives. */
  start(now: Instant): void {
    this.#now = now
    try {
      this.handshake.start()
    } catch (error) {
      this.fail(error)
    }
  }

  receive(arrival: Arrival, now: Instant): void {
    this.#now = now
    if (!this.paths.arrived(arrival.from, arrival.local, arrival.length)) return
    if (this.closing.state === 'open') this.#receiver.receive(arrival, now)
    else this.closing.arrived(arrival.length)
  }

  /** Takes in some of `count` datagrams as long as `arrival`, which is the first, end to end, and all that is said of it true of all. Returns how many: 1 at least. */
  receiveTrain(arrival: Arrival, count: number, now: Instant): number {
    this.#now = now
    const isAtHome = count > 1 && this.paths.arrivedAtHome(arrival.from, arrival.local)
    const taken = isAtHome ? this.#receiver.receiveRun(arrival, count, now) : 0
    if (taken === 0) this.receive(arrival, now)
    return Math.max(1, taken)
  }

  /** Time has come to what `wakeAt` said. */
  wake(now: Instant): void {
    this.#now = now
    if (this.closing.state !== 'open') {
      this.closing.wake(now)
      if (this.closing.state === 'finished') this.release()
      return
    }
    const expired = this.#expired(now)
    if (expired !== null) {
      this.#vanish(expired)
      return
    }
    this.recovery.wake(now)
    this.paths.wake(now)
    this.keyPhases.wake(now)
    this.earlyData.wake(now)
    const keepAliveAt = this.#keepAliveAt()
    if (keepAliveAt !== null && now >= keepAliveAt) this.spaces.application.pingWanted = true
  }

  wakeAt(): Instant | null {
    this.#workbench.owed.settle()
    if (this.closing.state !== 'open') return this.closing.wakeAt()
    let at = this.recovery.wakeAt()
    at = earlier(at, this.idle.expiresAt(this.recovery.ptoDuration()))
    at = earlier(at, this.#transmitter.wakeAt())
    at = earlier(at, this.paths.wakeAt())
    at = earlier(at, this.keyPhases.wakeAt())
    at = earlier(at, this.earlyData.wakeAt())
    return earlier(at, this.handshake.completed ? this.#keepAliveAt() : this.#handshakeDeadline)
  }

  /** Builds the next datagram in the slot. Returns its length; 0 when there is nothing to send now. */
  transmit(slot: Slot, now: Instant): number {
    this.#now = now
    if (this.closing.state === 'open' && this.keyPhases.exhausted) this.fail(keysExhausted())
    const length = this.#transmitter.transmit(slot, now)
    this.qlog?.datagramSent(length, slot.ecn)
    return length
  }

  /** Builds up to `most` datagrams of `size` bytes end to end behind that of `transmit`, as long as they hold stream data alone. Returns how many. */
  transmitMore(slot: Slot, size: number, most: number, now: Instant): number {
    this.#now = now
    return this.#transmitter.transmitMore(slot, size, most, now)
  }

  /** What can be done once packets have left, while the peer is at work as well: keys for its next ones, what those are answered with, and what is used no more wiped and put away. */
  doChores(): void {
    this.hasChores = !this.handshake.completed
    if (!this.hasChores) this.handshake.tidy()
    else if (this.side === 'server') this.tokens.issued.prepare()
    this.spaces.tidy()
    this.spaces.prepare()
  }

  takeEvent(): ConnectionEvent | null {
    return this.#events.take()
  }

  /** Ends the connection at once with a code of the application's. RFC 9000 section 10.2. */
  close(code: bigint, reason: string, now: Instant): void {
    this.#now = now
    this.#close({ type: 'connectionClose', layer: 'application', code, frameType: 0, reason })
  }

  /** The moment of the call that is being served. */
  get now(): Instant {
    return this.#now
  }

  /** The path that carries what we send. */
  get path(): Path {
    return this.paths.active
  }

  /** A client moves to another socket. False if it may not, or cannot yet: the handshake is not confirmed, or no connection id is left. */
  migrate(local: LocalSocket, remote: RemoteAddress, now: Instant): boolean {
    this.#now = now
    const forbidden = this.side === 'server' || !this.handshakeConfirmed || this.peerParameters?.disableActiveMigration === true
    return !forbidden && this.closing.state === 'open' && this.paths.migrate(local, remote, now)
  }

  get stats(): Readonly<ReceiverStats> {
    return this.#receiver.stats
  }

  /** Nothing more will come of it: keys and TLS are freed. */
  get finished(): boolean {
    return this.closing.state === 'finished'
  }

  /** Frees what OpenSSL holds; at once when the owner goes away. */
  release(): void {
    if (this.#released) return
    this.#released = true
    this.closing.finish()
    this.keyPhases.release()
    this.spaces.release()
    this.#initial?.release()
    this.handshake.release()
    this.qlog?.end()
  }

  // What the receiver and the handshake report.

  space(level: 'initial' | 'handshake' | '1rtt'): PacketSpace {
    return level === '1rtt' ? this.spaces.application : level === 'handshake' ? this.spaces.handshake : this.spaces.initial
  }

  sealerInstalled(space: PacketSpace): void {
    if (space.level === '1rtt') this.earlyData.stop()
    if (space.level !== 'handshake') return
    this.recovery.hasHandshakeKeys = true
    this.versions.agree()
  }

  openerInstalled(space: PacketSpace): void {
    this.#receiver.openerInstalled(space)
  }

  earlySealerInstalled(sealer: Sealer): void {
    const remembered = this.earlyData.begin(sealer)
    if (remembered === null) return
    this.path.mtu.limitTo(remembered.maxUdpPayloadSize)
    this.streams.usePeerParameters(remembered)
    this.datagrams.usePeerLimit(remembered.maxDatagramFrameSize)
  }

  earlyOpenerInstalled(opener: Opener): void {
    this.earlyData.accept(opener)
    this.#receiver.earlyOpenerInstalled()
  }

  parametersReceived(received: TransportParameters, earlyData: EarlyDataStatus): void {
    this.versions.verify(received)
    this.qlog?.parametersReceived(received)
    const parameters = lastingParameters(received)
    if (this.earlyData.answered(earlyData, parameters)) {
      this.recovery.earlyDataRejected()
      this.streams.restart()
      this.#events.push({ type: 'earlyDataRejected' })
    }
    this.peerParameters = parameters
    if (parameters.greaseQuicBit) this.#transmitter.greaseQuicBit(randomWord(this.#options!.shared.random))
    this.idle.usePeerTimeout(parameters.maxIdleTimeout)
    this.recovery.ackFrequency.usePeer(parameters.maxAckDelay, parameters.minAckDelay)
    this.paths.limitTo(parameters.maxUdpPayloadSize)
    if (parameters.statelessResetToken !== undefined) this.remoteIds.useResetToken(parameters.statelessResetToken)
    // The preferred address comes with a connection id, number 1, which counts like any other. RFC 9000 section 5.1.1.
    if (parameters.preferredAddress !== undefined) {
      const { connectionId, statelessResetToken: resetToken } = parameters.preferredAddress
      this.remoteIds.accept({ type: 'newConnectionId', sequence: 1, retirePriorTo: 0, connectionId, resetToken })
    }
    this.streams.usePeerParameters(parameters)
    this.datagrams.usePeerLimit(parameters.maxDatagramFrameSize)
  }

  handshakeCompleted({ alpn, cipher, resumed, earlyData, servername }: HandshakeResult): void {
    if (this.peerParameters === null) throw new TransportViolation('TRANSPORT_PARAMETER_ERROR', 'the peer sent no transport parameters')
    this.#events.push({ type: 'handshakeCompleted', alpn, cipher, resumed, earlyData, servername })
    this.#alpn = alpn
    this.handshakeCompletedAt = this.#now
    this.earlyData.handshakeCompleted(this.#now, this.recovery.ptoDuration())
    this.localIds.begin(this.peerParameters.activeConnectionIdLimit)
    if (this.side === 'server') {
      this.handshakeDonePending = true
      this.tokens.issued.begin(this.#now)
      this.#confirm()
    }
  }

  ticketReceived(ticket: Uint8Array): void {
    const encoded = encodeSessionTicket({ version: this.versions.current, alpn: this.#alpn, parameters: this.peerParameters!, ticket })
    this.#events.push({ type: 'ticketReceived', ticket: encoded })
  }

  /** What waited until we had answered is told to recovery. */
  acknowledgementSettled(ack: AckRanges, delayMillis: number, arrivedAt: Instant): void {
    if (this.closing.state !== 'open') return
    try {
      this.recovery.acknowledge('application', ack, delayMillis, this.#now, arrivedAt)
      this.keyPhases.acknowledged(ack.largest[0]!, this.#now)
    } catch (error) {
      this.fail(error)
    }
  }

  /** RFC 9001 section 4.1.2. */
  handshakeDoneReceived(): void {
    if (this.side === 'server') throw new TransportViolation('PROTOCOL_VIOLATION', 'HANDSHAKE_DONE from a client', 0x1e)
    this.#confirm()
  }

  tokenReceived(token: Uint8Array): void {
    if (this.side === 'server') throw new TransportViolation('PROTOCOL_VIOLATION', 'NEW_TOKEN from a client', 0x07)
    this.#events.push({ type: 'tokenReceived', token, version: this.versions.current })
  }

  /** The server cannot do with the version of our first packets: begins again in another, or ends. RFC 9000 section 6.2, RFC 9368 section 2.1. */
  versionsOffered(offered: readonly number[]): void {
    const version = this.versions.react(offered)
    if (version === null) this.#vanish({ type: 'versionMismatch', offered })
    if (version === null || version === 'ignore') return
    this.recovery.retryReceived(this.#now)
    this.tokens.forget()
    this.#initial!.restart(version, this.#options!.originalDestination)
    this.spaces.initial.restart()
    this.handshake.restart(this.#newTls())
  }

  /** The server wants to see our address proved: the handshake begins again with its token. RFC 9000 section 8.1.2. */
  retryReceived(header: PacketHeader, start: number): void {
    if (this.side === 'server' || header.version !== this.versions.original || this.#options === null) return
    const { originalDestination, shared } = this.#options
    if (!this.tokens.retry(header, start, originalDestination, shared.retryTag)) return
    this.remoteIds.replaceFirst(header.scid)
    this.#initial!.restart(header.version, header.scid)
    this.recovery.retryReceived(this.#now)
  }

  /** Keys that open Initial packets of a version; null where nobody may speak it. */
  initialOpener(version: number): Opener | null {
    if (version === this.versions.current || version === this.versions.original || this.versions.mayBecome(version)) {
      return this.spaces.initial.discarded ? null : this.#initial!.openerFor(version)
    }
    return null
  }

  /** The server answers in another version than we began with. RFC 9369 section 4.1. */
  versionChanged(version: number): void {
    this.versions.become(version)
    this.#initial!.change(version)
    this.handshake.useVersion(version)
  }

  /** The peer has forgotten the connection: not a word more. RFC 9000 section 10.3.1. */
  resetReceived(): void {
    this.closing.drain(this.#now + 3 * this.recovery.ptoDuration())
    this.#events.push({ type: 'closed', reason: { type: 'statelessReset' } })
  }

  peerClosed(frame: FrameOf<'connectionClose'>): void {
    // A farewell that says what has arrived may be the only one to say so.
    this.#workbench.owed.settle()
    if (this.closing.state !== 'open') return
    this.closing.drain(this.#now + 3 * this.recovery.ptoDuration())
    const { layer, code, reason } = frame
    this.#events.push({ type: 'closed', reason: { type: 'closed', initiator: 'peer', layer, code, reason } })
  }

  /** The space has served its time. RFC 9001 section 4.9. */
  discard(space: PacketSpace): void {
    if (space.discarded) return
    space.discard()
    this.hasChores = true
    if (space.level === 'initial') this.#initial = this.#initial?.release() ?? null
    this.recovery.discardSpace(space.name, this.#now)
  }

  // What the paths report.

  tell(event: ConnectionEvent): void {
    this.#events.push(event)
  }

  pathsExhausted(): void {
    this.#vanish({ type: 'noPath' })
  }

  #newTls(): TlsSession {
    return this.#options!.tls(this.#declared(), this.versions.current, (theirs) => this.#answer(theirs))
  }

  /** Those of both sides' first packets, and of a Retry. RFC 9000 section 7.3. */
  get authenticatedIds(): AuthenticatedIds {
    const { originalDestination } = this.#options!
    return { initialSource: this.remoteIds.current, originalDestination, retrySource: this.tokens.retrySource }
  }

  /** Our transport parameters as the peer learns them. */
  get declared(): TransportParameters {
    return declaredParameters(this, this.#options!)
  }

  /** Encoded, with one that means nothing among them. */
  #declared(): Uint8Array {
    return encodeDeclared(this, this.#options!)
  }

  /** A server goes over to the version that the client likes best. RFC 9368 section 2.3. */
  #answer(clientParameters: Uint8Array): TlsAnswer | null {
    const version = this.versions.choose(clientParameters)
    if (version === this.versions.current) return null
    this.versions.become(version)
    this.#initial!.change(version)
    return { transportParameters: this.#declared(), version }
  }

  #confirm(): void {
    if (this.handshakeConfirmed) return
    this.handshakeConfirmed = true
    this.handshakeConfirmedAt = this.#now
    this.keyPhases.permit()
    this.recovery.handshakeConfirmed()
    this.path.mtu.permit()
    const preferred = this.side === 'client' ? this.peerParameters?.preferredAddress : undefined
    const remote = preferred === undefined ? null : (this.#options!.preferredAddress?.(preferred) ?? null)
    if (remote !== null) this.paths.prefer(remote, this.#now)
    this.discard(this.spaces.initial)
    this.discard(this.spaces.handshake)
    this.#options = null
    this.tokens.handshakeConfirmed()
    this.#events.push({ type: 'handshakeConfirmed' })
  }

  #expired(now: Instant): CloseReason | null {
    const idleAt = this.idle.expiresAt(this.recovery.ptoDuration())
    if (idleAt !== null && now >= idleAt) return { type: 'idleTimeout', afterMillis: this.idle.timeoutMillis }
    if (this.handshake.completed || now < this.#handshakeDeadline) return null
    return { type: 'handshakeTimeout', afterMillis: this.#options!.shared.handshakeTimeoutMillis }
  }

  /** None while a keep-alive waits to be sent already. */
  #keepAliveAt(): Instant | null {
    return this.spaces.application.pingWanted ? null : this.idle.keepAliveAt()
  }

  /** Whatever it was: the connection ends, and only the connection. */
  fail(error: unknown): void {
    const { frame, cause } = faultOf(error)
    this.#close(frame, cause)
  }

  #close(frame: FrameOf<'connectionClose'>, cause?: unknown): void {
    this.#workbench.owed.settle()
    if (this.closing.state !== 'open') return
    this.closing.close(frame, this.#now + 3 * this.recovery.ptoDuration())
    const { layer, code, reason } = frame
    this.#events.push({ type: 'closed', reason: { type: 'closed', initiator: 'local', layer, code, reason, cause } })
  }

  /** Ends without a word: nobody is there to hear it. */
  #vanish(reason: CloseReason): void {
    this.#events.push({ type: 'closed', reason })
    this.release()
  }
}

// A UDP socket and the connections on it: routes what arrives, sends what they have to say, wakes them in time. The rim of the core.
import { performance } from 'node:perf_hooks'
import { ChurnSet } from '@millrace/bytes'
import {
  type Address,
  Arena,
  openUdpSocket,
  type ReceivedBatch,
  type RefusalListener,
  type UdpSocket,
  type UdpSocketOptions,
} from '@millrace/native'
import type { Arrival, Connection } from '../core/connection.ts'
import { MAX_UDP_PAYLOAD, MIN_INITIAL_DATAGRAM } from '../core/limits.ts'
import { PacketHeader, parseHeader } from '../core/wire/packet-header.ts'
import { MIN_STATELESS_RESET } from '../core/wire/stateless-reset.ts'
import { Workbench } from '../core/workbench.ts'
import type { Acceptor } from './acceptor.ts'
import { Admission } from './admission.ts'
import { Alarms } from './alarms.ts'
import { asksAtExit, endsBefore, type Leaving } from './at-exit.ts'
import { ConnectionIdSource } from './connection-id-source.ts'
import { EndOfTurn } from './end-of-turn.ts'
import { type EndpointStats, newEndpointStats } from './endpoint-stats.ts'
import { HandOver } from './hand-over.ts'
import { LINGER_MILLIS } from './limits.ts'
import { Member, type MemberListener } from './member.ts'
import type { EndpointPolicy } from './policy.ts'
import { type Poll, pollFor } from './poll.ts'
import { type PortSeat, SeatIds } from './port-seat.ts'
import { RandomPool } from './random-pool.ts'
import { ResetTokens } from './reset-tokens.ts'
import { originalKey, Routes } from './routes.ts'
import { StatelessReplies } from './stateless-replies.ts'
import { type Forwarder, Train } from './train.ts'
import { uncaught } from './uncaught.ts'

export class Endpoint implements Forwarder, Leaving {
  readonly socket: UdpSocket
  readonly largestDatagram: number
  readonly workbench: Workbench = new Workbench(Arena.allocate(MAX_UDP_PAYLOAD))
  readonly random: RandomPool = new RandomPool()
  readonly stats: EndpointStats
  /** Null while no connections are taken in. */
  acceptor: Acceptor | null = null
  /** Called when the socket is of no use any more. */
  onfailed: ((error: Error) => void) | null = null
  /** Called when the last connection has gone. */
  #onempty: (() => void) | null = null
  readonly connectionIds: ConnectionIdSource
  /** Ours, and those of the peers. */
  readonly resetTokens: ResetTokens
  readonly admission: Admission
  readonly #replies: StatelessReplies
  readonly #policy: EndpointPolicy
  readonly #routes: Routes
  readonly #members = new ChurnSet<Member>()
  readonly #alarms = new Alarms((member, now) => this.#wake(member, now))
  readonly #train: Train
  /** Null where the thread sleeps as soon as there is nothing to do. */
  readonly #poll: Poll | null
  /** Null where no other thread is at the port. */
  readonly #handOver: HandOver | null
  readonly #seatIds: SeatIds | null
  readonly #header = new PacketHeader()
  readonly #arrival: { -readonly [K in keyof Arrival]: Arrival[K] }
  #queue: Member[] = []
  readonly #endOfTurn = new EndOfTurn(() => this.#serveAll())
  readonly #onerror = (error: Error): void => this.onfailed?.(error)
  readonly #onwritable = (): void => {
    this.#blocked = false
    this.#endOfTurn.ask()
  }
  #telling = false
  /** All who were told answered at once, without a promise. */
  #answered = false
  #blocked = false
  #closed = false
  #serving = false
  /** Whose bytes TLS is working on: key log lines are its. */
  #current: Member | null = null

  static async open(options: UdpSocketOptions, policy: EndpointPolicy): Promise<Endpoint> {
    return new Endpoint(await openUdpSocket(options), policy, null)
  }

  private constructor(socket: UdpSocket, policy: EndpointPolicy, sibling: Endpoint | null) {
    this.socket = socket
    this.largestDatagram = socket.whole ? MAX_UDP_PAYLOAD : MIN_INITIAL_DATAGRAM
    this.#policy = policy
    this.stats = sibling?.stats ?? newEndpointStats()
    this.#routes = sibling === null ? new Routes(policy.connectionIds.length) : sibling.#routes
    this.connectionIds = sibling?.connectionIds ?? new ConnectionIdSource(policy.connectionIds)
    this.resetTokens = sibling?.resetTokens ?? new ResetTokens(policy.resetTokenSecret)
    const send = (length: number, to: Address): void => {
      if (!socket.send(0, length, length, to)) this.#blocked = true
    }
    this.#replies = new StatelessReplies(socket.outgoing, send, policy.replyRates, this.stats)
    this.admission = sibling?.admission ?? new Admission(policy.admission, this.#replies, () => this.newConnectionId())
    this.#train = new Train(this, socket)
    this.#poll = pollFor(policy)
    const receive = (batch: ReceivedBatch): void => this.#receive(batch)
    const seat = sibling === null ? policy.seat : null
    this.#seatIds = seat && new SeatIds(seat)
    this.#handOver = seat && new HandOver(seat, socket, this.stats, receive)
    this.#arrival = { memory: this.workbench.memory, offset: 0, length: 0, ecn: 0, from: socket.local, local: this }
    socket.onreceive = receive
    socket.onerror = this.#onerror
    socket.onwritable = this.#onwritable
    asksAtExit(this)
  }

  /** Another socket for the same connections: they are found by what arrives there, and none begins there. RFC 9000 section 9.6. */
  async openSibling(options: UdpSocketOptions): Promise<Endpoint> {
    return new Endpoint(await openUdpSocket(options), this.#policy, this)
  }

  /** Ours at a port that other threads share. */
  get seat(): PortSeat | null {
    return this.#policy.seat
  }

  /** A connection id that no connection here uses; null if none is to be had. */
  newConnectionId(): Uint8Array | null {
    return this.connectionIds.next(this.#routes)
  }

  /** Whether a connection that is served elsewhere could be told apart from those here. */
  canAdopt(member: Member): boolean {
    return member.connection.localIds.length === this.connectionIds.length && this.#routes.canTake(member)
  }

  /** Takes in a connection that we open. */
  add(connection: Connection, listener: MemberListener): Member {
    const member = this.#admit(connection, null)
    member.listener = listener
    this.#run(member, () => connection.start(performance.now()))
    this.#serve(member)
    return member
  }

  /** Takes over a connection that moves here; for a while it is still found where it was. RFC 9000 section 9.2. */
  adopt(member: Member): void {
    const former = member.endpoint
    former.#members.delete(member)
    former.#alarms.set(member, null)
    member.endpoint = this
    if (!member.endpoints.includes(this)) member.endpoints.push(this)
    member.queued = false
    this.#members.add(member)
    this.#routes.addAll(member)
    this.touch(member)
  }

  /** Sends one datagram for a connection that is served elsewhere. */
  forward(bytes: Buffer, offset: number, length: number, to: Address, ecn: number, refusals: RefusalListener | null): void {
    if (this.#closed) return
    bytes.copy(this.socket.outgoing.bytes, 0, offset, offset + length)
    this.socket.send(0, length, length, to, ecn, refusals)
  }

  /** Looks after a connection once the work of this turn is done, so that all that was written meanwhile goes out together. */
  touch(member: Member): void {
    if (this.#telling) this.#answered = true
    if (member.queued || this.#closed) return
    this.#enqueue(member)
    this.#endOfTurn.ask()
  }

  /** Tells of the end at once, unless a connection is at work. The farewell leaves with this turn, behind a first flight, which somebody waits for. */
  dismiss(member: Member): void {
    if (!this.#telling && !this.#serving && this.#current === null) {
      this.#serving = true
      this.#tell(member)
      this.#serving = false
    }
    member.touch()
  }

  /** The process ends in the middle of this turn, perhaps while those in line are served. */
  sendFarewells(): void {
    for (const member of this.#members) if (member.connection.closing.wantsToSend) this.#train.send(member, this.stats)
  }

  /** A line of the key log belongs to the connection at work. */
  keylog(line: string): void {
    this.#current?.listener?.keylog(line)
  }

  /** Gives the farewells that were said their time, or LINGER_MILLIS of it. RFC 9000 section 10.2. */
  async linger(): Promise<void> {
    // The farewells themselves may still be in line.
    this.#serveAll()
    if (![...this.#members].some((member) => member.connection.closing.state === 'closing')) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const enough = setTimeout(resolve, LINGER_MILLIS)
    this.#onempty = resolve
    await promise
    clearTimeout(enough)
  }

  /** Whether the socket and its deadlines keep the process alive; they do at first. */
  hold(keepsAlive: boolean): void {
    this.socket[keepsAlive ? 'ref' : 'unref']()
    this.#alarms.hold(keepsAlive)
  }

  /** Closes the socket; connections that are left end without a word. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    endsBefore(this)
    this.#alarms.close()
    this.#poll?.close()
    for (const member of this.#members) member.connection.release()
    this.#members.clear()
    this.socket.onreceive = null
    this.socket.onwritable = null
    this.socket.onerror = null
    this.#handOver?.close()
    await this.socket.close()
  }

  #admit(connection: Connection, original: string | null): Member {
    const member = new Member(this, connection, original)
    this.#members.add(member)
    this.admission.began(member.host)
    this.#routes.addAll(member)
    if (original !== null) this.#routes.addOriginal(original, member)
    return member
  }

  #forget(member: Member): void {
    if (!this.#members.delete(member)) return
    this.#alarms.set(member, null)
    member.home.admission.ended(member.host, member.established)
    this.resetTokens.forget(member)
    for (const endpoint of member.endpoints) endpoint.#routes.removeAll(member)
    if (member.original !== null) member.home.#routes.removeOriginal(member.original)
    if (this.#members.size === 0) this.#onempty?.()
  }

  #receive(batch: ReceivedBatch): void {
    const now = performance.now()
    const { stats } = this
    for (let i = 0; i < batch.count; i++) {
      const offset = batch.offset(i)
      const length = batch.length(i)
      stats.datagramsReceived++
      stats.bytesReceived += length
      if (this.#handOver !== null && this.#belongsElsewhere(batch, i)) continue
      const member = this.#route(batch, offset, length, i, now)
      if (member === undefined) {
        stats.datagramsDropped++
        continue
      }
      const arrival = this.#arrival
      // A pointer that is stored costs the collector's attention, even if it was there before.
      if (arrival.memory !== batch.memory) arrival.memory = batch.memory
      arrival.offset = offset
      arrival.length = length
      arrival.ecn = batch.ecn(i)
      const from = batch.from(i)
      if (arrival.from !== from) arrival.from = from
      this.#current = member
      this.#poll?.received(member.connection, now)
      const more = member.connection.receiveTrain(arrival, batch.together(i), now) - 1
      this.#current = null
      if (member.listener === null) this.#introduce(member)
      if (member.endpoint === this) this.#enqueue(member)
      else member.touch()
      stats.datagramsReceived += more
      stats.bytesReceived += more * length
      i += more
    }
    this.#handOver?.flush()
    // Told now, so that answers leave with the acknowledgement, and a client's first request with its Finished.
    this.#telling = true
    let isShakingHands = false
    try {
      let isAnswered = true
      for (const member of this.#queue) {
        if (!member.connection.handshake.completed) isShakingHands = true
        if (!member.connection.handshake.completed || member.endpoint !== this) continue
        this.#answered = false
        this.#tell(member)
        isAnswered &&= this.#answered
      }
      this.#answered &&= isAnswered
    } finally {
      this.#telling = false
      // An answer leaves at once. Else once for all batches of this turn: an acknowledgement costs the peer, and us, more than the packet that it answers.
      if (this.#answered) this.#serveAll()
      else if (isShakingHands) this.#serveHandshakes()
      else this.#endOfTurn.ask()
    }
  }

  /** Who is still shaking hands waits for nothing of the application's; the others have their turn. */
  #serveHandshakes(): void {
    const queue = this.#queue
    this.#queue = []
    for (const member of queue) {
      if (member.connection.handshake.completed || member.endpoint !== this) this.#queue.push(member)
      else {
        member.queued = false
        this.#serve(member)
      }
    }
    if (this.#queue.length > 0) this.#endOfTurn.ask()
  }

  /** Whether another thread gave out the id that the datagram is for; then it is on its way there. */
  #belongsElsewhere(batch: ReceivedBatch, i: number): boolean {
    const { bytes } = batch.memory
    const offset = batch.offset(i)
    const header = parseHeader(bytes, offset, offset + batch.length(i), this.connectionIds.length, this.#header)
    if (header === null || header.dcidLength !== this.connectionIds.length) return false
    if (this.#routes.find(bytes, header.dcidOffset) !== undefined) return false
    const other = this.#seatIds!.otherOf(bytes.subarray(header.dcidOffset, header.dcidOffset + header.dcidLength))
    if (other === null || this.#reset(bytes, offset, batch.length(i)) !== undefined) return false
    this.#handOver!.push(other, batch, i)
    return true
  }

  #route(batch: ReceivedBatch, offset: number, length: number, index: number, now: number): Member | undefined {
    const { bytes } = batch.memory
    const end = offset + length
    if (length > this.connectionIds.length && (bytes[offset]! & 0x80) === 0) {
      return this.#routes.find(bytes, offset + 1) ?? this.#unknown(batch, offset, length, index, now)
    }
    const header = this.#header
    if (parseHeader(bytes, offset, end, this.connectionIds.length, header) === null) return this.#reset(bytes, offset, length)
    if (header.dcidLength === this.connectionIds.length) {
      const member = this.#routes.find(bytes, header.dcidOffset)
      if (member !== undefined) return member
    }
    const known = header.type === 'initial' || header.type === '0rtt' ? this.#routes.findOriginal(header.dcid) : undefined
    const member = known ?? this.#reset(bytes, offset, length)
    if (member !== undefined || this.acceptor === null || this.#closed) return member
    return this.#accept(batch, offset, length, index, now)
  }

  /** The packet whose head is in `#header` begins a connection, or is answered, or dropped. RFC 9000 section 5.2.2. */
  #accept(batch: ReceivedBatch, offset: number, length: number, index: number, now: number): Member | undefined {
    const acceptor = this.acceptor!
    if (this.#blocked) return undefined
    const remote = batch.from(index)
    const admitted = this.admission.judge({
      header: this.#header,
      memory: batch.memory,
      offset,
      length,
      remote,
      versions: acceptor.versions,
      now,
    })
    if (admitted === 'refused') this.stats.handshakesRefused++
    if (typeof admitted === 'string') return undefined
    const connectionId = this.newConnectionId()
    if (connectionId === null) {
      this.stats.handshakesRefused++
      return undefined
    }
    const connection = acceptor.connection(admitted.incoming, connectionId)
    const member = this.#admit(connection, originalKey(this.#header.dcid))
    member.tokenNonce = admitted.tokenNonce
    return member
  }

  /** A packet for a connection that is none of ours: the peer has reset one, or means one that we have forgotten. RFC 9000 section 10.3. */
  #unknown(batch: ReceivedBatch, offset: number, length: number, index: number, now: number): Member | undefined {
    const { bytes } = batch.memory
    const reset = this.#reset(bytes, offset, length)
    if (reset === undefined && !this.#blocked && this.connectionIds.length > 0) {
      const connectionId = bytes.subarray(offset + 1, offset + 1 + this.connectionIds.length)
      this.#replies.statelessReset(length, () => this.resetTokens.of(connectionId), batch.from(index), now)
    }
    return reset
  }

  /** Whom a datagram resets by its last bytes, whatever the first ones look like. RFC 9000 section 10.3. */
  #reset(bytes: Buffer, offset: number, length: number): Member | undefined {
    return length < MIN_STATELESS_RESET ? undefined : this.resetTokens.find(bytes, offset + length)
  }

  /** A connection whose first packet was no authentic one is forgotten at once: anyone can send those. */
  #introduce(member: Member): void {
    if (this.acceptor === null || member.connection.stats.packets === 0) {
      member.connection.release()
      return
    }
    if (member.tokenNonce !== null) this.admission.tokens.spend(member.tokenNonce)
    member.listener = this.acceptor.accepted(member)
  }

  #serveAll(): void {
    this.#answered = false
    const queue = this.#queue
    if (queue.length === 0) return
    this.#queue = []
    for (const member of queue) {
      // It moved meanwhile, and is in line there.
      if (member.endpoint !== this) continue
      member.queued = false
      this.#serve(member)
    }
  }

  /** Tells the listener what happened, sends what there is to send, and sets the alarm. */
  #serve(member: Member): void {
    if (this.#closed) return
    const wasServing = this.#serving
    this.#serving = true
    try {
      this.#work(member)
    } finally {
      this.#serving = wasServing
    }
  }

  #work(member: Member): void {
    const { connection } = member
    this.#tell(member)
    if (member.endpoint !== this) return
    this.resetTokens.watch(member)
    if (!this.#blocked) {
      const { datagramsSent } = this.stats
      const outcome = this.#train.send(member, this.stats)
      if (this.stats.datagramsSent > datagramsSent) this.#poll?.sent(connection)
      if (outcome === 'more') setImmediate(() => this.touch(member))
      else this.#blocked = outcome === 'blocked'
      if (connection.hasChores) connection.doChores()
      // Sending makes room for more to be written.
      this.#tell(member)
    }
    if (this.#blocked) this.#enqueue(member)
    if (connection.finished) this.#forget(member)
    else this.#alarms.set(member, connection.wakeAt())
  }

  #enqueue(member: Member): void {
    if (member.queued) return
    member.queued = true
    this.#queue.push(member)
  }

  #tell(member: Member): void {
    const { connection, listener } = member
    for (let event = connection.takeEvent(); event !== null; event = connection.takeEvent()) {
      if (event.type === 'connectionIdIssued') for (const endpoint of member.endpoints) endpoint.#routes.add(event.connectionId, member)
      else if (event.type === 'connectionIdRetired') for (const endpoint of member.endpoints) endpoint.#routes.remove(event.connectionId)
      else if (event.type === 'pathChanged' && event.local !== member.endpoint) (event.local as Endpoint).adopt(member)
      else if (event.type === 'socketAbandoned') this.#abandon(member, event.local as Endpoint)
      else if (event.type === 'handshakeConfirmed') this.#established(member)
      try {
        listener?.handle(event)
      } catch (error) {
        uncaught(error)
      }
    }
  }

  #abandon(member: Member, left: Endpoint): void {
    const place = member.endpoints.indexOf(left)
    if (left === member.endpoint || place < 0) return
    member.endpoints.splice(place, 1)
    // Siblings have their routes in common.
    if (left.#routes !== member.endpoint.#routes) left.#routes.removeAll(member)
  }

  #established(member: Member): void {
    member.established = true
    member.home.admission.established()
    if (member.original !== null) member.home.#routes.removeOriginal(member.original)
    member.original = null
  }

  #wake(member: Member, now: number): void {
    this.#run(member, () => member.connection.wake(now))
    this.#serve(member)
  }

  #run(member: Member, work: () => void): void {
    this.#current = member
    try {
      work()
    } finally {
      this.#current = null
    }
  }
}

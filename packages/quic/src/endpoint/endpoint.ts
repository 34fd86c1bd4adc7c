// A UDP socket and the connections on it: routes what arrives, sends what they have to say, wakes them in time. The rim of the core.
import { randomBytes } from 'node:crypto'
import { Writer } from '@millrace/bytes'
import { type Address, Arena, openUdpSocket, type ReceivedBatch, type UdpSocket, type UdpSocketOptions } from '@millrace/native'
import type { Arrival, Connection } from '../core/connection.ts'
import { MAX_UDP_PAYLOAD, MIN_INITIAL_DATAGRAM } from '../core/limits.ts'
import { CONNECTION_ID_LENGTH } from '../core/paths/connection-ids.ts'
import { PacketHeader, parseHeader } from '../core/wire/packet-header.ts'
import { reservedVersion, SUPPORTED_VERSIONS, writeVersionNegotiation } from '../core/wire/version-negotiation.ts'
import { Deadlines } from './deadlines.ts'
import { LINGER_MILLIS, MAX_CONNECTIONS, MAX_HANDSHAKES, NEGOTIATIONS_PER_BATCH } from './limits.ts'
import { Member, type MemberListener } from './member.ts'
import { Routes } from './routes.ts'
import { Train } from './train.ts'

/** A client's first packet, for the server to make a connection of. */
export interface Incoming {
  readonly remote: Address
  readonly originalDestination: Uint8Array
  readonly source: Uint8Array
}

/** Makes the connection for a client's first packet, and says who hears of it. */
export interface Acceptor {
  connection(incoming: Incoming, localConnectionId: Uint8Array): Connection
  accepted(member: Member): MemberListener
}

export interface EndpointStats {
  datagramsReceived: number
  bytesReceived: number
  datagramsSent: number
  bytesSent: number
  /** Datagrams that belong to no connection and do not begin one. */
  datagramsDropped: number
  versionNegotiations: number
  handshakesRefused: number
}

export class Endpoint {
  readonly socket: UdpSocket
  /** Memory for packets that are opened later than they arrived. */
  readonly scratch: Arena = Arena.allocate(MAX_UDP_PAYLOAD)
  readonly stats: EndpointStats = {
    datagramsReceived: 0,
    bytesReceived: 0,
    datagramsSent: 0,
    bytesSent: 0,
    datagramsDropped: 0,
    versionNegotiations: 0,
    handshakesRefused: 0,
  }
  /** Null while no connections are taken in. */
  acceptor: Acceptor | null = null
  /** Called when the last connection has gone. */
  #onempty: (() => void) | null = null
  readonly #routes = new Routes()
  readonly #members = new Set<Member>()
  readonly #deadlines = new Deadlines<Member>()
  readonly #train: Train
  readonly #header = new PacketHeader()
  readonly #arrival: { -readonly [K in keyof Arrival]: Arrival[K] }
  #queue: Member[] = []
  #scheduled = false
  #handshakes = 0
  #timer: NodeJS.Timeout | null = null
  #timerAt = Number.POSITIVE_INFINITY
  #blocked = false
  #closed = false
  #negotiations = 0
  /** Whose bytes TLS is working on: key log lines are its. */
  #current: Member | null = null

  static async open(options: UdpSocketOptions): Promise<Endpoint> {
    return new Endpoint(await openUdpSocket(options))
  }

  private constructor(socket: UdpSocket) {
    this.socket = socket
    this.#train = new Train(this, socket)
    this.#arrival = { memory: this.scratch, offset: 0, length: 0, ecn: 0, from: socket.local, local: this }
    socket.onreceive = (batch) => this.#receive(batch)
    socket.onwritable = () => {
      this.#blocked = false
      this.#schedule()
    }
  }

  /** An unpredictable connection id that no connection here uses. */
  newConnectionId(): Uint8Array {
    while (true) {
      const id = randomBytes(CONNECTION_ID_LENGTH)
      if (!this.#routes.clashes(id)) return id
    }
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
    former.#deadlines.set(member, null)
    member.endpoint = this
    member.endpoints.add(this)
    member.queued = false
    this.#members.add(member)
    for (const id of member.connection.localIds.all()) this.#routes.add(id, member)
    this.touch(member)
  }

  /** Sends one datagram for a connection that is served elsewhere. */
  forward(bytes: Buffer, offset: number, length: number, to: Address): void {
    if (this.#closed) return
    bytes.copy(this.socket.outgoing.bytes, 0, offset, offset + length)
    this.socket.send(0, length, length, to)
  }

  /** Looks after a connection once the work of this turn is done, so that all that was written meanwhile goes out together. */
  touch(member: Member): void {
    if (member.queued || this.#closed) return
    this.#enqueue(member)
    this.#schedule()
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
    await new Promise<void>((resolve) => {
      const enough = setTimeout(resolve, LINGER_MILLIS)
      this.#onempty = () => {
        clearTimeout(enough)
        resolve()
      }
    })
  }

  /** Closes the socket; connections that are left end without a word. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    for (const member of this.#members) member.connection.release()
    this.#members.clear()
    this.socket.onreceive = null
    this.socket.onwritable = null
    await this.socket.close()
  }

  #admit(connection: Connection, originalId: Uint8Array | null): Member {
    const member = new Member(this, connection, originalId)
    this.#members.add(member)
    this.#handshakes++
    for (const id of connection.localIds.all()) this.#routes.add(id, member)
    if (originalId !== null) this.#routes.addOriginal(originalId, member)
    return member
  }

  #forget(member: Member): void {
    if (!this.#members.delete(member)) return
    this.#deadlines.set(member, null)
    if (!member.established) this.#handshakes--
    for (const endpoint of member.endpoints) endpoint.#unroute(member)
    if (member.originalId !== null) this.#routes.removeOriginal(member.originalId)
    if (this.#members.size === 0) this.#onempty?.()
  }

  #unroute(member: Member): void {
    for (const id of member.connection.localIds.all()) this.#routes.remove(id)
  }

  #receive(batch: ReceivedBatch): void {
    const now = performance.now()
    this.#negotiations = 0
    const { stats } = this
    for (let i = 0; i < batch.count; i++) {
      const offset = batch.offset(i)
      const length = batch.length(i)
      stats.datagramsReceived++
      stats.bytesReceived += length
      const member = this.#route(batch, offset, length, i)
      if (member === undefined) {
        stats.datagramsDropped++
        continue
      }
      const arrival = this.#arrival
      arrival.memory = batch.memory
      arrival.offset = offset
      arrival.length = length
      arrival.ecn = batch.ecn(i)
      arrival.from = batch.from(i)
      this.#current = member
      member.connection.receive(arrival, now)
      this.#current = null
      if (member.listener === null) this.#introduce(member)
      if (member.endpoint === this) this.#enqueue(member)
      else member.touch()
    }
    this.#serveAll()
  }

  #route(batch: ReceivedBatch, offset: number, length: number, index: number): Member | undefined {
    const { bytes } = batch.memory
    const end = offset + length
    if (length > CONNECTION_ID_LENGTH && (bytes[offset]! & 0x80) === 0) return this.#routes.find(bytes, offset + 1)
    const header = this.#header
    if (parseHeader(bytes, offset, end, CONNECTION_ID_LENGTH, header) === null) return undefined
    if (header.dcidLength === CONNECTION_ID_LENGTH) {
      const member = this.#routes.find(bytes, header.dcidOffset)
      if (member !== undefined) return member
    }
    if (this.acceptor === null) return undefined
    if (header.type === 'unknownVersion') {
      this.#negotiate(header, batch.from(index), length)
      return undefined
    }
    if (header.type !== 'initial' && header.type !== '0rtt') return undefined
    return this.#routes.findOriginal(header.dcid) ?? this.#accept(header, batch.from(index), length)
  }

  /** RFC 9000 sections 5.2.2, 7.2 and 14.1. */
  #accept(header: PacketHeader, remote: Address, length: number): Member | undefined {
    if (header.type !== 'initial' || length < MIN_INITIAL_DATAGRAM || header.dcidLength < 8 || !header.hasSample) return undefined
    if (this.#handshakes >= MAX_HANDSHAKES || this.#members.size >= MAX_CONNECTIONS) {
      this.stats.handshakesRefused++
      return undefined
    }
    const incoming = { remote, originalDestination: header.dcid, source: header.scid }
    const connection = this.acceptor!.connection(incoming, this.newConnectionId())
    return this.#admit(connection, incoming.originalDestination)
  }

  /** A connection whose first packet was no authentic one is forgotten at once: anyone can send those. */
  #introduce(member: Member): void {
    if (this.acceptor !== null && member.connection.stats.packets > 0) member.listener = this.acceptor.accepted(member)
    else member.connection.release()
  }

  /** RFC 9000 section 6.1: only to datagrams that are large enough to begin a connection, and never in answer to itself. */
  #negotiate(header: PacketHeader, remote: Address, length: number): void {
    if (length < MIN_INITIAL_DATAGRAM || this.#blocked || this.#negotiations++ >= NEGOTIATIONS_PER_BATCH) return
    const { outgoing } = this.socket
    const writer = new Writer(outgoing.bytes)
    const random = randomBytes(8)
    const versions = [...SUPPORTED_VERSIONS, reservedVersion(random.readUInt32BE(4))]
    writeVersionNegotiation(writer, header.scid, header.dcid, random[0]!, versions)
    this.stats.versionNegotiations++
    if (!this.socket.send(0, writer.offset, writer.offset, remote)) this.#blocked = true
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    // After the promises of this turn: what they write goes out in the same packets.
    process.nextTick(() => {
      this.#scheduled = false
      this.#serveAll()
    })
  }

  #serveAll(): void {
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
    const { connection } = member
    this.#tell(member)
    if (!this.#blocked) {
      const outcome = this.#train.send(member, this.stats)
      if (outcome === 'more') setImmediate(() => this.touch(member))
      else this.#blocked = outcome === 'blocked'
    }
    if (this.#blocked) this.#enqueue(member)
    if (connection.finished) {
      this.#forget(member)
      return
    }
    const now = performance.now()
    this.#deadlines.set(member, connection.wakeAt())
    this.#arm(now)
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
      else if (event.type === 'socketAbandoned') this.#abandon(member, event.local as Endpoint)
      else if (event.type === 'handshakeConfirmed') this.#established(member)
      listener?.handle(event)
    }
  }

  #abandon(member: Member, left: Endpoint): void {
    if (left !== this && member.endpoints.delete(left)) left.#unroute(member)
  }

  #established(member: Member): void {
    member.established = true
    this.#handshakes--
    if (member.originalId !== null) this.#routes.removeOriginal(member.originalId)
  }

  #arm(now: number): void {
    const first = this.#deadlines.first
    if (first === undefined || first.deadline >= this.#timerAt) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timerAt = first.deadline
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, Math.ceil(first.deadline - now)))
  }

  #wake(): void {
    this.#timer = null
    this.#timerAt = Number.POSITIVE_INFINITY
    const now = performance.now()
    for (let member = this.#deadlines.first; member !== undefined && member.deadline <= now; member = this.#deadlines.first) {
      this.#deadlines.set(member, null)
      this.#run(member, () => member.connection.wake(now))
      this.#serve(member)
    }
    this.#arm(now)
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

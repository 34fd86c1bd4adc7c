// Two real connections with real TLS on a virtual network: no sockets, no clock; same seed, same packets lost.
import { Arena, initialKeys, retryIntegrityTag, TlsContext } from '@millrace/native'
import { Random } from '@millrace/netsim'
import { createCertificate } from '../../../native/test/certificates.ts'
import type { CongestionController } from '../../src/core/congestion/controller.ts'
import { NewReno } from '../../src/core/congestion/new-reno.ts'
import { Connection, type ConnectionOptions, type SharedOptions } from '../../src/core/connection.ts'
import type { Slot } from '../../src/core/datagram-builder.ts'
import type { ConnectionEvent } from '../../src/core/events.ts'
import { MAX_UDP_PAYLOAD, MIN_INITIAL_DATAGRAM } from '../../src/core/limits.ts'
import { type LocalSocket, type RemoteAddress, sameAddress } from '../../src/core/paths/path-address.ts'
import { decodeSessionTicket, rememberedParameters } from '../../src/core/session-ticket.ts'
import type { Side } from '../../src/core/streams/stream-id.ts'
import { decodeTransportParameters, type TransportParameters } from '../../src/core/wire/transport-parameters.ts'
import { Workbench } from '../../src/core/workbench.ts'

export interface PairOptions {
  /** Of what both ends draw: connection ids, path challenges, numbers left out. Default 1. */
  readonly seed?: number
  readonly delayMillis?: number
  /** What arrives of a datagram that was not dropped: the same by default, but it may be nothing, more than one, late or changed. */
  readonly carry?: (from: Side, datagram: Buffer, index: number, way: Way) => readonly Delivery[]
  /** Changes the transport parameters that a side sends, behind the back of its connection. */
  readonly tamper?: (side: Side, transportParameters: Uint8Array) => Uint8Array
  /** Decides the fate of each datagram; true drops it. */
  readonly drop?: (from: Side, datagram: Buffer, index: number, way: Way) => boolean
  /** Bytes of the largest datagram that the network carries now; larger ones vanish. */
  readonly mtu?: () => number
  readonly client?: Partial<TransportParameters>
  readonly server?: Partial<TransportParameters>
  /** What the client makes of the server's preferred address. */
  readonly preferredAddress?: ConnectionOptions['preferredAddress']
  /** Bytes of a side's connection ids; default 8. */
  readonly connectionIdLength?: (side: Side) => number
  readonly keepAliveMillis?: number
  readonly handshakeTimeoutMillis?: number
  readonly maxDatagramSize?: number
  /** Default NewReno. */
  readonly controller?: (side: Side) => CongestionController
  /** Further options of a side's connection. */
  readonly connection?: (side: Side) => Partial<ConnectionOptions & SharedOptions>
  readonly keyUpdateInterval?: number
  /** TLS contexts that outlive the pair, so that its sessions can be resumed. */
  readonly contexts?: Contexts
  /** Client: an earlier session's ticket, to resume it with 0-RTT. */
  readonly ticket?: Uint8Array
  /** Server: whether early data is accepted. */
  readonly admit?: (ticketData: Uint8Array, clientRandom: Uint8Array) => boolean
}

/** A datagram on its way. */
export interface Delivery {
  readonly datagram: Buffer
  /** On top of the path's own delay. */
  readonly lateMillis?: number
  /** The ECN field with which it arrives. Default as it left. */
  readonly ecn?: number
}

const certificate = createCertificate({ name: 'localhost', hosts: ['localhost'] })

const DEFAULTS: TransportParameters = {
  ...decodeTransportParameters(new Uint8Array(0), 'client'),
  initialMaxData: 1 << 24,
  initialMaxStreamDataBidiLocal: 1 << 22,
  initialMaxStreamDataBidiRemote: 1 << 22,
  initialMaxStreamDataUni: 1 << 22,
  initialMaxStreamsBidi: 100,
  initialMaxStreamsUni: 100,
  maxIdleTimeout: 30_000,
  maxUdpPayloadSize: MAX_UDP_PAYLOAD,
  activeConnectionIdLimit: 4,
}

/** A socket of an end: the token that its connection knows, and where the world sees it, which a NAT may change. */
export class Socket implements LocalSocket {
  place: RemoteAddress
  readonly largestDatagram: number

  constructor(address: string, port: number, largestDatagram: number = MAX_UDP_PAYLOAD) {
    this.largestDatagram = largestDatagram
    this.place = { family: 4, address, port }
  }

  /** A NAT forgets the mapping, and makes another with the next datagram. */
  rebind(address: string, port: number): void {
    this.place = { family: 4, address, port }
  }
}

/** From where to where a datagram goes, and how it is marked. */
export interface Way {
  readonly from: RemoteAddress
  readonly to: RemoteAddress
  /** The ECN field with which it leaves. */
  readonly ecn: number
}

/** One end: the connection, what it told, and the memory that it works in. */
export class End {
  readonly side: Side
  readonly connection: Connection
  readonly events: ConnectionEvent[] = []
  /** The one it begins with, and those it gets later. */
  readonly sockets: Socket[]
  readonly #incoming = Arena.allocate(MAX_UDP_PAYLOAD)
  readonly #slot: Slot = {
    memory: Arena.allocate(MAX_UDP_PAYLOAD),
    offset: 0,
    capacity: MAX_UDP_PAYLOAD,
    to: null,
    local: null,
    ecn: 0,
    refusals: null,
  }
  readonly #onevent: (end: End, event: ConnectionEvent) => void

  constructor(side: Side, connection: Connection, socket: Socket, onevent: (end: End, event: ConnectionEvent) => void) {
    this.side = side
    this.sockets = [socket]
    this.connection = connection
    this.#onevent = onevent
  }

  /** By default from where the peer is thought to be, at the first socket. */
  receive(
    datagram: Buffer,
    now: number,
    from: RemoteAddress = this.connection.path.remote,
    local: Socket = this.sockets[0]!,
    ecn: number = 0,
  ): void {
    datagram.copy(this.#incoming.bytes)
    this.connection.receive({ memory: this.#incoming, offset: 0, length: datagram.length, ecn, from, local }, now)
    this.drain()
  }

  transmit(now: number): Buffer | null {
    const slot = this.#slot
    const length = this.connection.transmit(slot, now)
    this.drain()
    return length === 0 ? null : Buffer.from(slot.memory.bytes.subarray(0, length))
  }

  /** The way of the datagram that was transmitted last. */
  get way(): Way {
    return { from: (this.#slot.local as Socket).place, to: this.#slot.to!, ecn: this.#slot.ecn }
  }

  drain(): void {
    for (let event = this.connection.takeEvent(); event !== null; event = this.connection.takeEvent()) {
      this.events.push(event)
      this.#onevent(this, event)
    }
  }

  has(type: ConnectionEvent['type']): boolean {
    return this.events.some((event) => event.type === type)
  }
}

/** Wakes at one moment, without a datagram sent or received, after which a connection is said to spin. */
const MAX_IDLE_WAKES = 20

/** Something that happens at a moment: a datagram arrives, or an alarm rings. */
interface Happening {
  readonly at: number
  readonly act: () => void
}

export interface Contexts {
  readonly client: TlsContext
  readonly server: TlsContext
}

/** The server's tickets permit early data. */
export function newContexts(): Contexts {
  return {
    client: new TlsContext({ side: 'client', alpn: ['test'], ca: certificate.certs }),
    server: new TlsContext({ side: 'server', alpn: ['test'], sni: { '*': certificate }, earlyData: true }),
  }
}

export class Pair {
  now = 1000
  readonly client: End
  readonly server: End
  /** Hears every event of either end as it happens. */
  onevent: (end: End, event: ConnectionEvent) => void = () => {}
  datagrams = 0
  /** Looks at both ends whenever something has happened. */
  oncheck: () => void = () => {}
  readonly #options: PairOptions
  readonly #agenda: Happening[] = []
  readonly #contexts: TlsContext[]

  constructor(options: PairOptions = {}) {
    this.#options = options
    const { client, server } = options.contexts ?? newContexts()
    this.#contexts = options.contexts === undefined ? [client, server] : []
    const resumed = options.ticket === undefined ? null : decodeSessionTicket(options.ticket)
    const random = new Random(options.seed ?? 1)
    const originalDestination = random.bytes(8)
    const taken = new Set<string>()
    const newId = (side: Side): Uint8Array => {
      const id = random.bytes(options.connectionIdLength?.(side) ?? 8)
      const name = `${side} ${Buffer.from(id).toString('hex')}`
      if (taken.has(name)) return newId(side)
      taken.add(name)
      return id
    }
    const clientId = newId('client')
    const tell = (end: End, event: ConnectionEvent): void => this.onevent(end, event)
    const sockets = { client: new Socket('192.0.2.1', 1000), server: new Socket('198.51.100.1', 443) }
    const make = (side: Side, context: TlsContext, localConnectionId: Uint8Array, remoteConnectionId: Uint8Array): Connection => {
      const others = options.connection?.(side)
      return new Connection(
        {
          shared: {
            initialKeys,
            retryTag: retryIntegrityTag,
            random: (length) => random.bytes(length),
            newConnectionId: () => newId(side),
            maxDatagramSize: options.maxDatagramSize ?? 1200,
            local: sockets[side],
            keepAliveMillis: options.keepAliveMillis ?? 0,
            handshakeTimeoutMillis: options.handshakeTimeoutMillis ?? 30_000,
            ...(options.keyUpdateInterval !== undefined && { keyUpdateInterval: options.keyUpdateInterval }),
            workbench: new Workbench(Arena.allocate(MAX_UDP_PAYLOAD)),
            ...others,
          },
          side,
          parameters: { ...DEFAULTS, ...(side === 'client' ? options.client : options.server) },
          tls: (encoded, version, answer) =>
            context.session({
              transportParameters: options.tamper?.(side, encoded) ?? encoded,
              version,
              answer,
              ...(side === 'client' && { servername: 'localhost', earlyData: resumed !== null }),
              ...(side === 'client' && resumed !== null && { ticket: resumed.ticket }),
              ...(side === 'server' && { earlyData: options.admit ?? (() => false) }),
            }),
          remembered: side === 'client' && resumed !== null ? rememberedParameters(resumed) : null,
          controller: options.controller?.(side) ?? new NewReno(MIN_INITIAL_DATAGRAM),
          originalDestination,
          localConnectionId,
          remoteConnectionId,
          remote: sockets[side === 'client' ? 'server' : 'client'].place,
          ...(side === 'client' && { preferredAddress: options.preferredAddress }),
          ...others,
        },
        this.now,
      )
    }
    this.client = new End('client', make('client', client, clientId, originalDestination), sockets.client, tell)
    this.server = new End('server', make('server', server, newId('server'), clientId), sockets.server, tell)
    this.client.connection.start(this.now)
  }

  /** Runs the network until `done`, or until nothing more will happen, or for `limitMillis` of its own time. Returns whether `done` held. */
  run(done: () => boolean, limitMillis = 60_000): boolean {
    const until = this.now + limitMillis
    for (let idle = 0; ; idle++) {
      if (this.#flush(this.client) + this.#flush(this.server) > 0) idle = 0
      this.oncheck()
      if (done()) return true
      const next = this.#nextMoment()
      if (next === null || next > until) return false
      if (next > this.now || this.#agenda[0]?.at === next) idle = 0
      if (idle > MAX_IDLE_WAKES) throw new Error(`a connection asks to be woken at ${next} again and again, and does nothing`)
      this.now = Math.max(this.now, next)
      this.#step()
    }
  }

  /** Does something later, and so keeps `run` from ending before. */
  after(millis: number, act: () => void): void {
    const at = this.now + millis
    let place = this.#agenda.length
    while (place > 0 && this.#agenda[place - 1]!.at > at) place--
    this.#agenda.splice(place, 0, { at, act })
  }

  /** Lets time pass. */
  pass(millis: number): void {
    const until = this.now + millis
    this.run(() => false, millis)
    this.now = until
  }

  release(): void {
    for (const end of [this.client, this.server]) end.connection.release()
    for (const context of this.#contexts) context.release()
  }

  /** Returns how many datagrams left. */
  #flush(end: End): number {
    let count = 0
    for (let datagram = end.transmit(this.now); datagram !== null; datagram = end.transmit(this.now)) {
      count++
      const index = this.datagrams++
      const { way } = end
      if (this.#options.drop?.(end.side, datagram, index, way)) continue
      if (this.#options.mtu !== undefined && datagram.length > this.#options.mtu()) continue
      for (const delivery of this.#options.carry?.(end.side, datagram, index, way) ?? [{ datagram }]) this.#launch(way, delivery)
    }
    return count
  }

  #launch(way: Way, { datagram, lateMillis = 0, ecn = way.ecn }: Delivery): void {
    this.after((this.#options.delayMillis ?? 10) + lateMillis, () => this.#deliver(datagram, { ...way, ecn }))
  }

  #nextMoment(): number | null {
    const moments = [this.#agenda[0]?.at ?? null, this.client.connection.wakeAt(), this.server.connection.wakeAt()]
    const known = moments.filter((moment) => moment !== null)
    return known.length === 0 ? null : Math.min(...known)
  }

  #step(): void {
    let due = 0
    while (due < this.#agenda.length && this.#agenda[due]!.at <= this.now) due++
    for (const { act } of this.#agenda.splice(0, due)) act()
    for (const end of [this.client, this.server]) {
      const at = end.connection.wakeAt()
      if (at === null || at > this.now) continue
      end.connection.wake(this.now)
      end.drain()
    }
  }

  /** To whoever is at that place now, if anyone. */
  #deliver(datagram: Buffer, { from, to, ecn }: Way): void {
    for (const end of [this.client, this.server]) {
      const socket = end.sockets.find(({ place }) => sameAddress(place, to))
      if (socket !== undefined) end.receive(datagram, this.now, from, socket, ecn)
    }
  }
}

/** Fractions from 0 to below 1: the same for the same seed. */
export function seeded(seed: number): () => number {
  const random = new Random(seed)
  return () => random.fraction()
}

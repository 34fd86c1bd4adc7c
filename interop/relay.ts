// Stands between client and server: delays, drops and damages datagrams as a scenario says, moves the client to other addresses, and notes
// each datagram. A capture on the loopback device could not serve: with UDP segmentation offload (`UDP_SEGMENT`) the device sees trains of
// up to 64 datagrams as one. A socket receives them as the peer would.
// Each datagram goes on with the ECN field with which it came, or with what the scenario makes of it.
import { openUdpSocket, type ReceivedBatch, type UdpSocket } from '@millrace/native'
import { Impairment, Random, VirtualClock } from '@millrace/netsim'
import { Pcap } from './pcap.ts'
import type { Scenario } from './scenario.ts'
import type { Recorded, Side } from './trace/recorded.ts'

/** The kernel's default of 208 KiB overflows in a burst; bytes. */
const SOCKET_BUFFER = 4 * 1024 * 1024

/** A record of more is of no use and fills the memory; datagrams. */
const MOST_RECORDED = 200_000

/** The bit of a packet's first byte that tells the long header, which is the handshake's. RFC 8999 section 5.1. */
const LONG_FORM = 0x80

export interface RelayOptions {
  /** `127.0.0.1` or `::1`. */
  readonly host: string
  readonly serverPort: number
  readonly scenario: Scenario
  /** What is lost and damaged follows from it. */
  readonly seed: number
  /** Another port that the server names as its preferred address, and where what comes there goes. */
  readonly preferred?: { readonly port: number; readonly to: Place } | undefined
  /** A file to write the datagrams to as well, for other people's dissectors. */
  readonly capture?: string
}

interface Place {
  readonly host: string
  readonly port: number
}

/** The socket through which the server sees a client. */
interface Way {
  readonly back: UdpSocket
  readonly path: number
  readonly host: string
}

/** A client's address, and how the server sees it: now, and, when that is to change, next. */
interface Flow {
  readonly front: UdpSocket
  readonly clientPort: number
  way: Way
  next: Way | null
}

export class Relay {
  /** What was sent, in order. */
  readonly recorded: Recorded[] = []
  readonly #options: RelayOptions
  readonly #pcap: Pcap | null
  readonly #clock = new VirtualClock()
  readonly #toServer: Impairment
  readonly #toClient: Impairment
  readonly #fronts: UdpSocket[] = []
  readonly #sockets: UdpSocket[] = []
  readonly #flows = new Map<string, Promise<Flow>>()
  #timer: NodeJS.Timeout | undefined
  #rebinder: NodeJS.Timeout | undefined
  #began = 0
  #paths = 0
  #hosts = 1

  private constructor(options: RelayOptions) {
    const random = new Random(options.seed)
    this.#options = options
    this.#pcap = options.capture === undefined ? null : new Pcap(options.capture)
    this.#toServer = new Impairment(options.scenario.toServer, random.fork())
    this.#toClient = new Impairment(options.scenario.toClient, random.fork())
  }

  /** Resolves when the relay is ready. */
  static async start(options: RelayOptions): Promise<Relay> {
    const relay = new Relay(options)
    await relay.#listen(0)
    if (options.preferred !== undefined) await relay.#listen(options.preferred.port)
    return relay
  }

  /** Where the client sends to. */
  get port(): number {
    return this.#fronts[0]!.local.port
  }

  /** Ends the relay; resolves when the record is on disk. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    clearTimeout(this.#rebinder)
    await Promise.all(this.#flows.values())
    await Promise.all(this.#sockets.map((socket) => socket.close()))
    this.#pcap?.close()
  }

  async #listen(port: number): Promise<void> {
    const front = await this.#bound(this.#options.host, port)
    this.#fronts.push(front)
    hear(front, (bytes, ecn, port) => {
      const now = this.#now()
      const key = `${front.local.port} ${port}`
      const flow = this.#flows.get(key) ?? this.#newFlow(front, port)
      this.#flows.set(key, flow)
      void flow.then((known) => this.#fromClient(known, bytes, ecn, now))
    })
  }

  #fromClient(flow: Flow, bytes: Buffer, ecn: number, now: number): void {
    const { front } = flow
    const { preferred, serverPort, host } = this.#options
    const to = preferred === undefined || front === this.#fronts[0] ? { port: serverPort, host } : preferred.to
    if (flow.next !== null && mayMove(bytes)) {
      flow.way = flow.next
      flow.next = null
    }
    const { way } = flow
    this.#note('client', flow, way, bytes, ecn, now)
    this.#pass(this.#toServer, bytes, ecn, (arriving, mark) => send(way.back, arriving, mark, to))
  }

  async #newFlow(front: UdpSocket, clientPort: number): Promise<Flow> {
    const way = await this.#newWay()
    const flow: Flow = { front, clientPort, way, next: null }
    this.#attend(flow, way)
    return flow
  }

  async #newWay(): Promise<Way> {
    const host = this.#options.host.replace(/\d+$/, `${this.#hosts}`)
    return { back: await this.#bound(host, 0), path: this.#paths++, host }
  }

  /** What the server sends this way while it is not the flow's goes nowhere. */
  #attend(flow: Flow, way: Way): void {
    const to = { host: this.#options.host, port: flow.clientPort }
    hear(way.back, (bytes, ecn) => {
      this.#note('server', flow, way, bytes, ecn, this.#now())
      if (flow.way === way) this.#pass(this.#toClient, bytes, ecn, (arriving, mark) => send(flow.front, arriving, mark, to))
    })
  }

  async #rebind(): Promise<void> {
    const { everyMillis, changes } = this.#options.scenario.rebinding!
    this.#rebinder = setTimeout(() => void this.#rebind(), everyMillis)
    if (changes === 'address') this.#hosts++
    for (const flow of await Promise.all(this.#flows.values())) {
      if (flow.next !== null) continue
      flow.next = await this.#newWay()
      this.#attend(flow, flow.next)
    }
  }

  #pass(impairment: Impairment, bytes: Buffer, ecn: number, deliver: (arriving: Uint8Array, ecn: number) => void): void {
    const now = this.#now()
    for (const { delayMillis, bytes: arriving, ecn: mark } of impairment.decide(bytes, now, ecn).deliveries) {
      this.#clock.schedule(now + delayMillis, () => deliver(arriving, mark))
    }
    this.#schedule()
  }

  #schedule(): void {
    const { next } = this.#clock
    if (this.#timer !== undefined || next === null) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#clock.run(this.#now())
        this.#schedule()
      },
      Math.max(0, next - this.#now()),
    )
  }

  /** Milliseconds since the first datagram. */
  #now(): number {
    const now = performance.now()
    if (this.#began === 0) {
      this.#began = now
      const { rebinding } = this.#options.scenario
      if (rebinding !== undefined) this.#rebinder = setTimeout(() => void this.#rebind(), rebinding.firstMillis)
    }
    return now - this.#began
  }

  #note(from: Side, { front, clientPort }: Flow, { path, host }: Way, bytes: Buffer, ecn: number, at: number): void {
    if (this.recorded.length < MOST_RECORDED) this.recorded.push({ at, from, path, clientHost: host, ecn, bytes })
    const server = front === this.#fronts[0] ? this.#options.serverPort : front.local.port
    this.#pcap?.write(bytes, from === 'client' ? clientPort : server, from === 'client' ? server : clientPort)
  }

  async #bound(host: string, port: number): Promise<UdpSocket> {
    // The server may hold the preferred address itself; of two sockets that share an address so, the later one receives.
    const socket = await openUdpSocket({ address: host, port, sendBufferSize: SOCKET_BUFFER, reuseAddress: port !== 0 })
    this.#sockets.push(socket)
    return socket
  }
}

/**
 * Whether a client is seen under another address from this datagram on: a NAT gives it one when the client sends, and if that is no longer in the
 * handshake, QUIC goes on (RFC 9000 section 9). Were it cut off at any time, a client that only listens would never be found again.
 */
function mayMove(bytes: Buffer): boolean {
  return (bytes[0]! & LONG_FORM) === 0
}

/** What a full socket does not take is lost, as on any network. */
function send(socket: UdpSocket, bytes: Uint8Array, ecn: number, { host, port }: { readonly host: string; readonly port: number }): void {
  socket.outgoing.bytes.set(bytes)
  socket.send(0, bytes.length, bytes.length, socket.resolve(host, port), ecn)
}

/** Hands on a copy of each datagram, its ECN field, and the port from which it came. */
function hear(socket: UdpSocket, heard: (bytes: Buffer, ecn: number, port: number) => void): void {
  socket.onreceive = (batch: ReceivedBatch) => {
    for (let i = 0; i < batch.count; i++) {
      const start = batch.offset(i)
      heard(Buffer.from(batch.memory.bytes.subarray(start, start + batch.length(i))), batch.ecn(i), batch.from(i).port)
    }
  }
}

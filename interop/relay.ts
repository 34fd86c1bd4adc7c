// Stands between client and server: delays, drops and damages datagrams as a scenario says, moves the client to other addresses, and notes
// each datagram. A capture on the loopback device could not serve: with UDP segmentation offload (`UDP_SEGMENT`) the device sees trains of
// up to 64 datagrams as one. A socket receives them as the peer would.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { Impairment, Random, VirtualClock } from '@millrace/netsim'
import { Pcap } from './pcap.ts'
import type { Scenario } from './scenario.ts'
import type { Recorded, Side } from './trace/recorded.ts'

/** The kernel's default of 208 KiB overflows in a burst; bytes. */
const SOCKET_BUFFER = 4 * 1024 * 1024

/** A record of more is of no use and fills the memory; datagrams. */
const MOST_RECORDED = 200_000

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

/** A client's address, and the socket through which the server sees it. */
interface Flow {
  readonly front: Socket
  readonly clientPort: number
  back: Socket
  path: number
  host: string
}

export class Relay {
  /** What was sent, in order. */
  readonly recorded: Recorded[] = []
  readonly #options: RelayOptions
  readonly #pcap: Pcap | null
  readonly #clock = new VirtualClock()
  readonly #toServer: Impairment
  readonly #toClient: Impairment
  readonly #fronts: Socket[] = []
  readonly #sockets: Socket[] = []
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
    return this.#fronts[0]!.address().port
  }

  /** Ends the relay; resolves when the record is on disk. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    clearTimeout(this.#rebinder)
    await Promise.all(this.#flows.values())
    await Promise.all(this.#sockets.map((socket) => once(socket.close(), 'close')))
    this.#pcap?.close()
  }

  async #listen(port: number): Promise<void> {
    const front = await this.#bound(this.#options.host, port)
    this.#fronts.push(front)
    front.on('message', (bytes, from) => {
      const now = this.#now()
      const key = `${front.address().port} ${from.port}`
      const flow = this.#flows.get(key) ?? this.#newFlow(front, from.port)
      this.#flows.set(key, flow)
      void flow.then((known) => this.#fromClient(known, bytes, now))
    })
  }

  #fromClient(flow: Flow, bytes: Buffer, now: number): void {
    const { back, front } = flow
    const { preferred, serverPort, host } = this.#options
    const to = preferred === undefined || front === this.#fronts[0] ? { port: serverPort, host } : preferred.to
    this.#note('client', flow, bytes, now)
    this.#pass(this.#toServer, bytes, (arriving) => back.send(arriving, to.port, to.host))
  }

  async #newFlow(front: Socket, clientPort: number): Promise<Flow> {
    const flow = { front, clientPort, host: this.#options.host } as Flow
    await this.#bind(flow)
    return flow
  }

  /** Gives the flow a socket. What the server sends to the one that it had goes nowhere. */
  async #bind(flow: Flow): Promise<void> {
    const back = await this.#bound(flow.host, 0)
    const path = this.#paths++
    flow.back = back
    flow.path = path
    back.on('message', (bytes) => {
      this.#note('server', { ...flow, path, back }, bytes, this.#now())
      if (flow.back === back)
        this.#pass(this.#toClient, bytes, (arriving) => flow.front.send(arriving, flow.clientPort, this.#options.host))
    })
  }

  async #rebind(): Promise<void> {
    const { everyMillis, changes } = this.#options.scenario.rebinding!
    this.#rebinder = setTimeout(() => void this.#rebind(), everyMillis)
    if (changes === 'address') this.#hosts++
    for (const flow of await Promise.all(this.#flows.values())) {
      flow.host = this.#options.host.replace(/\d+$/, `${this.#hosts}`)
      await this.#bind(flow)
    }
  }

  #pass(impairment: Impairment, bytes: Buffer, deliver: (arriving: Uint8Array) => void): void {
    const now = this.#now()
    for (const { delayMillis, bytes: arriving } of impairment.decide(bytes, now).deliveries) {
      this.#clock.schedule(now + delayMillis, () => deliver(arriving))
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

  #note(from: Side, { front, clientPort, path, host }: Flow, bytes: Buffer, at: number): void {
    if (this.recorded.length < MOST_RECORDED) this.recorded.push({ at, from, path, clientHost: host, ecn: 0, bytes })
    const server = front === this.#fronts[0] ? this.#options.serverPort : front.address().port
    this.#pcap?.write(bytes, from === 'client' ? clientPort : server, from === 'client' ? server : clientPort)
  }

  async #bound(host: string, port: number): Promise<Socket> {
    const type = host.includes(':') ? 'udp6' : 'udp4'
    // The server may hold the preferred address itself; of two sockets that share an address so, the later one receives.
    const options = { type, recvBufferSize: SOCKET_BUFFER, sendBufferSize: SOCKET_BUFFER, reuseAddr: port !== 0 } as const
    const socket = createSocket(options).bind(port, host)
    await once(socket, 'listening')
    this.#sockets.push(socket)
    return socket
  }
}

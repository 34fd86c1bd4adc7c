// Two connections that hand each other their datagrams in place, as fast as they can: what the protocol costs, without sockets.
import { Arena } from '@millrace/native'
import type { CongestionController } from '../../src/core/congestion/controller.ts'
import type { Arrival } from '../../src/core/connection.ts'
import type { Slot } from '../../src/core/datagram-builder.ts'
import { MAX_UDP_PAYLOAD } from '../../src/core/limits.ts'
import type { Stream } from '../../src/core/streams/stream.ts'
import { connected, open } from './connected.ts'
import type { End, Pair } from './pair.ts'

/** Datagrams that one side sends before the other answers. */
const TRAIN = 40
const WINDOW = 2 ** 24
const DATAGRAM = 1452
/** Bytes written and not yet sent. */
const AHEAD = 2 ** 20
/** Virtual milliseconds that a train takes. */
const TRAIN_MILLIS = 0.2

/** Lets everything out at once: there is no path to be gentle with. */
class NoLimit implements CongestionController {
  readonly name = 'none'
  readonly window = WINDOW
  readonly pacingRate = null
  readonly inSlowStart = false
  readonly slowStartThreshold: number = Number.POSITIVE_INFINITY
  packetsAcknowledged(): void {}
  packetsLost(): void {}
  persistentCongestion(): void {}
  congestionExperienced(): void {}
  datagramSizeChanged(): void {}
  reset(): void {}
}

/** A client that uploads without end. */
export class BackToBack {
  readonly pair: Pair
  /** Datagrams that the client has sent. */
  sent = 0
  readonly #train = Arena.allocate(TRAIN * MAX_UDP_PAYLOAD)
  readonly #lengths = new Uint16Array(TRAIN)
  readonly #slot: Slot
  readonly #arrivals: Readonly<Record<'client' | 'server', { -readonly [K in keyof Arrival]: Arrival[K] }>>
  readonly #stream: Stream
  readonly #chunk = Buffer.alloc(65_536)
  readonly #target = Buffer.alloc(4 * 65_536)
  #receiving: Stream | null = null
  #now: number

  constructor() {
    const windows = { initialMaxData: WINDOW, initialMaxStreamDataUni: WINDOW }
    this.pair = connected({ client: windows, server: windows, maxDatagramSize: DATAGRAM, controller: () => new NoLimit() })
    this.#slot = { memory: this.#train, offset: 0, capacity: MAX_UDP_PAYLOAD, to: null, local: null, ecn: 0 }
    const { client, server } = this.pair
    const arrival = ({ connection: { path } }: End): Arrival => ({
      memory: this.#train,
      offset: 0,
      length: 0,
      ecn: 0,
      from: path.remote,
      local: path.local,
    })
    this.#arrivals = { client: arrival(client), server: arrival(server) }
    this.#stream = open(client, 'uni')
    this.#now = this.pair.now
  }

  /** One train there, and what answers it. */
  turn(): void {
    const { client, server } = this.pair
    while (this.#stream.send!.unsent < AHEAD) this.#stream.send!.write(this.#chunk)
    this.sent += this.#pass(client, server)
    this.#read()
    this.#now += TRAIN_MILLIS
    this.#pass(server, client)
  }

  release(): void {
    this.pair.release()
  }

  #pass(from: End, to: End): number {
    const slot = this.#slot
    let count = 0
    for (; count < TRAIN; count++) {
      slot.offset = count * MAX_UDP_PAYLOAD
      const length = from.connection.transmit(slot, this.#now)
      if (length === 0) break
      this.#lengths[count] = length
    }
    this.#tell(from)
    const arrival = this.#arrivals[to.side]
    for (let i = 0; i < count; i++) {
      arrival.offset = i * MAX_UDP_PAYLOAD
      arrival.length = this.#lengths[i]!
      to.connection.receive(arrival, this.#now)
    }
    this.#tell(to)
    return count
  }

  #tell({ connection }: End): void {
    for (let event = connection.takeEvent(); event !== null; event = connection.takeEvent()) {
      if (event.type === 'streamOpened') this.#receiving = event.stream
    }
  }

  #read(): void {
    if (this.#receiving === null) return
    const { streams } = this.pair.server.connection
    while (streams.readInto(this.#receiving, this.#target) > 0);
  }
}

// Two connections that hand each other their datagrams in place, as fast as they can: what the protocol costs, without sockets.
import type { ConnectionEvent } from '../../src/core/events.ts'
import type { Stream } from '../../src/core/streams/stream.ts'
import { connected, open } from './connected.ts'
import { NoLimit } from './no-limit.ts'
import type { End, Pair } from './pair.ts'
import { Shuttle } from './shuttle.ts'

const WINDOW = 2 ** 24
const DATAGRAM = 1452
/** Bytes written and not yet sent. */
const AHEAD = 2 ** 20
/** Virtual milliseconds that a train takes. */
const TRAIN_MILLIS = 0.2

/** A client that uploads without end. */
export class BackToBack {
  readonly pair: Pair
  /** Datagrams that the client has sent. */
  sent = 0
  /** Bytes that the server's reader has got. */
  received = 0
  readonly #shuttle = new Shuttle((end, event) => this.#hear(end, event))
  readonly #stream: Stream
  readonly #chunk = Buffer.alloc(65_536)
  readonly #target = Buffer.alloc(4 * 65_536)
  #receiving: Stream | null = null
  #now: number

  constructor() {
    const windows = { initialMaxData: WINDOW, initialMaxStreamDataUni: WINDOW }
    this.pair = connected({ client: windows, server: windows, maxDatagramSize: DATAGRAM, controller: () => new NoLimit(WINDOW) })
    this.#stream = open(this.pair.client, 'uni')
    this.#now = this.pair.now
  }

  /** One train there, and what answers it. */
  turn(): void {
    const { client, server } = this.pair
    while (this.#stream.send!.unsent < AHEAD) this.#stream.send!.write(this.#chunk)
    this.sent += this.#shuttle.pass(client, server, this.#now)
    this.#read()
    this.#now += TRAIN_MILLIS
    this.#shuttle.pass(server, client, this.#now)
  }

  release(): void {
    this.pair.release()
  }

  #hear(_end: End, event: ConnectionEvent): void {
    if (event.type === 'streamOpened') this.#receiving = event.stream
  }

  #read(): void {
    if (this.#receiving === null) return
    const { streams } = this.pair.server.connection
    for (let count = -1; count !== 0; this.received += count) count = streams.readInto(this.#receiving, this.#target)
  }
}

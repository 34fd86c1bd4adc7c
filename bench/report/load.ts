// Work in memory with the core of the stack: connections that upload small streams, a fixed number of them in flight on each. No sockets, no clock:
// the same datagrams in each run.
import { connected } from '../../packages/quic/test/support/connected.ts'
import { NoLimit } from '../../packages/quic/test/support/no-limit.ts'
import { type Contexts, type End, newContexts, type Pair } from '../../packages/quic/test/support/pair.ts'
import { Shuttle } from '../../packages/quic/test/support/shuttle.ts'

const WINDOW = 2 ** 24
const DATAGRAM = 1452
/** Virtual milliseconds between two turns. */
const TURN_MILLIS = 0.2

/** How much is going on at once. */
export interface Size {
  readonly connections: number
  /** In flight on each connection. */
  readonly streams: number
}

export class Load implements Disposable {
  readonly #size: Size
  readonly #contexts: Contexts = newContexts()
  readonly #pairs: readonly Pair[]
  readonly #inFlight: Map<End, number> = new Map()
  readonly #target: Buffer = Buffer.alloc(65_536)
  readonly #shuttle: Shuttle
  #done = 0
  #now: number

  constructor(size: Size) {
    const windows = { initialMaxData: WINDOW, initialMaxStreamDataUni: WINDOW, initialMaxStreamsUni: size.streams, maxIdleTimeout: 0 }
    this.#size = size
    this.#pairs = Array.from({ length: size.connections }, (_, index) =>
      connected({
        client: windows,
        server: windows,
        maxDatagramSize: DATAGRAM,
        controller: () => new NoLimit(WINDOW),
        contexts: this.#contexts,
        seed: index + 1,
      }),
    )
    this.#now = Math.max(...this.#pairs.map(({ now }) => now))
    const clients = new Map(this.#pairs.map(({ client, server }) => [server, client]))
    this.#shuttle = new Shuttle((end, event) => {
      if (event.type === 'streamReadable') while (end.connection.streams.readInto(event.stream, this.#target) > 0);
      else if (event.type === 'streamEnded' && clients.has(end)) this.#ended(clients.get(end)!)
    })
  }

  /** Uploads so many streams of `bytes` each, until the server has read the end of each of them. */
  upload(streams: number, bytes: number): void {
    const data = Buffer.alloc(bytes)
    const done = this.#done + streams
    let left = streams
    while (this.#done < done) {
      for (const { client, server } of this.#pairs) {
        left -= this.#open(client, left, data)
        this.#shuttle.pass(client, server, this.#now)
        this.#shuttle.pass(server, client, this.#now)
      }
      this.#now += TURN_MILLIS
      for (const { client, server } of this.#pairs) for (const end of [client, server]) this.#wake(end)
    }
  }

  [Symbol.dispose](): void {
    for (const pair of this.#pairs) pair.release()
    for (const context of Object.values(this.#contexts)) context.release()
  }

  /** As many as may be in flight; `most` at most. Returns how many. */
  #open(client: End, most: number, data: Buffer): number {
    const { streams } = client.connection
    let flying = this.#inFlight.get(client) ?? 0
    let count = 0
    for (; count < most && flying < this.#size.streams; count++, flying++) {
      const stream = streams.openStream('uni')
      if (stream === null) break
      stream.send!.write(data)
      stream.send!.finish()
    }
    this.#inFlight.set(client, flying)
    return count
  }

  #ended(client: End): void {
    this.#done++
    this.#inFlight.set(client, this.#inFlight.get(client)! - 1)
  }

  #wake({ connection }: End): void {
    const at = connection.wakeAt()
    if (at !== null && at <= this.#now) connection.wake(this.#now)
  }
}

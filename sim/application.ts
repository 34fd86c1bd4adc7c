// What the users of one end do: open streams, write, read, give up, each at its own pace. All of it follows from the scenario.
import type { VirtualClock } from '@millrace/netsim'
import type { Connection } from '../packages/quic/src/core/connection.ts'
import type { EarlyDataStatus } from '../packages/quic/src/core/crypto/tls.ts'
import type { CloseReason, ConnectionEvent } from '../packages/quic/src/core/events.ts'
import type { Stream } from '../packages/quic/src/core/streams/stream.ts'
import { type DatagramLedgers, DatagramTraffic } from './datagram-traffic.ts'
import { SimulationFailure } from './failure.ts'
import type { Flow, Flows } from './flow.ts'
import { content } from './pattern.ts'
import type { EndPlan, Opening } from './scenario.ts'

/** A writer waits for acknowledgements while the connection holds more of a stream than this, in bytes. */
const MOST_HELD = 65_536
/** Between a reset that leaves some bytes, and the wish that it had left fewer. */
const THINKS_AGAIN_MILLIS = 20

export class Application {
  onconfirmed: () => void = () => {}
  readonly #plan: EndPlan
  readonly #connection: Connection
  readonly #clock: VirtualClock
  readonly #flows: Flows
  readonly #datagrams: DatagramTraffic
  readonly #waiting: Record<Opening['direction'], number> = { bidi: 0, uni: 0 }
  /** Streams whose reader is between two pieces. */
  readonly #reading = new Set<Stream>()
  #toOpen: number
  /** Openings that did not wait for the handshake. */
  #early = 0
  /** Tokens for a later connection that were heard of. RFC 9000 section 8.1.3. */
  readonly tokens: Uint8Array[] = []
  #established = false
  #earlyData: EarlyDataStatus = 'none'
  #closed: CloseReason | null = null

  constructor(plan: EndPlan, connection: Connection, clock: VirtualClock, flows: Flows, ledgers: DatagramLedgers) {
    this.#plan = plan
    this.#connection = connection
    this.#clock = clock
    this.#flows = flows
    this.#toOpen = plan.opens.length
    this.#datagrams = new DatagramTraffic(plan.datagrams, connection, ledgers, (millis, act) => this.#later(millis, act))
  }

  /** Why the connection ended; null while it goes on. */
  get closed(): CloseReason | null {
    return this.#closed
  }

  /** What the server made of 0-RTT. */
  get early(): EarlyDataStatus {
    return this.#earlyData
  }

  /** All streams that it was to open are open, all streams have ended, and every reader has seen it. */
  get isDone(): boolean {
    const { streams } = this.#connection
    return this.#established && this.#toOpen === 0 && streams.open === 0 && this.#reading.size === 0 && this.#datagrams.isDone
  }

  /** The client sends with limits that it remembers: what has no moment of its own begins at once. RFC 9001 section 4.6. */
  begin(): void {
    this.#early = this.#plan.opens.findIndex(({ afterMillis }) => afterMillis > 0)
    if (this.#early < 0) this.#early = this.#plan.opens.length
    for (const { direction } of this.#plan.opens.slice(0, this.#early)) this.#wantStream(direction)
    this.#datagrams.begin()
  }

  hear(event: ConnectionEvent): void {
    switch (event.type) {
      case 'handshakeCompleted':
        this.#earlyData = event.earlyData
        this.#established = true
        for (const at of this.#plan.keyUpdatesAtMillis) this.#later(at, () => this.#connection.keyPhases.request())
        for (const { direction, afterMillis } of this.#plan.opens.slice(this.#early)) {
          this.#later(afterMillis, () => this.#wantStream(direction))
        }
        this.#datagrams.begin()
        return
      case 'handshakeConfirmed':
        this.onconfirmed()
        return
      case 'streamsAllowed':
        this.#openWaiting(event.direction)
        return
      case 'streamOpened':
        if (event.stream.send !== null) this.#write(event.stream)
        return
      case 'streamReadable':
        this.#beginReading(event.stream)
        return
      case 'streamProgressed':
        this.#write(event.stream)
        return
      case 'streamStopped':
        this.#stopped(event.stream, event.code)
        return
      case 'datagramsReceived':
        this.#datagrams.hear()
        return
      case 'datagramsSettled':
        this.#datagrams.settle()
        return
      case 'tokenReceived':
        this.tokens.push(event.token)
        return
      case 'closed':
        this.#closed = event.reason
        return
      default:
        return
    }
  }

  #wantStream(direction: Opening['direction']): void {
    this.#waiting[direction]++
    this.#openWaiting(direction)
  }

  #openWaiting(direction: Opening['direction']): void {
    while (this.#waiting[direction] > 0) {
      const stream = this.#connection.streams.openStream(direction)
      if (stream === null) return
      this.#waiting[direction]--
      this.#toOpen--
      this.#write(stream)
    }
  }

  #write(stream: Stream): void {
    const send = stream.send!
    const flow = this.#flows.of(this.#plan.side, stream.id)
    const { bytes, piece, pauseMillis, resetAfter } = flow.plan
    while (send.writable) {
      if (resetAfter !== null && flow.written >= resetAfter) {
        this.#reset(stream, flow)
        return
      }
      if (flow.written === bytes) {
        send.finish()
        flow.outcome = 'finished'
        return
      }
      if (send.held > MOST_HELD) {
        stream.progressWanted = true
        return
      }
      const length = Math.min(piece, bytes - flow.written)
      send.write(content(flow.start, flow.written, length))
      flow.written += length
      if (pauseMillis > 0) {
        this.#later(pauseMillis, () => this.#write(stream))
        return
      }
    }
  }

  #reset(stream: Stream, flow: Flow): void {
    const { streams } = this.#connection
    const { reliable, reducedTo } = flow.plan
    const give = (size: number): boolean => streams.resetStreamAt(stream, flow.code, Math.min(size, flow.written))
    flow.promised = () => stream.send!.reliableSize ?? 0
    if (!give(reliable)) return
    flow.outcome = 'reset'
    if (reducedTo !== null) this.#later(THINKS_AGAIN_MILLIS, () => give(reducedTo))
  }

  #stopped(stream: Stream, code: bigint): void {
    const flow = this.#flows.of(this.#plan.side, stream.id)
    if (code !== flow.code || flow.ending !== 'stopped') {
      throw new SimulationFailure(`${flow.name} was stopped with ${code}, which the reader never said`)
    }
    if (flow.outcome !== 'reset') flow.outcome = 'stopped'
  }

  #beginReading(stream: Stream): void {
    const flow = this.#flowTo(stream)
    if (this.#reading.has(stream) || flow.ended) return
    this.#reading.add(stream)
    const wait = flow.read === 0 ? flow.plan.readAfterMillis : 0
    if (wait === 0) this.#read(stream, flow)
    else this.#later(wait, () => this.#read(stream, flow))
  }

  #read(stream: Stream, flow: Flow): void {
    const { streams } = this.#connection
    const { stopAfter, readPauseMillis } = flow.plan
    for (;;) {
      if (stopAfter !== null && flow.read >= stopAfter) {
        flow.ending = 'stopped'
        streams.stopSending(stream, flow.code)
        break
      }
      const chunk = streams.read(stream)
      if (chunk === null) {
        this.#seeEnd(stream, flow)
        break
      }
      checkContent(flow, chunk)
      flow.read += chunk.length
      if (readPauseMillis > 0) {
        this.#later(readPauseMillis, () => this.#read(stream, flow))
        return
      }
    }
    this.#reading.delete(stream)
  }

  #seeEnd(stream: Stream, flow: Flow): void {
    const receive = stream.receive!
    if (receive.resetCode !== null) {
      if (flow.outcome !== 'reset' || receive.resetCode !== flow.code) {
        throw new SimulationFailure(`${flow.name} was reset with ${receive.resetCode}, which the writer never said`)
      }
      if (flow.read < flow.promised()) {
        throw new SimulationFailure(`${flow.name} was reset after ${flow.read} bytes, and ${flow.promised()} were promised`)
      }
      this.#connection.streams.resetRead(stream)
      flow.ending = 'reset'
    } else if (receive.ended) {
      if (flow.outcome !== 'finished' || flow.read !== flow.written) {
        throw new SimulationFailure(`${flow.name} ended at ${flow.read}, and ${flow.written} bytes were written`)
      }
      flow.ending = 'end'
    }
  }

  #flowTo(stream: Stream): Flow {
    return this.#flows.of(this.#plan.side === 'client' ? 'server' : 'client', stream.id)
  }

  /** Unless the connection has ended by then. */
  #later(millis: number, act: () => void): void {
    const run = (): void => {
      if (this.#closed === null) act()
    }
    if (millis === 0) run()
    else this.#clock.schedule(this.#clock.now + millis, run)
  }
}

/** Exactly once, in order, and nothing that was not sent. */
function checkContent(flow: Flow, chunk: Buffer): void {
  if (flow.read + chunk.length > flow.written) {
    throw new SimulationFailure(`${flow.name}: ${flow.read + chunk.length} bytes arrived, and ${flow.written} were written`)
  }
  if (!chunk.equals(content(flow.start, flow.read, chunk.length))) {
    throw new SimulationFailure(`${flow.name}: the ${chunk.length} bytes from ${flow.read} on are not those that were written`)
  }
}

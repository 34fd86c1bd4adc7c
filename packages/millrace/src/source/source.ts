// Where data enters: gives what a device measures to an edge, keeps it until the edge has confirmed it, and reconnects by itself.

import { randomBytes } from 'node:crypto'
import { type Key, type Mold, type Molded, type MoldSpec, marshal, parseKey, resolveMold } from '@millrace/y3'
import { type Address, formatAddress, parseAddress } from '../address.ts'
import { MillraceError } from '../error.ts'
import { Gate } from '../gate.ts'
import { LANES, MAX_MESSAGE_BYTES, MAX_NAME_BYTES, SOURCE_PENDING_BYTES } from '../limits.ts'
import { isMixed } from '../packet.ts'
import { introduce, type Peer } from '../peer.ts'
import { type Greeting, INSTANCE_BYTES, VERSION } from '../protocol/greeting.ts'
import type { Message } from '../protocol/message.ts'
import { Outflow, type OutflowOwner } from '../protocol/outflow.ts'
import { traceFromHeader } from '../protocol/trace-context.ts'
import { type Report, reportToStderr } from '../report.ts'
import { Backoff } from '../retry.ts'
import { type TrustOptions, trustFor } from '../tls/trust.ts'
import { dialTo, type Timings } from '../transport.ts'

/** How a source reaches its edge, and what it keeps. */
export interface SourceOptions extends TrustOptions, Timings {
  /** What the edge calls this source in its reports: 1 to 256 bytes. Default `source`. */
  readonly name?: string | undefined
  /** False: data is not kept once it is written to the connection, and is lost with it. Default true. */
  readonly acknowledge?: boolean | undefined
  /** Bytes kept unconfirmed before `write` waits. Default 4 MiB. */
  readonly pendingBytes?: number | undefined
  /** Takes lines for people. Default: standard error. */
  readonly report?: Report | undefined
  /** Aborts the first connection attempt. */
  readonly signal?: AbortSignal | undefined
}

/** What goes along with one message. */
export interface WriteOptions {
  /** When the data was measured, in microseconds since 1970. Default: now. */
  readonly sourceTimeMicros?: number | undefined
  /** A W3C `traceparent` to carry along; one that is malformed is left out. */
  readonly traceparent?: string | undefined
}

/** Counts of one source since it began. */
export interface SourceStats {
  /** Whether the edge is reached now. */
  readonly connected: boolean
  /** Messages written. */
  readonly written: number
  /** Messages that are kept because the edge has not confirmed them. */
  readonly pending: number
  /** Their size, with what holding them costs. */
  readonly pendingBytes: number
}

const DONE: Promise<void> = Promise.resolve()

/** Gives data to an edge, keeps it until the edge has confirmed it, and reconnects by itself. */
export class Source implements AsyncDisposable {
  readonly #address: Address
  readonly #options: SourceOptions
  readonly #own: Greeting
  readonly #report: Report
  readonly #lanes: (Outflow | undefined)[] = new Array(LANES)
  readonly #gate: Gate = new Gate()
  readonly #idle: Gate = new Gate()
  readonly #stopping: AbortController = new AbortController()
  /** Lanes report here; not on the class itself, whose methods are the user's. */
  readonly #owner: OutflowOwner
  readonly #carriers: (Peer | undefined)[] = new Array(LANES)
  #peer: Peer | null = null
  #fault: MillraceError | null = null
  #nextId: number = firstId()
  #written = 0
  #pending = 0
  #pendingBytes = 0
  #waiting = 0
  /** Settles when every write that waits has been let in. Never rejects. */
  #entry: Promise<void> = DONE
  #ending: Promise<void> | null = null

  /** Use {@link connect}. */
  constructor(address: Address, options: SourceOptions) {
    this.#address = address
    this.#options = options
    this.#report = options.report ?? reportToStderr
    const name = options.name ?? 'source'
    this.#own = {
      version: VERSION,
      role: 'source',
      instance: randomBytes(INSTANCE_BYTES),
      name,
      observed: [],
      credentials: new Uint8Array(0),
    }
    this.#owner = {
      forward() {
        throw new MillraceError('ERR_MILLRACE_UNEXPECTED', 'a result for a source')
      },
      finished: (message) => this.#forget(message),
    }
  }

  /** Counts of now. */
  get stats(): SourceStats {
    return { connected: this.#peer !== null, written: this.#written, pending: this.#pending, pendingBytes: this.#pendingBytes }
  }

  /**
   * Sends a value under a key, 0x10 to 0x3F, which is also the message's tag. Resolves when there is room for more: awaiting it is all the
   * backpressure there is to do. Without a mold the value is its own: a string, a number (float64), a bigint (int64), a boolean, bytes.
   * Rejects with ERR_MILLRACE_CLOSED after `end`, Y3Error when the value does not fit.
   */
  write<const S extends MoldSpec>(key: Key, value: Molded<S>, mold?: S, options: WriteOptions = {}): Promise<void> {
    const made = resolveMold(mold ?? sampleOf(value)) as Mold<unknown>
    return this.writePacket(parseKey(key), marshal(key, value, made), options)
  }

  /** Sends a Y3 packet as it is, root and all. The bytes must not be changed afterwards. Rejects as `write` does. */
  async writePacket(tag: number, packet: Uint8Array, options: WriteOptions = {}): Promise<void> {
    if (this.#ending !== null || this.#fault !== null)
      throw this.#fault ?? new MillraceError('ERR_MILLRACE_CLOSED', 'the source has been ended')
    if (packet.length > MAX_MESSAGE_BYTES)
      throw new MillraceError('ERR_MILLRACE_OPTION', `a packet of ${packet.length} bytes; at most ${MAX_MESSAGE_BYTES} are sent`)
    const message: Message = {
      tag,
      id: this.#nextId++,
      sourceTimeMicros: options.sourceTimeMicros ?? nowMicros(),
      trace: options.traceparent === undefined ? null : traceFromHeader(options.traceparent),
      mixed: isMixed(packet, tag),
      wantsAcknowledgement: this.#options.acknowledge ?? true,
      packet,
    }
    if (this.#isFull() || this.#waiting > 0) await this.#enter()
    if (this.#fault !== null) throw this.#fault
    this.#push(message)
  }

  /** Resolves when the edge has confirmed all that was written so far, and nothing else is pending. */
  async flush(): Promise<void> {
    await this.#entry
    while (this.#pending > 0 && this.#fault === null) await this.#idle.wait()
    if (this.#fault !== null) throw this.#fault
  }

  /** Takes nothing more, waits until the edge has confirmed everything, and closes. Rejects only when the edge refuses this source for good. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  /** Closes at once; what is not confirmed is lost. */
  destroy(): void {
    this.#giveUp(new MillraceError('ERR_MILLRACE_CLOSED', 'the source has been destroyed'))
    this.#peer?.session.destroy()
  }

  /** As `end()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }

  /** Connects, and stays connected until the end. Used by {@link connect} alone. */
  async begin(): Promise<void> {
    void this.#keep(await this.#dial())
  }

  #push(message: Message): void {
    const index = message.tag % LANES
    this.#lanes[index] ??= new Outflow(index, this.#owner)
    const lane = this.#lanes[index]
    this.#written++
    this.#pending++
    this.#pendingBytes += message.packet.length
    lane.push(message)
    if (this.#peer !== null && this.#carriers[index] !== this.#peer) this.#carry(lane, this.#peer)
  }

  #forget(message: Message): void {
    this.#pending--
    this.#pendingBytes -= message.packet.length
    if (!this.#isFull()) this.#gate.openWide()
    if (this.#pending === 0) this.#idle.openWide()
  }

  #isFull(): boolean {
    return this.#pendingBytes >= (this.#options.pendingBytes ?? SOURCE_PENDING_BYTES)
  }

  /** Waits for room behind those who came before. */
  #enter(): Promise<void> {
    this.#waiting++
    const entered = this.#entry.then(async () => {
      while (this.#isFull() && this.#fault === null) await this.#gate.wait()
      this.#waiting--
    })
    this.#entry = entered
    return entered
  }

  async #end(): Promise<void> {
    if (this.#fault?.code === 'ERR_MILLRACE_CLOSED') return
    await this.flush()
    this.#stopping.abort()
    await Promise.all(this.#lanes.map((lane) => lane?.finish()))
    await this.#peer?.close()
  }

  async #keep(first: Peer): Promise<void> {
    const { signal } = this.#stopping
    const backoff = new Backoff()
    let peer: Peer | null = first
    while (!signal.aborted) {
      if (peer !== null) {
        backoff.succeeded()
        this.#attach(peer)
        await peer.closed
        this.#peer = null
        if (!signal.aborted)
          this.#report(`the edge at ${formatAddress(this.#address)} is gone; ${this.#pending} messages are kept until it is back`)
      }
      await backoff.pause(signal)
      if (signal.aborted) return
      peer = await this.#dial().catch((error: unknown) => {
        if (error instanceof MillraceError && error.family !== 'ended' && error.code !== 'ERR_MILLRACE_BUSY') this.#giveUp(error)
        return null
      })
    }
    peer?.session.destroy()
  }

  async #dial(): Promise<Peer> {
    const { signal } = this.#stopping
    const session = await dialTo(this.#address, trustFor(this.#address, this.#options), signal, this.#options)
    return introduce(session, this.#own)
  }

  #attach(peer: Peer): void {
    this.#peer = peer
    peer.onflow = () => peer.fail(new MillraceError('ERR_MILLRACE_UNEXPECTED', 'a flow that an edge opens to a source'))
    peer.ongoodbye = () => {
      if (this.#peer === peer) this.#peer = null
      void Promise.all(this.#lanes.map((lane) => lane?.finish()))
    }
    for (const lane of this.#lanes) if (lane !== undefined && lane.length > 0) this.#carry(lane, peer)
  }

  #carry(lane: Outflow, peer: Peer): void {
    this.#carriers[lane.lane] = peer
    lane.carry(peer.session.createBidirectionalStream()).catch((error: unknown) => peer.fail(error))
  }

  #giveUp(error: MillraceError): void {
    this.#fault ??= error
    this.#stopping.abort()
    this.#gate.openWide()
    this.#idle.openWide()
  }
}

/**
 * Connects a source to the edge at `host:port`. Rejects with ERR_MILLRACE_UNREACHABLE when nobody answers, ERR_MILLRACE_OPTION, or the code of a refusal; once
 * connected, the source reconnects by itself.
 */
export async function connect(address: string, options: SourceOptions = {}): Promise<Source> {
  const { name } = options
  if (name !== undefined && (name === '' || Buffer.byteLength(name) > MAX_NAME_BYTES)) {
    throw new MillraceError('ERR_MILLRACE_OPTION', `name has ${Buffer.byteLength(name)} bytes; give it 1 to ${MAX_NAME_BYTES}`)
  }
  const source = new Source(parseAddress(address, 'edge'), options)
  const stop = (): void => source.destroy()
  options.signal?.addEventListener('abort', stop)
  try {
    await source.begin()
    return source
  } finally {
    options.signal?.removeEventListener('abort', stop)
  }
}

/** What a value is a sample of; a text other than '' would be read as the name of a type. */
function sampleOf(value: unknown): unknown {
  return typeof value === 'string' ? '' : value
}

/** Ids begin with 21 random bits, so that the runs of sources can be told apart, and count up from there. */
function firstId(): number {
  return (randomBytes(4).readUInt32BE() >>> 11) * 0x1_0000_0000 + 1
}

function nowMicros(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000)
}

// Whole connections under random loads on random networks: streams both ways, resets, stops, slow readers, small windows; loss, duplication,
// reordering and corruption. Hundreds of small runs; each says its seed when it fails, and `SEED=n` runs that one alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stream } from '../src/core/streams/stream.ts'
import type { TransportParameters } from '../src/core/wire/transport-parameters.ts'
import { closeOf, described } from './support/connected.ts'
import { type Delivery, type End, Pair, seeded } from './support/pair.ts'

const RUNS = 250
/** Virtual time after which a run is stuck. */
const LIMIT_MILLIS = 600_000

/** What streams say repeats itself every 251 bytes, so that a reader can check any chunk, wherever it was cut. */
const PERIOD = 251
const SOURCE = Buffer.from(Array.from({ length: 80_000 }, (_, i) => ((i % PERIOD) * 31) & 0xff))

/** What stream `id` says from `offset` on. */
function said(id: number, offset: number, length: number): Buffer {
  const start = (id * 97 + offset) % PERIOD
  return SOURCE.subarray(start, start + length)
}

/** One half of a stream, as its sender planned it and its reader saw it. */
interface Half {
  readonly id: number
  /** Bytes to be written. */
  readonly size: number
  /** Bytes after which the sender gives up, or the reader wants no more; Infinity for never. */
  readonly resetAfter: number
  readonly stopAfter: number
  written: number
  read: number
  fate: 'open' | 'whole' | 'reset' | 'stopped'
}

class Run {
  readonly seed: number
  readonly random: () => number
  readonly pair: Pair
  readonly halves = new Map<string, Half>()
  /** Bytes on one stream: a small window needs a round trip for each of its halves. */
  readonly #largest: number
  readonly #toOpen: Record<'client' | 'server', number>

  constructor(seed: number) {
    this.seed = seed
    this.random = seeded(seed)
    this.#toOpen = { client: this.#below(8), server: this.#below(8) }
    const window = (): Partial<TransportParameters> => ({
      initialMaxData: 1 + this.#below(this.random() < 0.3 ? 2000 : 60_000),
      initialMaxStreamDataBidiLocal: 1 + this.#below(20_000),
      initialMaxStreamDataBidiRemote: 1 + this.#below(20_000),
      initialMaxStreamDataUni: 1 + this.#below(this.random() < 0.3 ? 500 : 20_000),
    })
    const limits = (): Partial<TransportParameters> => ({
      initialMaxStreamsBidi: 1 + this.#below(4),
      initialMaxStreamsUni: 1 + this.#below(4),
      maxIdleTimeout: 0,
    })
    const trouble = this.random() < 0.2 ? 0 : this.random()
    this.pair = new Pair({
      client: { ...window(), ...limits() },
      server: { ...window(), ...limits() },
      delayMillis: 1 + this.#below(60),
      handshakeTimeoutMillis: LIMIT_MILLIS,
      carry: (_, datagram) => this.#carry(datagram, trouble),
    })
    const windows = [this.pair.client, this.pair.server].map(({ connection: { parameters } }) =>
      Math.min(
        parameters.initialMaxData,
        parameters.initialMaxStreamDataUni,
        parameters.initialMaxStreamDataBidiLocal,
        parameters.initialMaxStreamDataBidiRemote,
      ),
    )
    this.#largest = 40 * Math.min(...windows)
    this.pair.onevent = (end, event) => {
      if (event.type === 'handshakeCompleted' || event.type === 'streamsAllowed') this.#openSome(end)
      if (event.type === 'streamOpened' && event.stream.send !== null) this.#plan(end, event.stream)
    }
    this.pair.oncheck = () => this.#check()
    this.#work()
  }

  go(): void {
    const done = (): boolean =>
      this.#toOpen.client + this.#toOpen.server === 0 &&
      this.pair.client.has('handshakeConfirmed') &&
      this.#ends.every((end) => end.connection.streams.open === 0 && end.connection.recovery.bytesInFlight === 0)
    assert.ok(this.pair.run(done, LIMIT_MILLIS), `it is stuck: ${described(this.pair)}`)
    for (const half of this.halves.values()) {
      assert.notEqual(half.fate, 'open', `stream ${half.id} did not end`)
      if (half.fate === 'whole') assert.equal(half.read, half.size)
    }
    for (const { connection } of this.#ends) {
      assert.equal(connection.streams.receiveCredit.wantsRaise && !connection.streams.control.wantsToSend, false, 'credit leaks')
    }
    this.pair.release()
  }

  get #ends(): readonly [End, End] {
    return [this.pair.client, this.pair.server]
  }

  #below(limit: number): number {
    return Math.floor(this.random() * limit)
  }

  #carry(datagram: Buffer, trouble: number): readonly Delivery[] {
    const dice = this.random() / (trouble === 0 ? 1e-9 : trouble)
    if (dice < 0.1) return []
    if (dice < 0.15) return [{ datagram }, { datagram, lateMillis: this.random() * 200 }]
    if (dice < 0.25) return [{ datagram, lateMillis: this.random() * 100 }]
    if (dice < 0.3) {
      const damaged = Buffer.from(datagram)
      damaged[this.#below(damaged.length)]! ^= 1 + this.#below(255)
      return [{ datagram: damaged }]
    }
    return [{ datagram }]
  }

  #openSome(end: End): void {
    while (this.#toOpen[end.side] > 0) {
      const stream = end.connection.streams.openStream(this.random() < 0.5 ? 'bidi' : 'uni')
      if (stream === null) return
      this.#toOpen[end.side]--
      this.#plan(end, stream)
    }
  }

  #plan(end: End, stream: Stream): void {
    const size = this.random() < 0.2 ? 0 : this.#below(Math.min(this.random() < 0.2 ? 40_000 : 4000, this.#largest))
    const perhaps = (): number => (this.random() < 0.15 ? this.#below(size + 1) : Number.POSITIVE_INFINITY)
    this.halves.set(`${end.side} ${stream.id}`, {
      id: stream.id,
      size,
      resetAfter: perhaps(),
      stopAfter: perhaps(),
      written: 0,
      read: 0,
      fate: 'open',
    })
  }

  /** What both owners do now and then. */
  #work(): void {
    for (const end of this.#ends) {
      this.#openSome(end)
      for (const stream of [...end.connection.streams.all()]) {
        if (stream.send !== null && this.random() < 0.7) this.#write(end, stream)
        if (stream.receive !== null && this.random() < 0.6) this.#read(end, stream)
      }
    }
    this.pair.after(5 + this.#below(20), () => this.#work())
  }

  #write(end: End, stream: Stream): void {
    const half = this.halves.get(`${end.side} ${stream.id}`)!
    const send = stream.send!
    if (half.written >= half.resetAfter) {
      end.connection.streams.resetStream(stream, BigInt(stream.id))
      return
    }
    if (!send.writable) return
    const length = Math.min(this.#below(3000), half.size - half.written)
    if (length > 0) send.write(said(stream.id, half.written, length))
    half.written += length
    if (half.written === half.size) send.finish()
  }

  #read(end: End, stream: Stream): void {
    const half = this.halves.get(`${end === this.pair.client ? 'server' : 'client'} ${stream.id}`)
    if (half === undefined) return
    const { streams } = end.connection
    if (half.read >= half.stopAfter && half.fate === 'open') {
      half.fate = 'stopped'
      streams.stopSending(stream, 7n)
      return
    }
    const chunk = streams.read(stream)
    if (chunk !== null) {
      assert.ok(chunk.equals(said(stream.id, half.read, chunk.length)), `stream ${stream.id} has other bytes at ${half.read}`)
      half.read += chunk.length
    }
    const receive = stream.receive!
    if (receive.state === 'resetReceived') {
      assert.equal(receive.resetCode, BigInt(stream.id))
      streams.resetRead(stream)
      if (half.fate === 'open') half.fate = 'reset'
    } else if (receive.state === 'dataRead' && half.fate === 'open') half.fate = 'whole'
  }

  /** Holds at every moment. */
  #check(): void {
    for (const end of this.#ends) {
      if (end.connection.closing.state !== 'open') assert.equal(closeOf(end), null, described(this.pair))
      const { streams, recovery } = end.connection
      assert.ok(recovery.bytesInFlight >= 0)
      assert.ok(streams.sendCredit.used <= streams.sendCredit.limit, 'more was sent than the connection allows')
      assert.ok(streams.receiveCredit.used <= streams.receiveCredit.limit)
      assert.ok(streams.opening.bidi.opened <= streams.opening.bidi.limit)
      assert.ok(streams.opening.uni.opened <= streams.opening.uni.limit)
      for (const { send, receive } of streams.all()) {
        if (send !== null) assert.ok(send.finalSize <= send.credit.limit, 'more was sent than the stream allows')
        if (receive !== null) assert.ok(receive.received <= receive.credit.limit)
      }
      // Whoever has something in flight has a timer, or the network has something for it.
      if (recovery.bytesInFlight > 0) assert.notEqual(end.connection.wakeAt(), null, 'a timer is forgotten')
    }
  }
}

const only = process.env.SEED === undefined ? null : Number(process.env.SEED)

test(`${only === null ? RUNS : 'one'} random connections say all that they have to say`, () => {
  for (let seed = only ?? 1; seed <= (only ?? RUNS); seed++) {
    try {
      new Run(seed).go()
    } catch (error) {
      throw new Error(`seed ${seed} (run it alone with SEED=${seed})`, { cause: error })
    }
  }
})

// Datagrams that are taken in together, in the middle of a train, do what they do one by one, whatever is among them: all that a connection shows of itself is compared.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Arena } from '@millrace/native'
import { Random } from '@millrace/netsim'
import type { Slot } from '../src/core/datagram-builder.ts'
import { MAX_UDP_PAYLOAD } from '../src/core/limits.ts'
import type { Stream } from '../src/core/streams/stream.ts'
import { connected, open, read } from './support/connected.ts'
import { NoLimit } from './support/no-limit.ts'
import type { End, Pair, PairOptions } from './support/pair.ts'

const MOST = 40
const TRAINS = 14
const WINDOW = 2 ** 20
const seeds = Array.from({ length: 60 }, (_, index) => index + 1)

/** How a train is handed over. */
type Manner = 'alone' | 'together'

/** A client that sends trains to a server, and what happens to them on the way. */
class Scene {
  readonly pair: Pair
  /** Datagrams that were taken in with one before them. */
  together = 0
  readonly #manner: Manner
  readonly #random: Random
  readonly #streams: Stream[] = []
  readonly #heard: string[] = []
  readonly #memory = Arena.allocate(2 * MOST * MAX_UDP_PAYLOAD)
  readonly #slot: Slot = { memory: this.#memory, offset: 0, capacity: MAX_UDP_PAYLOAD, to: null, local: null, ecn: 0, refusals: null }

  constructor(seed: number, manner: Manner, options: PairOptions = {}) {
    this.#manner = manner
    this.#random = new Random(seed)
    this.pair = connected({
      seed,
      controller: () => new NoLimit(WINDOW),
      connectionIdLength: () => 8 - (seed % 3) * 2,
      server: { initialMaxStreamDataUni: WINDOW / 4, maxDatagramFrameSize: 2000, greaseQuicBit: seed % 2 === 0 },
      client: { maxDatagramFrameSize: 2000, greaseQuicBit: seed % 4 === 0 },
      ...options,
    })
  }

  /** One train there, what answers it, and what the server then shows of itself. */
  turn(): unknown {
    const { client, server } = this.pair
    this.#act()
    const train = this.#impair(this.#train(client))
    this.#hand(train, this.#random.below(8) === 0 ? 3 : this.#random.below(3))
    const isReading = this.#random.below(4) > 0
    this.#hear(server, isReading)
    const answers: number[] = []
    for (let answer = server.transmit(this.pair.now); answer !== null; answer = server.transmit(this.pair.now)) {
      answers.push(answer.length)
      client.receive(answer, this.pair.now)
    }
    const shown = this.#shown(server, answers)
    this.pair.now += this.#random.below(30)
    for (const { connection } of [client, server]) {
      const at = connection.wakeAt()
      if (at !== null && at <= this.pair.now) connection.wake(this.pair.now)
    }
    return shown
  }

  /** Something that the client says, or asks for. */
  #act(): void {
    const { client, server } = this.pair
    const random = this.#random
    if (this.#streams.length === 0 || random.below(6) === 0) this.#streams.push(open(client, 'uni'))
    // The newest, or the one before it.
    const stream = this.#streams.at(-1 - random.below(Math.min(2, this.#streams.length)))!
    if (stream.send!.writable) stream.send!.write(random.bytes(1 + random.below(80_000)))
    const deed = random.below(16)
    if (deed === 0 && stream.send!.writable) stream.send!.finish()
    else if (deed === 1) client.connection.keyPhases.request()
    else if (deed === 2) client.connection.datagrams.send(Buffer.from('datagram'))
    else if (deed === 3) client.connection.streams.resetStream(stream, 7n)
    else if (deed === 4) client.connection.spaces.application.pingWanted = true
    else if (deed === 5) server.connection.keyPhases.request()
    else if (deed === 6) {
      const theirs = [...server.connection.streams.all()].at(-1)
      if (theirs !== undefined) server.connection.streams.stopSending(theirs, 9n)
    }
  }

  #train({ connection }: End): Buffer[] {
    const slot = this.#slot
    slot.offset = 0
    const length = connection.transmit(slot, this.pair.now)
    if (length === 0) return []
    slot.offset = length
    const more = connection.transmitMore(slot, length, MOST - 1, this.pair.now)
    return Array.from({ length: 1 + more }, (_, index) => Buffer.from(this.#memory.bytes.subarray(index * length, (index + 1) * length)))
  }

  /** Some are lost, late, doubled or damaged. */
  #impair(train: readonly Buffer[]): Buffer[] {
    const random = this.#random
    const kind = random.below(3)
    const arrived: Buffer[] = []
    for (const datagram of train) {
      const fate = kind === 0 ? 0 : random.below(30)
      if (fate === 29) continue
      if (fate === 28) datagram[random.below(datagram.length)]! ^= 1 << random.below(8)
      if (fate === 27) arrived.push(Buffer.from(datagram))
      if (fate === 26) arrived.unshift(datagram)
      else arrived.push(fate === 25 ? datagram.subarray(0, 30 + random.below(datagram.length - 30)) : datagram)
    }
    return arrived
  }

  #hand(train: readonly Buffer[], ecn: number): void {
    const { connection, sockets } = this.pair.server
    const { now } = this.pair
    const memory = this.#memory
    let end = 0
    for (const datagram of train) end += datagram.copy(memory.bytes, end)
    const arrival = { memory, offset: 0, length: 0, ecn, from: connection.path.remote, local: sockets[0]! }
    for (let i = 0; i < train.length; ) {
      arrival.length = train[i]!.length
      let alike = 1
      if (this.#manner === 'together') while (train[i + alike]?.length === arrival.length) alike++
      const taken = connection.receiveTrain(arrival, alike, now)
      this.together += taken - 1
      arrival.offset += taken * arrival.length
      i += taken
    }
  }

  #hear(end: End, isReading: boolean): void {
    for (let event = end.connection.takeEvent(); event !== null; event = end.connection.takeEvent()) {
      this.#heard.push(event.type)
      if (event.type === 'streamReadable' && isReading)
        this.#heard.push(`${event.stream.id}: ${read(end, event.stream).toString('base64')}`)
    }
  }

  #shown({ connection }: End, answers: readonly number[]): unknown {
    const { stats, path, streams, idle, lastReceived, recovery, closing, keyPhases, spaces } = connection
    const { received } = spaces.application
    return {
      answers,
      heard: this.#heard.splice(0),
      stats: { ...stats },
      received: [received.largest, received.ackAt(), received.isPending, received.ect0, received.ect1, received.ce],
      path: [path.packetsReceived, path.streamBytesReceived, path.amplification.bytesReceived, path.spin.value],
      credit: [streams.receiveCredit.used, streams.receiveCredit.limit],
      streams: [...streams.all()].map(({ id, receive }) => [id, receive?.state, receive?.received, receive?.taken, receive?.credit.used]),
      times: [idle.expiresAt(0), connection.wakeAt(), recovery.amplificationBlocked],
      last: lastReceived.list(),
      closing: closing.state,
      updates: keyPhases.updates,
    }
  }
}

test('datagrams taken in together do what they do one by one, whatever becomes of them on the way', () => {
  let together = 0
  for (const seed of seeds) {
    const [one, other] = [new Scene(seed, 'alone'), new Scene(seed, 'together')]
    for (let turn = 0; turn < TRAINS; turn++) assert.deepEqual(other.turn(), one.turn(), `seed ${seed}, train ${turn}`)
    together += other.together
    for (const { pair } of [one, other]) pair.release()
  }
  assert.ok(together > 50 * seeds.length, `only ${together} datagrams were taken in together`)
})

// Runs what a seed means, from the first datagram to the last, and says what came of it.
import { NetsimError, Network, Random } from '@millrace/netsim'
import type { Connection } from '../packages/quic/src/core/connection.ts'
import type { CloseReason } from '../packages/quic/src/core/events.ts'
import { connectionOptions, drawIds } from './connection-options.ts'
import { Contexts } from './contexts.ts'
import { DatagramLedger, type DatagramLedgers } from './datagram-traffic.ts'
import { Door } from './door.ts'
import { End } from './end.ts'
import { SimulationFailure } from './failure.ts'
import { Flows } from './flow.ts'
import { check } from './invariants.ts'
import { Journal } from './journal.ts'
import { Places } from './places.ts'
import { drawScenario, type EndPlan, type Scenario } from './scenario.ts'

export interface Outcome {
  readonly seed: number
  /** The same each time for the same seed and the same code. */
  readonly fingerprint: string
  /** Virtual milliseconds that it took. */
  readonly millis: number
  readonly datagrams: number
  readonly streams: number
  readonly bytes: number
  /** Datagrams that were taken in behind another of their train. */
  readonly followers: number
  /** What went wrong; null when nothing did. */
  readonly failure: string | null
  /** The last of what happened, a line an event. */
  readonly tail: string
}

/** Virtual time that all of a run may take. What is slow is slow by the scenario's hand: minutes at most. */
const LIMIT_MILLIS = 1_800_000

const TAIL_LINES = 60

/** What serves all runs of a thread. */
export class Simulator {
  readonly #contexts = new Contexts()

  /** Runs a scenario, by default that of the seed. `plant` may break the client's connection, to see whether that is found. */
  run(seed: number, scenario: Scenario = drawScenario(seed), plant: (client: Connection) => void = () => {}): Outcome {
    const run = new Run(scenario, this.#contexts)
    try {
      plant(run.client.connection)
      run.play()
      return run.outcome(null)
    } catch (error) {
      return run.outcome(messageOf(error))
    } finally {
      run.release()
    }
  }

  release(): void {
    this.#contexts.release()
  }
}

class Run {
  readonly #scenario: Scenario
  readonly #journal = new Journal()
  readonly #flows: Flows
  readonly #ledgers: DatagramLedgers = { client: new DatagramLedger('client'), server: new DatagramLedger('server') }
  readonly #network: Network
  readonly client: End
  readonly #server: End
  #closing = false

  constructor(scenario: Scenario, contexts: Contexts) {
    const { seed, aToB, bToA, entry } = scenario
    this.#scenario = scenario
    const flows = new Flows(scenario)
    this.#flows = flows
    const random = new Random(seed ^ 0x5eed)
    const ids = drawIds(random)
    // The network asks its peers only once it runs, and the peers need its clock.
    const peer = (find: () => End): ConstructorParameters<typeof Network>[0] => ({
      receive: (datagram, now, arrival) => find().receive(datagram, now, arrival),
      transmit: (now) => find().transmit(now),
      wakeAt: () => find().wakeAt(),
      wake: (now) => find().wake(now),
    })
    const journal = this.#journal
    this.#network = new Network(
      peer(() => this.client),
      peer(() => this.#server),
      { seed, aToB, bToA, traceLimit: 0, ontrace: (event) => journal.datagram(event) },
    )
    const { clock } = this.#network
    const shared = { clock, flows, ledgers: this.#ledgers, journal, door: new Door(entry, ids) }
    const end = (plan: EndPlan): End => {
      const places = new Places()
      return new End(
        plan,
        connectionOptions(plan, { scenario, contexts, random: random.fork(), ids, places, door: shared.door }),
        places,
        shared,
      )
    }
    this.client = end(scenario.client)
    this.#server = end(scenario.server)
    for (const each of [this.client, this.#server]) each.oncheck = () => this.#check()
    this.client.application.onconfirmed = () => {
      for (const [index, { atMillis, kind }] of scenario.moves.entries()) {
        clock.schedule(clock.now + atMillis, () => (kind === 'migration' ? this.client.migrate(`a${index}`) : this.#rebind()))
      }
    }
  }

  play(): void {
    this.client.start()
    const { atMillis } = this.#scenario.close
    if (atMillis === null) {
      this.#until('all streams end', () => this.client.application.isDone && this.#server.application.isDone)
      this.#judgeFlows()
      this.#until('all that is in flight is acknowledged', () =>
        [this.client, this.#server].every(({ connection }) => connection.recovery.bytesInFlight === 0),
      )
      this.#judgeEntry()
      for (const ledger of [this.#ledgers.client, this.#ledgers.server]) ledger.judge()
    } else this.#network.run(atMillis)
    this.#close()
    this.#until('both ends are gone', () => this.client.connection.finished && this.#server.connection.finished)
    this.#judgeClose()
  }

  outcome(failure: string | null): Outcome {
    const { seed } = this.#scenario
    const flows = [...this.#flows.all()]
    return {
      seed,
      fingerprint: this.#journal.fingerprint,
      millis: this.#network.clock.now,
      datagrams: this.#network.aToB.sent + this.#network.bToA.sent,
      streams: flows.length,
      bytes: flows.reduce((sum, { read }) => sum + read, 0),
      followers: this.client.inbox.followers + this.#server.inbox.followers,
      failure,
      tail: this.#journal.tail(TAIL_LINES),
    }
  }

  release(): void {
    for (const { connection } of [this.client, this.#server]) connection.release()
  }

  #until(what: string, condition: () => boolean): void {
    try {
      this.#network.runUntil(condition, LIMIT_MILLIS)
    } catch (error) {
      if (error instanceof NetsimError && error.code === 'DEADLINE') throw new SimulationFailure(`it never comes to it that ${what}`)
      throw error
    }
  }

  #rebind(): void {
    this.#journal.note(this.#network.clock.now, 'client  is rebound')
    this.#network.rebind('a')
  }

  /** After every event at either end. */
  #check(): void {
    const [client, server] = [this.client, this.#server]
    check(client, server)
    check(server, client)
    for (const end of [client, server]) {
      const reason = end.application.closed
      if (reason !== null && !this.#closing)
        throw new SimulationFailure(`${end.connection.side}: the connection ended: ${described(reason)}`)
    }
  }

  #close(): void {
    const { by, code, reason } = this.#scenario.close
    this.#closing = true
    for (const side of by) (side === 'client' ? this.client : this.#server).close(code, reason)
  }

  #judgeFlows(): void {
    for (const flow of this.#flows.all()) {
      if (flow.outcome === 'open' || flow.ending === 'open')
        throw new SimulationFailure(`${flow.name}: written ${flow.outcome}, read ${flow.ending}`)
    }
  }

  /** The server answered 0-RTT as it was to, and gave a token for the next time. */
  #judgeEntry(): void {
    const { early, retry } = this.#scenario.entry
    const { application, connection } = this.client
    if (application.early !== (early === null ? 'none' : early.answer === 'accepted' ? 'accepted' : 'rejected'))
      throw new SimulationFailure(`0-RTT was ${application.early}, where ${early?.answer ?? 'none'} was meant`)
    if (connection.tokens.retrySource !== null && !retry) throw new SimulationFailure('a Retry, where none was sent')
    if (application.tokens.length === 0) throw new SimulationFailure('the client was given no token for the next time')
  }

  /** Who closed knows that it did; the other heard so, or nothing more at all. */
  #judgeClose(): void {
    const { by, code, reason } = this.#scenario.close
    for (const end of [this.client, this.#server]) {
      const { closed } = end.application
      const { side } = end.connection
      if (closed === null) throw new SimulationFailure(`${side}: it is gone, and never said so`)
      if (closed.type === 'closed') {
        const isLocal = by.includes(side)
        // A close in the handshake hides what the application said. RFC 9000 section 10.2.3.
        const isHidden = closed.layer === 'transport' && closed.code === 0x0cn
        if (!isHidden && (closed.code !== code || closed.reason !== reason))
          throw new SimulationFailure(`${side}: ${described(closed)}, where ${code} was said`)
        if (closed.initiator === 'local' && !isLocal) throw new SimulationFailure(`${side}: it closed by itself: ${described(closed)}`)
      } else if (by.includes(side)) throw new SimulationFailure(`${side}: it closed, and says ${described(closed)}`)
    }
  }
}

function described(reason: CloseReason): string {
  return reason.type === 'closed'
    ? `closed by ${reason.initiator}, ${reason.layer} 0x${reason.code.toString(16)} '${reason.reason}'${reason.cause === undefined ? '' : `: ${(reason.cause as Error).stack}`}`
    : reason.type
}

function messageOf(error: unknown): string {
  const cause = error instanceof NetsimError && error.cause !== undefined ? error.cause : error
  if (cause instanceof SimulationFailure || cause instanceof NetsimError) return cause.message
  return cause instanceof Error ? `${cause.stack}` : String(cause)
}

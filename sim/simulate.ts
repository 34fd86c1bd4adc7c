// Runs what a seed means, from the first datagram to the last, and says what came of it.
import { Arena, initialKeys, retryIntegrityTag, TlsContext } from '@millrace/native'
import { NetsimError, Network, Random } from '@millrace/netsim'
import { createCertificate } from '../packages/native/test/certificates.ts'
import { checkCongestion } from '../packages/quic/src/api/congestion.ts'
import type { Connection, ConnectionOptions } from '../packages/quic/src/core/connection.ts'
import type { CloseReason } from '../packages/quic/src/core/events.ts'
import { MAX_UDP_PAYLOAD, MIN_INITIAL_DATAGRAM } from '../packages/quic/src/core/limits.ts'
import { decodeTransportParameters } from '../packages/quic/src/core/wire/transport-parameters.ts'
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
  /** What went wrong; null when nothing did. */
  readonly failure: string | null
  /** The last of what happened, a line an event. */
  readonly tail: string
}

/** Virtual time that all of a run may take. What is slow is slow by the scenario's hand: minutes at most. */
const LIMIT_MILLIS = 1_800_000

const TAIL_LINES = 60

/** One certificate serves all runs of a thread. Its size, and that of each signature, is always the same: so are those of the datagrams. */
export class Simulator {
  readonly #client: TlsContext
  readonly #server: TlsContext

  constructor() {
    const certificate = createCertificate({ name: 'localhost', hosts: ['localhost'], key: 'Ed25519' })
    this.#client = new TlsContext({ side: 'client', alpn: ['sim'], ca: certificate.certs })
    this.#server = new TlsContext({ side: 'server', alpn: ['sim'], sni: { '*': certificate } })
  }

  /** Runs a scenario, by default that of the seed. `plant` may break the client's connection, to see whether that is found. */
  run(seed: number, scenario: Scenario = drawScenario(seed), plant: (client: Connection) => void = () => {}): Outcome {
    const run = new Run(scenario, (plan, ...given) => this.#options(scenario.version, plan, ...given))
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
    this.#client.release()
    this.#server.release()
  }

  #options(version: number, plan: EndPlan, random: Random, ids: ConnectionIds, places: Places): ConnectionOptions {
    const { side, parameters, maxDatagramSize, keepAliveMillis, versions } = plan
    const context = side === 'client' ? this.#client : this.#server
    return {
      side,
      parameters: { ...decodeTransportParameters(new Uint8Array(0), side), ...parameters },
      tls: (transportParameters, spoken, answer) =>
        context.session({ transportParameters, version: spoken, answer, ...(side === 'client' && { servername: 'localhost' }) }),
      initialKeys,
      retryTag: retryIntegrityTag,
      version,
      versions,
      random: (length) => random.bytes(length),
      controller: checkCongestion({ congestion: plan.congestion }, 10)(MIN_INITIAL_DATAGRAM, () => random.fraction()),
      originalDestination: ids.original,
      localConnectionId: ids[side],
      remoteConnectionId: side === 'client' ? ids.original : ids.client,
      maxDatagramSize,
      remote: places.remote(side === 'client' ? 'b' : 'a'),
      local: places.local(side === 'client' ? 'a' : 'b'),
      keepAliveMillis,
      handshakeTimeoutMillis: 120_000,
      scratch: Arena.allocate(MAX_UDP_PAYLOAD),
    }
  }
}

interface ConnectionIds {
  readonly original: Uint8Array
  readonly client: Uint8Array
  readonly server: Uint8Array
}

class Run {
  readonly #scenario: Scenario
  readonly #journal = new Journal()
  readonly #flows: Flows
  readonly #network: Network
  readonly client: End
  readonly #server: End
  #closing = false

  constructor(scenario: Scenario, options: (plan: EndPlan, random: Random, ids: ConnectionIds, places: Places) => ConnectionOptions) {
    const { seed, aToB, bToA } = scenario
    this.#scenario = scenario
    this.#flows = new Flows(scenario)
    const random = new Random(seed ^ 0x5eed)
    const ids = { original: random.bytes(8), client: random.bytes(8), server: random.bytes(8) }
    // The network asks its peers only once it runs, and the peers need its clock.
    const peer = (find: () => End): ConstructorParameters<typeof Network>[0] => ({
      receive: (datagram, now, arrival) => find().receive(datagram, now, arrival),
      transmit: (now) => find().transmit(now),
      wakeAt: () => find().wakeAt(),
      wake: (now) => find().wake(now),
    })
    this.#network = new Network(
      peer(() => this.client),
      peer(() => this.#server),
      { seed, aToB, bToA, traceLimit: 0, ontrace: (event) => this.#journal.datagram(event) },
    )
    const { clock } = this.#network
    const end = (plan: EndPlan): End => {
      const places = new Places()
      return new End(plan, options(plan, random.fork(), ids, places), clock, places, this.#flows, this.#journal)
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

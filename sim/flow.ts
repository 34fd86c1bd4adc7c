// One direction of one stream: what is to happen on it, which follows from the seed and the stream alone, and what has. Both ends write into one
// record, and so what arrives is held against what was sent.
import { Random } from '@millrace/netsim'
import { type Side, streamId } from '../packages/quic/src/core/streams/stream-id.ts'
import { magnitude, perhaps, pick } from './draw.ts'
import type { Scenario } from './scenario.ts'

export interface FlowPlan {
  /** Bytes that the writer means to write. */
  readonly bytes: number
  /** The largest piece written at once, and the pause after each. */
  readonly piece: number
  readonly pauseMillis: number
  /** The writer gives up when it has written so many; null: it finishes. */
  readonly resetAfter: number | null
  /** Bytes that are to arrive in spite of that. draft-ietf-quic-reliable-stream-reset. */
  readonly reliable: number
  /** And so many, when the writer has thought again; null: it does not. */
  readonly reducedTo: number | null
  /** The reader waits so long before it reads at all, and then after each piece. */
  readonly readAfterMillis: number
  readonly readPauseMillis: number
  /** The reader wants no more when it has read so many; null: it reads all. */
  readonly stopAfter: number | null
}

export class Flow {
  readonly name: string
  readonly plan: FlowPlan
  /** Where in the pattern its content begins. */
  readonly start: number
  written = 0
  read = 0
  outcome: 'open' | 'finished' | 'reset' | 'stopped' = 'open'
  /** Bytes that the reader is sure to get, as things stand. */
  promised: () => number = () => 0
  /** How the reader found it to end. */
  ending: 'open' | 'end' | 'reset' | 'stopped' = 'open'
  /** Code of the reset, or of the wish to stop. */
  readonly code: bigint

  constructor(scenario: Scenario, writer: Side, id: number) {
    const random = new Random(scenario.seed ^ Math.imul(id * 2 + (writer === 'client' ? 0 : 1) + 1, 0x9e37_79b1))
    this.name = `${writer} > ${id}`
    this.start = random.u32()
    this.code = BigInt(random.u32())
    this.plan = drawPlan(scenario, writer, id, random)
  }

  get ended(): boolean {
    return this.ending !== 'open'
  }
}

/** All flows of a run, by writer and stream. */
export class Flows {
  readonly #scenario: Scenario
  readonly #flows = new Map<string, Flow>()

  constructor(scenario: Scenario) {
    this.#scenario = scenario
  }

  of(writer: Side, id: number): Flow {
    const key = `${writer} ${id}`
    let flow = this.#flows.get(key)
    if (flow === undefined) {
      flow = new Flow(this.#scenario, writer, id)
      this.#flows.set(key, flow)
    }
    return flow
  }

  all(): IterableIterator<Flow> {
    return this.#flows.values()
  }
}

const MOST_WINDOWS = 40

function drawPlan(scenario: Scenario, writer: Side, id: number, random: Random): FlowPlan {
  const reader = writer === 'client' ? scenario.server : scenario.client
  const streams = Math.max(1, scenario.client.opens.length + scenario.server.opens.length)
  const most = Math.max(1, Math.min(scenario[writer].budget / streams, MOST_WINDOWS * windowOf(reader.parameters, id, writer)))
  const bytes = random.chance(0.1) ? 0 : perhaps(random, 0.2, () => Math.floor(most), magnitude(random, 1, Math.floor(most)))
  return {
    bytes,
    piece: magnitude(random, Math.max(1, Math.ceil(bytes / 20)), 70_000),
    pauseMillis: perhaps(random, 0.3, (own) => magnitude(own, 1, 300), 0),
    resetAfter: perhaps(random, 0.1, (own) => own.below(bytes + 1), null),
    readAfterMillis: perhaps(random, 0.15, (own) => magnitude(own, 10, 5000), 0),
    readPauseMillis: perhaps(random, 0.15, (own) => magnitude(own, 1, 100), 0),
    stopAfter: perhaps(random, 0.1, (own) => pick(own, [0, own.below(bytes + 1)]), null),
    reliable: perhaps(random, 0.6, (own) => own.below(bytes + 1), 0),
    reducedTo: perhaps(random, 0.3, (own) => pick(own, [0, own.below(bytes + 1)]), null),
  }
}

function windowOf(parameters: Scenario['client']['parameters'], id: number, writer: Side): number {
  const { initialMaxStreamDataUni: uni, initialMaxStreamDataBidiLocal: local, initialMaxStreamDataBidiRemote: remote } = parameters
  if ((id & 2) !== 0) return uni!
  return id % 4 === streamId(writer, 'bidi', 0) ? remote! : local!
}

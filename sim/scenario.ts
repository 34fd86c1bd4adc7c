// What a seed means: a network, two ends with their limits, what each of them does, and how it ends. Pure: nothing here runs.
import { type ImpairmentOptions, Random } from '@millrace/netsim'
import type { CongestionAlgorithm } from '../packages/quic/src/api/congestion.ts'
import type { Side } from '../packages/quic/src/core/streams/stream-id.ts'
import type { TransportParameters } from '../packages/quic/src/core/wire/transport-parameters.ts'
import { VERSION_1, VERSION_2 } from '../packages/quic/src/core/wire/version.ts'
import { type DatagramPlan, drawDatagrams, NO_DATAGRAMS } from './datagram-traffic.ts'
import { between, magnitude, perhaps, pick } from './draw.ts'
import { drawEntry, type Entry } from './entry.ts'
import { drawPath } from './path.ts'

export interface Scenario {
  readonly seed: number
  readonly aToB: ImpairmentOptions
  readonly bToA: ImpairmentOptions
  /** The version of the client's first packet. */
  readonly version: number
  /** Where the client goes; times count from the moment at which it knows the handshake to be confirmed. RFC 9000 section 9. */
  readonly moves: readonly Move[]
  /** How the client comes in. */
  readonly entry: Entry
  readonly client: EndPlan
  readonly server: EndPlan
  readonly close: ClosePlan
}

export interface EndPlan {
  readonly side: Side
  readonly parameters: Partial<TransportParameters>
  /** Bytes of the largest datagram that it tries. */
  readonly maxDatagramSize: number
  /** Versions of QUIC that it speaks, the preferred one first. */
  readonly versions: readonly number[]
  readonly congestion: CongestionAlgorithm
  /** When it updates the keys of 1-RTT packets, counted from the handshake. */
  readonly keyUpdatesAtMillis: readonly number[]
  /** 0 is none. */
  readonly keepAliveMillis: number
  /** How long its reader lets datagrams wait, so that trains come of them; 0: each is taken in as it comes. */
  readonly gathersMillis: number
  readonly opens: readonly Opening[]
  readonly datagrams: DatagramPlan
  /** Bytes that it writes on all its streams at most. */
  readonly budget: number
}

/** A NAT that forgets, or a client that goes over to another socket. */
export interface Move {
  readonly atMillis: number
  readonly kind: 'rebinding' | 'migration'
}

/** A stream that an end opens, when the peer's limit allows it. */
export interface Opening {
  readonly direction: 'bidi' | 'uni'
  /** After the handshake. */
  readonly afterMillis: number
}

export interface ClosePlan {
  readonly by: readonly Side[]
  /** After the start, whatever is under way; null: when all is done. */
  readonly atMillis: number | null
  readonly code: bigint
  readonly reason: string
}

/** Round trips that a stream's bytes may take: each brings half a window at least. */
const WINDOWS_A_STREAM = 40
const MOST_BYTES = 3_000_000
const MOST_STREAMS = 120
const KEEP_ALIVE_MILLIS = 5000
const BULK_SHARE = 0.1
const BULK_BYTES = 1_000_000
const WINDOWS = ['initialMaxData', 'initialMaxStreamDataBidiLocal', 'initialMaxStreamDataBidiRemote', 'initialMaxStreamDataUni'] as const
const LEAST_STAY_MILLIS = 8000
/** A reader that is busy with others comes once in a few milliseconds. */
const MOST_GATHERED_MICROS = 5000

export function drawScenario(seed: number): Scenario {
  const random = new Random(seed)
  const aToB = drawPath(random.fork())
  const bToA = perhaps(random, 0.6, drawPath, aToB)
  const limits = { client: drawParameters(random.fork(), 0.4), server: drawParameters(random.fork(), 0) }
  const version = pick(random, [VERSION_1, VERSION_2])
  const moves = perhaps(random, 0.25, drawMoves, [])
  const client = drawEnd('client', limits.client, limits.server, versions(version, random), random.fork())
  const scenario: Scenario = {
    seed,
    version,
    aToB,
    bToA,
    moves,
    // A server cannot find a client that is silent behind a NAT which forgot it. RFC 9000 section 10.1.2.
    client: moves.some(({ kind }) => kind === 'rebinding') ? { ...client, keepAliveMillis: KEEP_ALIVE_MILLIS } : client,
    server: drawEnd('server', limits.server, limits.client, versions(version, random), random.fork()),
    close: drawClose(random.fork()),
    entry: drawEntry(random.fork(), limits.server),
  }
  return random.chance(BULK_SHARE) ? { ...scenario, client: inBulk(scenario.client), server: inBulk(scenario.server) } : scenario
}

/** One stream, and room enough in it for long trains. */
function inBulk(end: EndPlan): EndPlan {
  const roomy = Object.fromEntries(WINDOWS.map((name) => [name, Math.max(BULK_BYTES, end.parameters[name] ?? 0)]))
  return { ...end, parameters: { ...end.parameters, ...roomy }, opens: [{ direction: 'bidi', afterMillis: 0 }], budget: BULK_BYTES }
}

/** Both speak the version of the first packet; they may agree on the other. RFC 9368. */
function versions(first: number, random: Random): readonly number[] {
  const other = first === VERSION_1 ? VERSION_2 : VERSION_1
  return pick(random, [[first], [first, other], [other, first]])
}

type Limits = Partial<TransportParameters> & Pick<TransportParameters, 'initialMaxData'>

function drawEnd(side: Side, own: Limits, peer: Limits, versions: readonly number[], random: Random): EndPlan {
  const count = random.chance(0.1) ? 0 : magnitude(random, 1, MOST_STREAMS)
  return {
    side,
    parameters: own,
    maxDatagramSize: random.chance(0.3) ? 1200 : between(random, 1200, 2048),
    versions,
    congestion: pick(random, ['cubic', 'newreno', 'bbr', 'bbr3', 'copa']),
    keyUpdatesAtMillis: perhaps(random, 0.3, (own) => Array.from({ length: between(own, 1, 5) }, () => between(own, 0, 10_000)), []),
    keepAliveMillis: perhaps(random, 0.3, (own) => between(own, 1000, 20_000), 0),
    opens: drawOpenings(random, count),
    budget: Math.min(magnitude(random, 10_000, MOST_BYTES), peer.initialMaxData * WINDOWS_A_STREAM),
    datagrams: perhaps(random, 0.4, drawDatagrams, NO_DATAGRAMS),
    gathersMillis: perhaps(random, 0.5, (own) => magnitude(own, 1, MOST_GATHERED_MICROS) / 1000, 0),
  }
}

/** In the order of their moments. */
function drawOpenings(random: Random, count: number): readonly Opening[] {
  const uniShare = pick(random, [0, 0.5, 1])
  const openings = Array.from(
    { length: count },
    (): Opening => ({
      direction: random.chance(uniShare) ? 'uni' : 'bidi',
      afterMillis: random.chance(0.5) ? 0 : between(random, 0, 3000),
    }),
  )
  return openings.sort((one, other) => one.afterMillis - other.afterMillis)
}

/** One side at least has an idle timeout: without any, an end whose peer's last word was lost would wait for ever, and rightly. */
function drawParameters(random: Random, withoutIdleTimeout: number): Limits {
  // Tiny ones, in which credit is everything; common ones; and such as never limit.
  const [least, most] = pick(random, [
    [30, 2000],
    [2000, 1 << 18],
    [1 << 18, 1 << 22],
  ] as const)
  const window = (): number => magnitude(random, least, most)
  return {
    initialMaxData: window(),
    initialMaxStreamDataBidiLocal: window(),
    initialMaxStreamDataBidiRemote: window(),
    initialMaxStreamDataUni: window(),
    initialMaxStreamsBidi: magnitude(random, 1, 200),
    initialMaxStreamsUni: magnitude(random, 1, 200),
    maxIdleTimeout: random.chance(withoutIdleTimeout) ? 0 : between(random, 60_000, 120_000),
    maxUdpPayloadSize: random.chance(0.3) ? between(random, 1200, 2048) : 2048,
    ackDelayExponent: between(random, 0, 20),
    maxAckDelay: magnitude(random, 1, 200),
    activeConnectionIdLimit: between(random, 2, 8),
    maxDatagramFrameSize: perhaps(random, 0.7, (own) => magnitude(own, 10, 65_535), 0),
    resetStreamAt: random.chance(0.7),
  }
}

/** Far enough from each other for the new path to be found good: a peer that moves faster is nowhere. */
function drawMoves(random: Random): readonly Move[] {
  let atMillis = 0
  return Array.from({ length: between(random, 1, 4) }, () => {
    atMillis += between(random, 0, 1000) + (atMillis === 0 ? 0 : LEAST_STAY_MILLIS)
    return { atMillis, kind: pick(random, ['rebinding', 'migration']) }
  })
}

function drawClose(random: Random): ClosePlan {
  return {
    by: pick<readonly Side[]>(random, [['client'], ['server'], ['client', 'server']]),
    atMillis: perhaps(random, 0.2, (own) => magnitude(own, 1, 10_000), null),
    code: BigInt(random.u32()),
    reason: 'x'.repeat(random.below(100)),
  }
}

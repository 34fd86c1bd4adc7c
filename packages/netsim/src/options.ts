// What can be wrong with one direction of a path: a row an option.
import { NetsimError } from './error.ts'

/** What can be wrong with one direction of a path. Probabilities go from 0 to 1. */
export interface ImpairmentOptions {
  /** One-way delay. Default 0. */
  readonly delayMillis?: number
  /** Up to so much more delay, evenly spread. Keeps the order: a datagram never overtakes the one before it. Default 0. */
  readonly jitterMillis?: number
  /** What the bottleneck carries. Default without limit. */
  readonly bitsPerSecond?: number
  /** How many datagrams the bottleneck holds, the one that it is sending included; further ones are dropped. Default 25. */
  readonly queueDatagrams?: number
  /** How many bytes the bottleneck holds. Default without limit. */
  readonly queueBytes?: number
  /** Share of datagrams lost, 0 to 1. Default 0. */
  readonly lossRate?: number
  /** At most so many in a row are lost to `lossRate`. Default without limit. */
  readonly lossBurst?: number
  /**
   * Losses come in bursts, of so many on average: 1 or more, and at least what `lossRate` makes of itself, 1 / (1 - lossRate). The share that is lost stays
   * `lossRate`. Default 0: each datagram is lost or not on its own.
   */
  readonly meanLossBurst?: number
  /** Share of datagrams of which one byte is changed, 0 to 1. Default 0. */
  readonly corruptRate?: number
  /** At most so many in a row are changed. Default without limit. */
  readonly corruptBurst?: number
  /** Share of datagrams that arrive twice, 0 to 1. Default 0. */
  readonly duplicateRate?: number
  /** Share of datagrams held back by `reorderMillis` while later ones pass, 0 to 1. Default 0. */
  readonly reorderRate?: number
  /** Default 5. */
  readonly reorderMillis?: number
  /** Datagrams to drop, the first that is sent being 1. Default none. */
  readonly dropList?: readonly number[]
  /** Times in which everything that is sent is dropped. Default none. */
  readonly blackHoles?: readonly BlackHole[]
  /** Longest datagram that passes, in bytes. Default without limit. */
  readonly mtu?: number
  /** Share of ECN-capable datagrams that are marked CE, 0 to 1. RFC 3168 section 5. Default 0. */
  readonly markRate?: number
  /** ECN-capable datagrams are marked CE while the bottleneck holds so many or more. Default never. */
  readonly markQueueDatagrams?: number
  /** Whether the path clears the ECN field, as some do. RFC 9000 section 13.4.2. Default false. */
  readonly bleachesEcn?: boolean
  /** How the path changes as time goes: from the moment of a step on, its values stand for those above. In order of time. Default none. */
  readonly steps?: readonly Step[]
  /** After so long the values above hold again, and the steps begin anew. Default once. */
  readonly stepsEveryMillis?: number
}

/** What a path is from a moment on; what is left out is as `ImpairmentOptions` says. */
export interface Step {
  readonly fromMillis: number
  readonly bitsPerSecond?: number
  readonly delayMillis?: number
}

/** A span of time in which nothing arrives. Virtual milliseconds. */
export interface BlackHole {
  readonly fromMillis: number
  readonly untilMillis: number
  /** Comes again after so long, from `fromMillis` to `fromMillis`. Default once. */
  readonly everyMillis?: number
}

type NumericOption = Exclude<keyof ImpairmentOptions, 'dropList' | 'blackHoles' | 'bleachesEcn' | 'steps'>

interface Row {
  readonly default: number
  readonly minimum: number
  readonly maximum: number
}

const rate: Row = { default: 0, minimum: 0, maximum: 1 }
const count: Row = { default: Number.POSITIVE_INFINITY, minimum: 1, maximum: Number.POSITIVE_INFINITY }
const millis: Row = { default: 0, minimum: 0, maximum: Number.MAX_SAFE_INTEGER }

const rows: { readonly [O in NumericOption]: Row } = {
  delayMillis: millis,
  jitterMillis: millis,
  bitsPerSecond: count,
  // What the public interop runner's simulator uses.
  queueDatagrams: { ...count, default: 25 },
  queueBytes: count,
  lossRate: rate,
  lossBurst: count,
  meanLossBurst: { default: 0, minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  corruptRate: rate,
  corruptBurst: count,
  duplicateRate: rate,
  reorderRate: rate,
  reorderMillis: { ...millis, default: 5 },
  mtu: count,
  markRate: rate,
  markQueueDatagrams: count,
  stepsEveryMillis: count,
}

export type Impairments = Required<ImpairmentOptions>

/** Fills the defaults in. Throws BAD_OPTION, which names the option and its range. */
export function complete(options: ImpairmentOptions): Impairments {
  const complete = {
    dropList: options.dropList ?? [],
    blackHoles: options.blackHoles ?? [],
    bleachesEcn: options.bleachesEcn ?? false,
    steps: options.steps ?? [],
  } as { -readonly [O in keyof Impairments]: Impairments[O] }
  for (const option of Object.keys(rows) as NumericOption[]) complete[option] = inRange(option, options[option] ?? rows[option].default)
  const { lossRate, meanLossBurst } = complete
  if (meanLossBurst !== 0 && meanLossBurst * (1 - lossRate) < 1) {
    throw new NetsimError(
      'BAD_OPTION',
      `meanLossBurst is ${meanLossBurst}; with a lossRate of ${lossRate} it is 0, or ${1 / (1 - lossRate)} at least`,
    )
  }
  for (const { fromMillis, untilMillis, everyMillis } of complete.blackHoles) {
    if (!(fromMillis <= untilMillis) || (everyMillis !== undefined && !(everyMillis > 0))) {
      throw new NetsimError('BAD_OPTION', `a black hole from ${fromMillis} until ${untilMillis} every ${everyMillis} ms is none`)
    }
  }
  for (const [index, { fromMillis, ...step }] of complete.steps.entries()) {
    if (!(fromMillis >= (complete.steps[index - 1]?.fromMillis ?? 0))) {
      throw new NetsimError('BAD_OPTION', `a step at ${fromMillis} ms comes too late in the list`)
    }
    for (const [option, value] of Object.entries(step)) inRange(option as keyof typeof step, value)
  }
  return complete
}

function inRange(option: NumericOption, value: number): number {
  const { minimum, maximum } = rows[option]
  if (value >= minimum && value <= maximum) return value
  throw new NetsimError('BAD_OPTION', `${option} is ${value}; it goes from ${minimum} to ${maximum}`)
}

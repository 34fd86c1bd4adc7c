// What can be wrong with one direction of a path: a row an option.
import { NetsimError } from './error.ts'

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
}

export interface BlackHole {
  readonly fromMillis: number
  readonly untilMillis: number
  /** Comes again after so long, from `fromMillis` to `fromMillis`. Default once. */
  readonly everyMillis?: number
}

type NumericOption = Exclude<keyof ImpairmentOptions, 'dropList' | 'blackHoles'>

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
  corruptRate: rate,
  corruptBurst: count,
  duplicateRate: rate,
  reorderRate: rate,
  reorderMillis: { ...millis, default: 5 },
  mtu: count,
}

export type Impairments = Required<ImpairmentOptions>

/** Fills the defaults in. Throws BAD_OPTION, which names the option and its range. */
export function complete(options: ImpairmentOptions): Impairments {
  const complete = { dropList: options.dropList ?? [], blackHoles: options.blackHoles ?? [] } as {
    -readonly [O in keyof Impairments]: Impairments[O]
  }
  for (const option of Object.keys(rows) as NumericOption[]) {
    const row = rows[option]
    const value = options[option] ?? row.default
    if (!(value >= row.minimum && value <= row.maximum)) {
      throw new NetsimError('BAD_OPTION', `${option} is ${value}; it goes from ${row.minimum} to ${row.maximum}`)
    }
    complete[option] = value
  }
  for (const { fromMillis, untilMillis, everyMillis } of complete.blackHoles) {
    if (!(fromMillis <= untilMillis) || (everyMillis !== undefined && !(everyMillis > 0))) {
      throw new NetsimError('BAD_OPTION', `a black hole from ${fromMillis} until ${untilMillis} every ${everyMillis} ms is none`)
    }
  }
  return complete
}

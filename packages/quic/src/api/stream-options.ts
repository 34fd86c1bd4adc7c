// What users may say of a stream: when it is opened, and later. Named after node:quic.
import { DEFAULT_PRIORITY, type Priority, URGENCIES } from '../core/streams/priority.ts'
import { flag, number, type Range, wrong } from './option-checks.ts'
import { checkSignal } from './option-shapes.ts'

/** Which streams go first, where there is more to send than may leave. */
export interface StreamPriority {
  /** Streams of a higher level go before those of a lower one, whenever they have something to send and the credit to do so. */
  readonly level: 'high' | 'default' | 'low'
  /**
   * Whether the stream shares with others of its level, packet by packet. Those that do not are sent one after the other, lower ids first;
   * where a level has both kinds, they take turns.
   */
  readonly incremental: boolean
}

/** What `stream.setPriority()` changes; what is not given stays as it is. */
export interface StreamPriorityChange extends Partial<StreamPriority> {
  /** In place of a level, one of the eight that HTTP knows: 0, which goes first, to 7. RFC 9218 section 4.1. */
  readonly urgency?: number
  /**
   * Any object: the streams of this session that are given the same one share with others of their urgency as one, however many they are, and send by their
   * `order` among each other. Null: none, as at first.
   */
  readonly group?: object | null
  /** Within the group, any finite number: higher goes first until it has nothing left to send, equals share. Default 0. */
  readonly order?: number
}

/** Options of a new stream. */
export interface CreateStreamOptions {
  /** Default `default`. See `stream.setPriority()`. */
  readonly priority?: StreamPriority['level']
  /** Default true: streams of one level share. node:quic's default is false, which holds for HTTP/3 alone, whose streams have an end. */
  readonly incremental?: boolean
  /** Bytes written and not yet sent above which `write` waits: 0 to 1073741824 (1 GiB), default 1048576 (1 MiB). */
  readonly highWaterMark?: number
  /** Whether to wait where the peer allows no more streams now; else that is ERR_QUIC_STREAM_LIMIT. Default true. RFC 9000 section 4.6. */
  readonly wait?: boolean
  /** Gives up waiting, which then rejects with the signal's reason. A stream that is open does not heed it. Default: none. */
  readonly signal?: AbortSignal
}

/** What of a stream is to arrive in spite of `stream.resetStream()`. */
export interface ResetStreamOptions {
  /**
   * Bytes from the beginning of the stream: 0, the default, to all that was written. They wait for the peer's credit as any. Needs a peer with
   * `session.reliableReset`; others get nothing for sure. draft-ietf-quic-reliable-stream-reset section 4.
   */
  readonly reliableSize?: number
}

/** `written`: the most that can arrive. */
export function checkReliableSize(given: number | undefined, written: number): number {
  return number('reliableSize', given, { least: 0, most: written, default: 0 })
}

/** Bytes written and not yet sent above which `write` waits. */
export const HIGH_WATER_MARK: Range = { least: 0, most: 2 ** 30, default: 2 ** 20 }

const URGENCY_RANGE: Range = { least: 0, most: URGENCIES - 1, default: DEFAULT_PRIORITY.urgency }

/** As node:quic maps them to the urgencies of RFC 9218. */
const URGENCY: Readonly<Record<StreamPriority['level'], number>> = { high: 0, default: DEFAULT_PRIORITY.urgency, low: 7 }

/** @internal */
export interface CheckedStreamOptions {
  readonly priority: Priority
  readonly highWaterMark: number
  readonly wait: boolean
  readonly signal: AbortSignal | undefined
}

/** @internal */
export function checkStreamOptions({ priority, incremental, highWaterMark, wait, signal }: CreateStreamOptions): CheckedStreamOptions {
  return {
    priority: changedPriority(DEFAULT_PRIORITY, {
      ...(priority !== undefined && { level: priority }),
      ...(incremental !== undefined && { incremental }),
    }),
    highWaterMark: number('highWaterMark', highWaterMark, HIGH_WATER_MARK),
    wait: flag('wait', wait, true),
    signal: checkSignal(signal),
  }
}

/** What is not given stays as it is. Throws ERR_QUIC_OPTION. @internal */
export function changedPriority(now: Priority, change: StreamPriorityChange): Priority {
  const { level, urgency, incremental = now.incremental, group = now.group ?? null, order = now.order ?? 0 } = change
  if (level !== undefined && !Object.hasOwn(URGENCY, level)) {
    throw wrong('priority', `is ${JSON.stringify(level)}; it may be ${Object.keys(URGENCY).join(', ')}`)
  }
  if (typeof incremental !== 'boolean') throw wrong('incremental', `is ${String(incremental)}; it may be true or false`)
  if (typeof group !== 'object') throw wrong('group', `is ${String(group)}; it may be an object or null`)
  if (!Number.isFinite(order)) throw wrong('order', `is ${String(order)}; it may be any finite number`)
  const before = level === undefined ? now.urgency : URGENCY[level]
  return {
    urgency: urgency === undefined ? before : number('urgency', urgency, URGENCY_RANGE),
    incremental,
    ...(group !== null && { group, order }),
  }
}

/** @internal */
export function streamPriority({ urgency, incremental }: Priority): StreamPriority {
  const { default: middle } = URGENCY
  return { level: urgency === middle ? 'default' : urgency < middle ? 'high' : 'low', incremental }
}

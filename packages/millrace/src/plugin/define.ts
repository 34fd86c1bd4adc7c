// A plugin is a value: what it is called, which key it observes, how that key's value looks, and what to do with it.

import { type Key, type Mold, type Molded, type MoldSpec, parseUserKey, resolveMold } from '@millrace/y3'
import { MillraceError } from '../error.ts'
import { MAX_CONCURRENCY, MAX_NAME_BYTES, MAX_OBSERVED_TAGS } from '../limits.ts'
import type { Pipe } from './pipe.ts'

/** What a handle may want to know beside the value. */
export interface HandleContext {
  /** The observed key under which the value was found. */
  readonly key: number
  /** What the data is about: 0 to 2^32 - 1. For data under one Y3 key it is that key. */
  readonly tag: number
  /** Given by the source, the same from end to end: 0 to 2^53 - 1. */
  readonly id: number
  /** When the source took the data, in microseconds since 1970, by its own clock. */
  readonly sourceTimeMicros: number
  /** W3C trace context in its 25-byte wire form, or null. */
  readonly trace: Uint8Array | null
}

/** The message is dropped. */
type Nothing = null | undefined

interface Common<M extends MoldSpec, R extends MoldSpec> {
  /** Matched with the name in the workflow: 1 to 256 bytes. */
  readonly name: string
  /** The key whose value is handled, 0x10 to 0x3F, or several: the first of them that a packet holds is handled. */
  readonly observed: Key | readonly Key[]
  /** How the value looks: a sample (`''`, `0`), a type (`'int32'`), a list of one of these, or an object of fields with keys. */
  readonly mold: M
  /** How the result looks. Default: as the value. */
  readonly returns?: R
}

/** A plugin as a function of one value. */
export interface HandlePlugin<M extends MoldSpec, R extends MoldSpec> extends Common<M, R> {
  /** The result takes the value's place in the packet; null or undefined drops the message; a throw is reported and drops it too. */
  readonly handle: (value: Molded<M>, context: HandleContext) => Molded<R> | Nothing | Promise<Molded<R> | Nothing>
  /** Handles that may run at once in one lane, for asynchronous ones: 1 to 1024. Results keep their order. Default 1. */
  readonly concurrency?: number
  readonly pipe?: never
}

/** A plugin as an RxJS pipeline. */
export interface PipePlugin<M extends MoldSpec, R extends MoldSpec> extends Common<M, R> {
  /** Turns the stream of values into a stream of results. Called once for each connection. */
  readonly pipe: Pipe<Molded<M>, Molded<R>>
  readonly handle?: never
  readonly concurrency?: never
}

/** A checked plugin, made by {@link definePlugin}. */
export interface Plugin {
  readonly name: string
  readonly observed: readonly number[]
  readonly mold: Mold<unknown>
  readonly returns: Mold<unknown>
  readonly concurrency: number
  readonly work:
    | { readonly type: 'handle'; readonly handle: (value: unknown, context: HandleContext) => unknown }
    | { readonly type: 'pipe'; readonly pipe: Pipe<unknown, unknown> }
}

/** In the global registry, so that a plugin made by another copy of this package is recognised. */
const mark: unique symbol = Symbol.for('millrace.plugin')

/** Checks a definition. Throws ERR_MILLRACE_PLUGIN, which names the field. */
export function definePlugin<const M extends MoldSpec, const R extends MoldSpec>(
  definition: (HandlePlugin<M, R> | PipePlugin<M, R>) & { readonly returns: R },
): Plugin
export function definePlugin<const M extends MoldSpec>(definition: HandlePlugin<M, M> | PipePlugin<M, M>): Plugin
export function definePlugin(definition: object): Plugin {
  const given: Partial<Record<string, unknown>> = { ...definition }
  const plugin: Plugin & { readonly [mark]: true } = {
    [mark]: true,
    name: checkName(given.name),
    observed: checkObserved(given.observed),
    mold: checkMold('mold', given.mold),
    returns: checkMold('returns', given.returns ?? given.mold),
    concurrency: checkConcurrency(given.concurrency ?? 1),
    work: checkWork(given.handle, given.pipe),
  }
  return Object.freeze(plugin)
}

/** Whether a value was made by {@link definePlugin}. */
export function isPlugin(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && mark in value
}

function checkName(name: unknown): string {
  if (typeof name !== 'string' || name.trim() === '') throw wrong('name', 'is missing; give the plugin the name that the workflow has')
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw wrong('name', `is over ${MAX_NAME_BYTES} bytes`)
  return name
}

function checkObserved(observed: unknown): readonly number[] {
  const keys: readonly unknown[] = Array.isArray(observed) ? observed : [observed]
  if (keys.length === 0 || keys.length > MAX_OBSERVED_TAGS)
    throw wrong('observed', `has ${keys.length} keys; give 1 to ${MAX_OBSERVED_TAGS}`)
  return keys.map((key) => {
    const shown = typeof key === 'string' ? `'${key}'` : String(key)
    if (typeof key !== 'string' && typeof key !== 'number') throw wrong('observed', `is ${shown}; give a key from '0x10' to '0x3f'`)
    try {
      return parseUserKey(key)
    } catch (cause) {
      throw wrong('observed', `is ${shown}; give a key from '0x10' to '0x3f'`, cause)
    }
  })
}

function checkMold(field: 'mold' | 'returns', spec: unknown): Mold<unknown> {
  try {
    return resolveMold(spec)
  } catch (cause) {
    throw wrong(field, `is no mold: ${(cause as Error).message}`, cause)
  }
}

function checkConcurrency(concurrency: unknown): number {
  if (Number.isInteger(concurrency) && Number(concurrency) >= 1 && Number(concurrency) <= MAX_CONCURRENCY) return Number(concurrency)
  throw wrong('concurrency', `is ${String(concurrency)}; give a whole number from 1 to ${MAX_CONCURRENCY}`)
}

function checkWork(handle: unknown, pipe: unknown): Plugin['work'] {
  if (typeof handle === 'function' && pipe === undefined) {
    return { type: 'handle', handle: handle as (value: unknown, context: HandleContext) => unknown }
  }
  if (typeof pipe === 'function' && handle === undefined) return { type: 'pipe', pipe: pipe as Pipe<unknown, unknown> }
  throw wrong('handle', 'is missing; give either handle, a function of one value, or pipe, a function of a stream')
}

function wrong(field: string, sentence: string, cause?: unknown): MillraceError {
  return new MillraceError('ERR_MILLRACE_PLUGIN', `plugin definition: ${field} ${sentence}`, cause === undefined ? undefined : { cause })
}

// Codecs beside each other in this one process, in turns: what one packet of twenty fields costs.
import assert from 'node:assert/strict'
import type { Codec, OperationName, Operations } from '../codec/codec.ts'
import { json, jsonBytes } from '../codec/json.ts'
import { protobuf } from '../codec/protobuf.ts'
import { FIELDS, OBSERVED, READING } from '../codec/reading.ts'
import { cborX, msgpackr } from '../codec/records.ts'
import { y3 } from '../codec/y3.ts'
import { cpuMillis } from '../cpu-time.ts'
import type { Benchmark, Case, Figure, Round } from '../harness/benchmark.ts'

/** How long each is at it in a round, milliseconds; code is compiled in the time before that counts. */
const TURN_MILLIS = 1000
const QUICK_TURN_MILLIS = 250
const WARM_UP_SHARE = 0.3

/** Operations between two looks at the clock. */
const BATCH = 1000

const CODECS: readonly Codec[] = [y3, json, jsonBytes, msgpackr, cborX, protobuf]

export const codec: Benchmark = {
  name: 'codec',
  what: 'a packet of 20 fields: one key of it, all of it, and writing it',
  cases: [caseOf('observe'), caseOf('decode'), caseOf('encode')],
}

function caseOf(name: OperationName): Case {
  return {
    name,
    entries: CODECS.map((contender) => {
      const ready = once(async () => check(await contender.load()))
      return { contender, measure: async (round) => measure((await ready())[name], round) }
    }),
  }
}

function measure(operation: () => unknown, { quick }: Round): Figure[] {
  const millis = quick ? QUICK_TURN_MILLIS : TURN_MILLIS
  rate(operation, millis * WARM_UP_SHARE)
  return [{ name: '', unit: 'operations/s', better: 'more', value: rate(operation, millis) }]
}

/** A second of CPU time. What comes out is kept, so that no compiler finds that nobody wants it. */
function rate(operation: () => unknown, millis: number): number {
  const start = cpuMillis()
  let last: unknown
  let count = 0
  let elapsed = 0
  for (; elapsed < millis; elapsed = cpuMillis() - start) {
    for (let index = 0; index < BATCH; index++) last = operation()
    count += BATCH
  }
  assert.notEqual(last, undefined)
  return (count / elapsed) * 1000
}

/** Fast and wrong does not count. */
function check(operations: Operations): Operations {
  assert.equal(operations.observe(), READING[OBSERVED])
  const decoded = operations.decode()
  for (const name of Object.keys(FIELDS) as (keyof typeof FIELDS)[]) assert.equal(decoded[name], READING[name], name)
  assert.ok(operations.encode().length > 0)
  return operations
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make()
    return made
  }
}

// What stays in memory, round after round. Objects are counted, which is exact: V8 makes none of its own. Bytes are those of data in heap snapshots: what V8
// compiles while a test runs, and forgets again, is a hundred kilobytes a round and more, and all that ever differed from one machine to the next.
import { getHeapSnapshot, queryObjects } from 'node:v8'

/** Live objects, arrays and functions of any kind, or those of one class and of its heirs. */
export function liveObjects(kind: abstract new (...given: never[]) => unknown = Object): number {
  return queryObjects(kind, { format: 'count' })
}

/** By how much a round made the heap grow. */
export interface Growth {
  readonly objects: number
  /** Of data. */
  readonly bytes: number
}

/** Rounds that do not count: they fill pools. */
const WARM_UP = 2

/**
 * By how much so many rounds made the heap grow, an odd number of them. Objects: the middle one; what is kept of each round shows in every round, and what an
 * earlier test left and is collected late does not. Bytes: on average.
 */
export async function growthOfRounds(rounds: number, round: () => Promise<void> | void): Promise<Growth> {
  for (let count = 0; count < WARM_UP; count++) await round()
  const before = await dataBytes()
  const objects = [liveObjects()]
  for (let count = 0; count < rounds; count++) {
    await round()
    objects.push(liveObjects())
  }
  const growths = objects.slice(1).map((now, index) => now - objects[index]!)
  return { objects: growths.toSorted((a, b) => a - b)[(rounds - 1) / 2]!, bytes: ((await dataBytes()) - before) / rounds }
}

/** Nodes of a snapshot that are what a program has made. The others are code and what belongs to it, hidden classes, and memory outside the heap. */
const DATA: ReadonlySet<string> = new Set([
  'object',
  'array',
  'closure',
  'string',
  'concatenated string',
  'sliced string',
  'number',
  'bigint',
  'symbol',
  'regexp',
])

interface Snapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] } }
  /** All fields of all nodes, one after the other. */
  readonly nodes: readonly number[]
}

async function dataBytes(): Promise<number> {
  const { snapshot, nodes }: Snapshot = JSON.parse(Buffer.concat(await getHeapSnapshot().toArray()).toString())
  const {
    node_fields: fields,
    node_types: [types],
  } = snapshot.meta
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')]
  let bytes = 0
  for (let at = 0; at < nodes.length; at += fields.length) if (DATA.has(types[nodes[at + type]!]!)) bytes += nodes[at + size]!
  return bytes
}

// What stays in memory, round after round. Objects are counted, which is exact: V8 makes none of its own. Bytes are those of data in heap snapshots: what V8
// compiles while a test runs, and forgets again, is a hundred kilobytes a round and more. Without it, and without a table of the runner's, runs differ by some hundred.
import { readFileSync } from 'node:fs'
import { getHeapSnapshot, queryObjects } from 'node:v8'

/** Live objects, arrays and functions of any kind, or those of one class and of its heirs. */
export function liveObjects(kind: abstract new (...given: never[]) => unknown = Object): number {
  return queryObjects(kind, { format: 'count' })
}

/**
 * Bytes in the heap of C, in which OpenSSL's objects are, and V8's are not; null where nobody but Linux tells. A snapshot of V8's heap is made in it, and leaves it
 * in pieces: what is compared comes before the first.
 */
export function heapOfC(): number | null {
  if (process.platform !== 'linux') return null
  const kilobytes = /\[heap\]\n(?:.*\n)*?Rss: +(\d+) kB/.exec(readFileSync('/proc/self/smaps', 'latin1'))?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) * 1024
}

/** By how much a round made the heap grow. */
export interface Growth {
  readonly objects: number
  /** Of data. */
  readonly bytes: number
}

/** Rounds that do not count: they fill pools, and come before the first snapshot. */
const WARM_UP = 2

/**
 * By how much the middle one of so many rounds made the heap grow, an odd number of them. What is kept of each round shows in every round; what an earlier test
 * left and is collected late does not, nor does a table that doubles once.
 */
export async function growthOfRounds(rounds: number, round: () => Promise<void> | void): Promise<Growth> {
  for (let count = 0; count < WARM_UP; count++) await round()
  const objects: number[] = []
  const bytes: number[] = []
  let size = await dataBytes()
  for (let count = 0; count < rounds; count++) {
    // Counted again: the look at the heap has left some of its own.
    const before = liveObjects()
    await round()
    objects.push(liveObjects() - before)
    const now = await dataBytes()
    bytes.push(now - size)
    size = now
  }
  return { objects: middle(objects), bytes: middle(bytes) }
}

function middle(growths: readonly number[]): number {
  return growths.toSorted((a, b) => a - b)[(growths.length - 1) / 2]!
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

/** How node:test calls its map from each asynchronous resource to the test that made it. */
const OF_THE_RUNNER = 'testResources'

async function dataBytes(): Promise<number> {
  const snapshot: Snapshot = JSON.parse(Buffer.concat(await getHeapSnapshot().toArray()).toString())
  const { nodes } = snapshot
  const { node_fields: fields, node_types: types } = snapshot.snapshot.meta
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')]
  const table = tableOfTheRunner(snapshot)
  let bytes = 0
  for (let at = 0; at < nodes.length; at += fields.length)
    if (at !== table && DATA.has(types[0][nodes[at + type]!]!)) bytes += nodes[at + size]!
  return bytes
}

/** Where the table of the runner's map is: it doubles and halves by hundreds of kilobytes as sockets and promises come and go. */
function tableOfTheRunner({ snapshot: { meta }, nodes, edges, strings }: Snapshot): number | undefined {
  const [type, name, to] = [
    meta.edge_fields.indexOf('type'),
    meta.edge_fields.indexOf('name_or_index'),
    meta.edge_fields.indexOf('to_node'),
  ]
  const isNamed = (edge: number, kind: string, text: string) =>
    meta.edge_types[0][edges[edge + type]!] === kind && strings[edges[edge + name]!] === text
  const edgeCount = meta.node_fields.indexOf('edge_count')
  let map: number | undefined
  for (let edge = 0; edge < edges.length && map === undefined; edge += meta.edge_fields.length) {
    if (isNamed(edge, 'context', OF_THE_RUNNER)) map = edges[edge + to]
  }
  let edge = 0
  for (let node = 0; node < nodes.length; node += meta.node_fields.length) {
    const end = edge + nodes[node + edgeCount]! * meta.edge_fields.length
    for (; edge < end; edge += meta.edge_fields.length) if (node === map && isNamed(edge, 'internal', 'table')) return edges[edge + to]
  }
  return undefined
}

/** As V8 writes it: all fields of all nodes one after the other, and likewise of edges, which are in the order of the nodes they leave. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[]
      readonly node_types: readonly [readonly string[]]
      readonly edge_fields: readonly string[]
      readonly edge_types: readonly [readonly string[]]
    }
  }
  readonly nodes: readonly number[]
  readonly edges: readonly number[]
  readonly strings: readonly string[]
}

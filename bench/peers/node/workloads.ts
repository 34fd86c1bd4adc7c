// What the clients on Node do. Each is a generator: getting ready comes before its first `yield`, and each `yield` after it gives the result of a part.

import type { Connection, Connector, Keep } from './connector.ts'
import type { ClientOptions } from './contract.ts'
import { echoes } from './echoes.ts'

export type Parts = AsyncGenerator<Readonly<Record<string, number>>, void, void>

/**
 * So many times as much work comes first and does not count: the congestion window is small, and V8 still compiles, in the first hundreds of megabytes and thousands
 * of requests and connections, on threads that take the processors from either side.
 */
const WARM_UP = 2

/** Of connections it is more: what a program does once for each, V8 compiles for good when it has been done some thousand times. */
const CONNECTIONS_WARM_UP = 6

type Workload = (connector: Connector, options: ClientOptions) => Parts

const WORKLOADS: Readonly<Record<string, Workload>> = { download, upload, requests, handshakes, connections, echoes }

export function workload(connector: Connector, options: ClientOptions): Parts {
  const chosen = WORKLOADS[options.workload]
  if (chosen === undefined) throw new Error(`workload '${options.workload}' is none of ${Object.keys(WORKLOADS).join(', ')}`)
  return chosen(connector, options)
}

/** `bytes` over `streams` at once. */
function download(connector: Connector, { numbers: { bytes, streams } }: ClientOptions): Parts {
  return timed(connector, async (connection, share) => {
    const part = Math.floor((bytes * share) / streams)
    const received = await Promise.all(Array.from({ length: streams }, () => connection.exchange(0, part)))
    return received.reduce((sum, count) => sum + count, 0)
  })
}

/** The server answers one byte when it has read everything. */
function upload(connector: Connector, { numbers: { bytes } }: ClientOptions): Parts {
  return timed(connector, async (connection, share) => {
    const sent = Math.floor(bytes * share)
    await connection.exchange(sent, 1)
    return sent
  })
}

/** `count` answers of `size` bytes, `inflight` at a time. */
function requests(connector: Connector, { numbers: { count, inflight, size } }: ClientOptions): Parts {
  const work = (connection: Connection, share: number) =>
    inParallel(Math.floor(count * share), inflight, () => connection.exchange(0, size))
  return timed(connector, work)
}

/** The work untimed, then timed, as often as is asked. `work` is told how much of it, and returns how many bytes were moved. */
async function* timed(connector: Connector, work: (connection: Connection, share: number) => Promise<number>): Parts {
  const connection = await connector.connect()
  await work(connection, WARM_UP)
  await connection.redial?.()
  yield {}
  for (;;) {
    const start = performance.now()
    const bytes = await work(connection, 1)
    yield { seconds: secondsSince(start), bytes }
  }
}

/** `count` connections, each with one answer of one byte, `inflight` at a time, and as many again each time; `kind` is full, resumed or early. */
async function* handshakes(connector: Connector, { kind, numbers: { count, inflight } }: ClientOptions): Parts {
  const keeps = Array.from({ length: inflight }, (): Keep => ({}))
  const connectOnce = async (worker: number, early: boolean) => {
    const connection = await connector.connect(kind === 'full' ? {} : { keep: keeps[worker] as Keep, early })
    const bytes = await connection.exchange(0, 1)
    await connection.close()
    return bytes
  }
  await inParallel(Math.max(inflight, count * CONNECTIONS_WARM_UP), inflight, (worker) => connectOnce(worker, false))
  yield {}
  for (;;) {
    const start = performance.now()
    const bytes = await inParallel(count, inflight, (worker) => connectOnce(worker, kind === 'early'))
    yield { seconds: secondsSince(start), bytes }
  }
}

/** Opens `count` connections, `inflight` at a time; the next part closes them. */
async function* connections(connector: Connector, { numbers: { count, inflight } }: ClientOptions): Parts {
  const open: Connection[] = []
  yield {}
  const start = performance.now()
  await inParallel(count, inflight, async () => {
    open.push(await connector.connect())
    return 1
  })
  yield { seconds: secondsSince(start), bytes: open.length }
  const closing = performance.now()
  await Promise.all(open.map((connection) => connection.close()))
  yield { seconds: secondsSince(closing), bytes: open.length }
}

/** `count` times, as many workers at once; each is told which one it is. The sum of what they return. */
async function inParallel(count: number, workers: number, work: (worker: number) => Promise<number>): Promise<number> {
  let left = count
  let sum = 0
  const run = async (worker: number): Promise<void> => {
    while (left-- > 0) {
      const part = await work(worker)
      sum += part
    }
  }
  await Promise.all(Array.from({ length: workers }, (_, worker) => run(worker)))
  return sum
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000
}

// `count` messages of `size` bytes at `rate` a second, sent when the schedule says so, whatever has come back; latency counts from the scheduled moment,
// so that a stall meets all messages that should have been sent in it. Timers are too coarse for a millisecond's schedule: it spins
// on `setImmediate`, which serves sockets at each turn.

import type { Connector } from './connector.ts'
import type { ClientOptions } from './contract.ts'
import type { Parts } from './workloads.ts'

/** Share of the messages that come first and do not count: code is not compiled yet. */
const WARM_UP = 0.2

export async function* echoes(connector: Connector, { numbers: { count, size, rate } }: ClientOptions): Parts {
  const connection = await connector.connect()
  const message = Buffer.alloc(size, 'millrace')
  const interval = 1000 / rate
  const micros = new Float64Array(count)
  let start = 0
  let returned = 0
  const send = await connection.echo((bytes) => {
    const now = performance.now()
    const before = Math.floor(returned / size)
    returned += bytes.length
    const after = Math.min(count, Math.floor(returned / size))
    for (let index = before; index < after; index++) micros[index] = (now - start - index * interval) * 1000
  })
  yield {}
  start = performance.now() + interval
  for (let sent = 0; returned < count * size; await new Promise(setImmediate)) {
    for (; sent < count && performance.now() >= start + sent * interval; sent++) send(message)
  }
  const counted = micros.slice(Math.floor(count * WARM_UP)).sort()
  const percentile = (share: number): number => counted[Math.min(counted.length - 1, Math.floor(counted.length * share))] as number
  yield { p50: percentile(0.5), p90: percentile(0.9), p99: percentile(0.99), p999: percentile(0.999) }
}

// `count` messages of `size` bytes at `rate` a second, sent when the schedule says so, whatever has come back; latency counts from the scheduled moment,
// so that a stall meets all messages that should have been sent in it. Timers are too coarse for a millisecond's schedule: it spins
// on `setImmediate`, which serves sockets at each turn.

import type { Connector } from './connector.ts'
import type { ClientOptions } from './contract.ts'
import type { Parts } from './workloads.ts'

/**
 * Before those that count so many times as many come back one after another: V8 goes on compiling what a message passes through for some fifty thousand
 * of them, on threads that take the processors from either side.
 */
const WARM_UP = 6

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
  for (let sent = 1; sent <= count * WARM_UP; sent++) {
    send(message)
    while (returned < sent * size) await new Promise(setImmediate)
  }
  yield {}
  for (;;) {
    returned = 0
    start = performance.now() + interval
    for (let sent = 0; returned < count * size; await new Promise(setImmediate)) {
      for (; sent < count && performance.now() >= start + sent * interval; sent++) send(message)
    }
    micros.sort()
    const percentile = (share: number): number => micros[Math.min(count - 1, Math.floor(count * share))] as number
    yield { p50: percentile(0.5), p90: percentile(0.9), p99: percentile(0.99), p999: percentile(0.999) }
  }
}

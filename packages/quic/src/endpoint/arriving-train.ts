// Hands a connection what arrives for it in a row together: trains that the kernel has glued (udp(7), UDP_GRO) hold datagrams that are alike.
import type { ReceivedBatch } from '@millrace/native'
import type { Arrival, Connection } from '../core/connection.ts'
import { MAX_ARRIVING_RUN } from '../core/limits.ts'

/**
 * The connection has received the `i`th datagram of a batch, by `arrival`: it takes in those behind it that are alike, as long as it finds nothing to look at more
 * closely. Returns how many it took.
 */
export function receiveAlike(connection: Connection, arrival: Writable<Arrival>, batch: ReceivedBatch, i: number, now: number): number {
  const idLength = connection.localIds.length
  let taken = 0
  for (let most = likeLast(batch, i, idLength); most > 0; most = likeLast(batch, i + taken, idLength)) {
    arrival.offset = batch.offset(i + taken + 1)
    const more = connection.receiveMore(arrival, most, now)
    if (more === 0) break
    taken += more
  }
  return taken
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Datagrams behind the `i`th that lie in memory as if they were cut from one piece with it, and have all in common with it that tells where a datagram comes from and
 * how: length, sender, ECN codepoint. The first of them is for the same connection id, if both have short headers. Never more than a run has, so that whatever they
 * turn out to be, none is looked at often.
 */
function likeLast(batch: ReceivedBatch, i: number, idLength: number): number {
  if (i + 1 >= batch.count) return 0
  const length = batch.length(i)
  const start = batch.offset(i)
  const { bytes } = batch.memory
  if (length <= idLength || batch.offset(i + 1) !== start + length || batch.length(i + 1) !== length) return 0
  for (let at = start + 1; at <= start + idLength; at++) if (bytes[at] !== bytes[at + length]) return 0
  const from = batch.from(i)
  const ecn = batch.ecn(i)
  let count = 0
  for (let next = i + 1; count < MAX_ARRIVING_RUN && next < batch.count; next++, count++) {
    if (batch.length(next) !== length || batch.offset(next) !== start + (count + 1) * length) break
    if (batch.ecn(next) !== ecn || batch.from(next) !== from) break
  }
  return count
}

// Windows that grow with what the path can carry. RFC 9000 section 4.2 leaves the policy to the receiver.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connected, upload } from './support/connected.ts'

const KIB = 1024
const MIB = 1024 * KIB
const DELAY_MILLIS = 50

/** Virtual milliseconds that an upload takes over a path that only the window limits in the end. */
function uploadMillis(bytes: number, maxStreamWindow: number): number {
  const pair = connected({
    delayMillis: DELAY_MILLIS,
    server: { initialMaxStreamDataUni: 64 * KIB, initialMaxData: 64 * MIB },
    connection: () => ({ maxStreamWindow }),
  })
  const start = pair.now
  assert.ok(upload(pair, bytes))
  const millis = pair.now - start
  pair.release()
  return millis
}

test('a window that holds its sender back grows until it does not', () => {
  const fixed = uploadMillis(8 * MIB, 0)
  const growing = uploadMillis(8 * MIB, 16 * MIB)
  // Half a window, or a whole one, goes in each round trip: 128 of them at the least, against the few that slow start takes.
  assert.ok(fixed > (8 * MIB * 2 * DELAY_MILLIS) / (64 * KIB), `${fixed} ms`)
  assert.ok(growing < fixed / 4, `${growing} ms against ${fixed} ms`)
})

test('a window does not grow past its limit, nor where the reader is the slow one', () => {
  const pair = connected({
    delayMillis: DELAY_MILLIS,
    server: { initialMaxStreamDataUni: 64 * KIB, initialMaxData: 64 * MIB },
    connection: () => ({ maxStreamWindow: 100 * KIB }),
  })
  upload(pair, MIB)
  for (const stream of pair.server.connection.streams.all()) assert.ok(stream.receive!.credit.window <= 100 * KIB)
  // Nobody reads this one: it stays as it began.
  const unread = pair.client.connection.streams.openStream('uni')!
  unread.send!.write(Buffer.alloc(MIB))
  pair.onevent = () => {}
  pair.run(() => false, 5000)
  const received = pair.server.connection.streams.find(unread.id)!.receive!
  assert.deepEqual([received.credit.window, received.received], [64 * KIB, 64 * KIB])
  pair.release()
})

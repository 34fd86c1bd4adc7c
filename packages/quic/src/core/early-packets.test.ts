import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EarlyPackets } from './early-packets.ts'
import { MAX_EARLY_PACKETS } from './limits.ts'

const handshake = 'handshake'
const application = '1rtt'

test('packets wait by level, oldest first, and are handed out once', () => {
  const early = new EarlyPackets()
  const source = Buffer.from('abcdef')
  early.keep(application, source, 0, 2, 1)
  early.keep(handshake, source, 2, 4, 0)
  early.keep(application, source, 4, 6, 2)
  source.fill('.')
  assert.deepEqual(
    early.take(application).map(({ bytes, ecn }) => [bytes.toString(), ecn]),
    [
      ['ab', 1],
      ['ef', 2],
    ],
  )
  assert.deepEqual(early.take(application), [])
  assert.deepEqual(
    early.take(handshake).map(({ bytes }) => bytes.toString()),
    ['cd'],
  )
})

test('only so many are kept, and room comes back', () => {
  const early = new EarlyPackets()
  const source = Buffer.alloc(10)
  for (let i = 0; i < 2 * MAX_EARLY_PACKETS; i++) early.keep(application, source, 0, 10, 0)
  early.keep(handshake, source, 0, 10, 0)
  assert.equal(early.take(application).length, MAX_EARLY_PACKETS)
  early.keep(application, source, 0, 10, 0)
  assert.equal(early.take(application).length, 1)
  // Those of one level do not keep out another's.
  assert.equal(early.take(handshake).length, 1)
})

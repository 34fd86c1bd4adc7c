import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LastPackets } from './last-packets.ts'

test('the last three are known, oldest first', () => {
  const packets = new LastPackets()
  assert.deepEqual(packets.list(), [])
  packets.add('initial', 0, 1200, 1.5)
  assert.deepEqual(packets.list(), [{ level: 'initial', number: 0, size: 1200, at: 1.5 }])
  packets.add('handshake', 0, 300, 2)
  packets.add('0rtt', 1, 400, 2.5)
  packets.add('1rtt', 2 ** 40, 50, 3)
  assert.deepEqual(packets.list(), [
    { level: 'handshake', number: 0, size: 300, at: 2 },
    { level: '0rtt', number: 1, size: 400, at: 2.5 },
    { level: '1rtt', number: 2 ** 40, size: 50, at: 3 },
  ])
})

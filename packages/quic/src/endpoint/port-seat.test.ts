import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSeats, SeatIds } from './port-seat.ts'

test('an id tells each thread whose it is, and nobody else', () => {
  const ids = makeSeats(3).map((seat) => new SeatIds(seat))
  const seen = new Set<number>()
  for (let round = 0; round < 100; round++) {
    for (const [index, maker] of ids.entries()) {
      const id = Buffer.from(maker.make(8))
      assert.deepEqual(
        ids.map((reader) => reader.otherOf(id)),
        [0, 1, 2].map((reader) => (reader === index ? null : index)),
      )
      assert.equal(new SeatIds(makeSeats(1)[0]!).otherOf(id), null, 'other secrets, and no other seat')
      seen.add(id.readUInt16BE(0))
    }
  }
  assert.ok(seen.size > 250, `${seen.size} different beginnings of 300 ids`)
})

test('ids of any length that is long enough name their seat', () => {
  const [mine, other] = makeSeats(128).map((seat) => new SeatIds(seat)) as [SeatIds, SeatIds]
  for (let length = 8; length <= 20; length++) {
    const id = Buffer.from(mine.make(length))
    assert.equal(id.length, length)
    assert.equal(other.otherOf(id), 0)
  }
})

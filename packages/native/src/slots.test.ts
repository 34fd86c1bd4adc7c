import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addressOf } from './arena.ts'
import { type Slot, SlotPool } from './slots.ts'

const SIZE = 144

describe('a pool of slots', () => {
  it('gives no two owners the same bytes, whoever takes and gives back when', () => {
    const turn = fc.oneof(fc.constant('take' as const), fc.nat(300))
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 600 }), (turns) => {
        const pool = new SlotPool(SIZE)
        const owned: Slot[] = []
        for (const each of turns) {
          if (each === 'take') owned.push(pool.take())
          else if (owned.length > 0) pool.give(owned.splice(each % owned.length, 1)[0]!)
        }
        const starts = owned.map(({ address }) => address).toSorted((a, b) => a - b)
        for (let i = 1; i < starts.length; i++) assert.ok(starts[i]! - starts[i - 1]! >= SIZE, 'two owners overlap')
      }),
    )
  })

  it('gives out nothing but zeros, inside an arena and where it says', () => {
    const pool = new SlotPool(SIZE)
    const slots = Array.from({ length: 200 }, () => pool.take())
    for (const { arena, offset, address } of slots) {
      assert.equal(address, addressOf(arena) + offset)
      assert.ok(offset >= 0 && offset + SIZE <= arena.size)
      arena.bytes.fill(0xee, offset, offset + SIZE)
    }
    for (const slot of slots) pool.give(slot)
    for (const { arena, offset } of Array.from({ length: 200 }, () => pool.take()))
      assert.deepEqual(arena.bytes.subarray(offset, offset + SIZE), Buffer.alloc(SIZE))
  })

  it('takes nothing back twice', () => {
    const pool = new SlotPool(SIZE)
    const slot = pool.take()
    pool.give(slot)
    assert.throws(() => pool.give(slot), { code: 'ERR_NATIVE_RELEASED' })
  })

  it('uses again what was given back', () => {
    const pool = new SlotPool(SIZE)
    const places = new Set<number>()
    for (let i = 0; i < 1000; i++) {
      const slot = pool.take()
      places.add(slot.address)
      pool.give(slot)
    }
    assert.equal(places.size, 1)
  })
})

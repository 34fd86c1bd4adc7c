import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Arena, addressOf } from './arena.ts'

it('an arena is zeroed memory, seen as bytes and as integers', () => {
  const arena = Arena.allocate(100)
  assert.equal(arena.size, 100)
  assert.deepEqual(arena.bytes, Buffer.alloc(100))
  arena.view.setUint32(96, 0x01020304)
  assert.deepEqual([...arena.bytes.subarray(96)], [1, 2, 3, 4])
})

it('its address is its own and stays', () => {
  const arena = Arena.allocate(1)
  const other = Arena.allocate(1)
  const address = addressOf(arena)
  assert.ok(Number.isSafeInteger(address) && address > 0)
  assert.notEqual(addressOf(other), address)
  assert.equal(addressOf(arena), address)
})

it('cannot be handed to another thread, which would free it', () => {
  const arena = Arena.allocate(64)
  const { buffer } = arena.bytes
  assert.throws(() => structuredClone(buffer, { transfer: [buffer as ArrayBuffer] }), { name: 'DataCloneError' })
  assert.equal(arena.bytes.length, 64)
})

for (const size of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
  it(`cannot hold ${size} bytes`, () => {
    assert.throws(() => Arena.allocate(size), { code: 'ERR_NATIVE_RANGE' })
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ChurnMap, ChurnSet } from './churn-map.ts'

/** Members at any time, and how many pass through: enough for hundreds of tables. */
const LIVE = 100
const PASSING = 10_000
const BYTES_EACH = 1024

test('a map that is renewed has at any time what a Map has, in the same order', () => {
  const map = new ChurnMap<number, string>()
  const model = new Map<number, string>()
  for (let key = 0; key < PASSING; key++) {
    map.set(key, `${key}`)
    model.set(key, `${key}`)
    // Some stay, and some are deleted twice.
    if (key % 50 !== 0) for (const gone of [key - LIVE, key - LIVE - 1]) assert.equal(map.delete(gone), model.delete(gone))
    assert.equal(map.size, model.size)
    if (key % 997 !== 0) continue
    assert.deepEqual([...map], [...model])
    assert.deepEqual([...map.keys()], [...model.keys()])
    assert.deepEqual([...map.values()], [...model.values()])
    assert.equal(map.get(key), `${key}`)
    assert.ok(map.has(key) && !map.has(-1))
  }
  map.clear()
  assert.equal(map.size, 0)
  assert.deepEqual([...map], [])
})

test('a set that is renewed has at any time what a Set has, in the same order', () => {
  const set = new ChurnSet<number>()
  const model = new Set<number>()
  for (let member = 0; member < PASSING; member++) {
    set.add(member).add(member)
    model.add(member)
    if (member % 50 !== 0) assert.equal(set.delete(member - LIVE), model.delete(member - LIVE))
    assert.equal(set.size, model.size)
    if (member % 997 !== 0) continue
    assert.deepEqual([...set], [...model])
    assert.deepEqual([...set.values()], [...model])
    assert.ok(set.has(member) && !set.has(-1))
  }
  set.clear()
  assert.deepEqual([...set], [])
})

test('who deletes while walking through sees the rest, and no one twice', () => {
  const set = new ChurnSet<number>()
  for (let member = 0; member < PASSING; member++) set.add(member)
  let seen = 0
  for (const member of set) {
    seen++
    assert.ok(set.delete(member))
  }
  assert.equal(seen, PASSING)
})

test('what has left is gone with the next collection of the young generation', () => {
  const collect = collector()
  for (const [name, collection] of [
    ['map', mapTurns()],
    ['set', setTurns()],
  ] as const) {
    let at = 0
    for (; at < LIVE; at++) collection.turn(at)
    // What is in it now, its table included, is old from now on.
    collect()
    const before = process.memoryUsage().heapUsed
    for (; at < PASSING; at++) collection.turn(at)
    collect({ type: 'minor' })
    const left = process.memoryUsage().heapUsed - before
    assert.ok(left < (PASSING * BYTES_EACH) / 4, `${name}: ${left} bytes are left of ${PASSING * BYTES_EACH}`)
  }
})

interface Turns {
  /** One comes, and the oldest leaves. */
  turn(at: number): void
}

function mapTurns(): Turns {
  const map = new ChurnMap<number, object>()
  return {
    turn(at) {
      map.delete(at - LIVE)
      map.set(at, newMember())
    },
  }
}

function setTurns(): Turns {
  const set = new ChurnSet<object>()
  const members: object[] = new Array(LIVE).fill({})
  return {
    turn(at) {
      const member = newMember()
      set.delete(members[at % LIVE]!)
      set.add(member)
      members[at % LIVE] = member
    },
  }
}

/** An array, whose elements lie in V8's heap. */
function newMember(): object {
  return new Array<number>(BYTES_EACH / 8).fill(0)
}

function collector(): (options?: { readonly type: 'minor' }) => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}

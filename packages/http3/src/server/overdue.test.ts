import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Overdue } from './overdue.ts'

test('who is late is told once, the oldest first; who is there in time is not', () => {
  const late: string[] = []
  const overdue = new Overdue<{ name: string }>(
    () => 100,
    ({ name }) => late.push(name),
  )
  const [first, second, third] = [{ name: 'first' }, { name: 'second' }, { name: 'third' }]
  overdue.add(first, 0)
  overdue.add(second, 10)
  overdue.add(third, 60)
  overdue.delete(second)
  overdue.check(99)
  assert.deepEqual(late, [])
  overdue.check(100)
  overdue.check(150)
  assert.deepEqual(late, ['first'])
  overdue.check(160)
  assert.deepEqual(late, ['first', 'third'])
})

test('no limit is no watch', () => {
  const overdue = new Overdue<object>(
    () => 0,
    () => assert.fail(),
  )
  overdue.add({}, 0)
  overdue.check(Number.MAX_VALUE)
})

test('a limit that changes holds for those who are watched already', () => {
  let limit = 100
  const late: object[] = []
  const overdue = new Overdue<object>(
    () => limit,
    (item) => late.push(item),
  )
  const item = {}
  overdue.add(item, 0)
  limit = 0
  overdue.check(1000)
  assert.deepEqual(late, [])
  limit = 2000
  overdue.check(1999)
  assert.deepEqual(late, [])
  overdue.check(2000)
  assert.deepEqual(late, [item])
})

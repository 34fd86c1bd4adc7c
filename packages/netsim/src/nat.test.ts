import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Nat } from './nat.ts'

test('a socket is known by its own name until its side is rebound', () => {
  const nat = new Nat()
  assert.equal(nat.outside('a'), 'a')
  assert.equal(nat.inside('a'), 'a')
  nat.rebind()
  const moved = nat.outside('a')
  assert.notEqual(moved, 'a')
  assert.equal(nat.inside(moved), 'a')
  assert.equal(nat.inside('a'), null)
  nat.rebind()
  assert.equal(nat.inside(moved), null)
})

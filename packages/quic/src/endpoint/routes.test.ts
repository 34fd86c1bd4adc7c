import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../core/connection.ts'
import { EventQueue } from '../core/events.ts'
import { LocalConnectionIds } from '../core/paths/local-connection-ids.ts'
import type { Endpoint } from './endpoint.ts'
import { Member } from './member.ts'
import { originalKey, Routes } from './routes.ts'

/** A member that is reached under one id. Neither its endpoint nor the rest of its connection matters to routes. */
function member(first: Uint8Array): Member {
  const localIds = new LocalConnectionIds(
    first,
    () => null,
    () => new Uint8Array(16),
    new EventQueue(),
  )
  return new Member({} as Endpoint, { localIds, path: { remote: null } } as unknown as Connection, null)
}

const id = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes)
const A = id(1, 2, 3, 4, 5, 6, 7, 8)
const B = id(1, 2, 3, 4, 5, 6, 7, 9)
/** Differs from A in bits that the key leaves out. */
const TWIN = id(0xff, 2, 3, 4, 5, 6, 7, 8)
const packet = (destination: Uint8Array, before = 1): Buffer => Buffer.concat([Buffer.alloc(before, 0x40), destination, Buffer.alloc(20)])

test('members are found by their ids, wherever those stand', () => {
  const routes = new Routes()
  const [a, b] = [member(A), member(B)]
  assert.equal(routes.find(packet(A), 1), undefined)
  routes.add(A, a)
  routes.add(B, b)
  for (let round = 0; round < 3; round++) {
    assert.equal(routes.find(packet(A), 1), a)
    assert.equal(routes.find(packet(B, 6), 6), b)
  }
})

test('the member that was found last is not found for another id', () => {
  const routes = new Routes()
  routes.add(A, member(A))
  assert.ok(routes.find(packet(A), 1))
  for (let byte = 0; byte < 8; byte++) {
    const other = Uint8Array.from(A)
    other[byte]! ^= 0x80
    assert.equal(routes.find(packet(other), 1), undefined, `byte ${byte}`)
  }
})

test('an id of which the key is the same is no match, and clashes', () => {
  const routes = new Routes()
  routes.add(A, member(A))
  assert.equal(routes.find(packet(TWIN), 1), undefined)
  assert.equal(routes.clashes(TWIN), true)
  assert.equal(routes.clashes(B), false)
})

test('an id that was removed leads nowhere, not even at once', () => {
  const routes = new Routes()
  routes.add(A, member(A))
  assert.ok(routes.find(packet(A), 1))
  routes.remove(A)
  assert.equal(routes.find(packet(A), 1), undefined)
  assert.equal(routes.clashes(A), false)
})

test('ids that clients chose are of any length, and apart from ours', () => {
  const routes = new Routes()
  const one = member(A)
  for (const length of [0, 1, 8, 20]) {
    const theirs = new Uint8Array(length).fill(7)
    assert.equal(routes.findOriginal(theirs), undefined)
    routes.addOriginal(originalKey(theirs), one)
    assert.equal(routes.findOriginal(theirs), one)
  }
  assert.equal(routes.find(packet(new Uint8Array(8).fill(7)), 1), undefined)
  routes.removeOriginal(originalKey(new Uint8Array(8).fill(7)))
  assert.equal(routes.findOriginal(new Uint8Array(8).fill(7)), undefined)
  assert.equal(routes.findOriginal(new Uint8Array(20).fill(7)), one)
})

test('the key of an id that a client chose never looks like a number (CVE-2026-21717)', () => {
  for (const digits of ['00000000', '12345678', '4294967294', '9007199254740991', '-1234567', '1234.567', '1e100000', 'Infinity'])
    assert.ok(Number.isNaN(Number(originalKey(Buffer.from(digits)))), digits)
  assert.notEqual(originalKey(Buffer.from('#1234567')), originalKey(Buffer.from('12345678')))
})

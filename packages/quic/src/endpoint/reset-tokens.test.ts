// The peers' stateless reset tokens: found whenever they are looked for, whether they were hashed before or not. RFC 9000 section 10.3.1.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Connection } from '../core/connection.ts'
import type { Endpoint } from './endpoint.ts'
import { Member } from './member.ts'
import { ResetTokens } from './reset-tokens.ts'

const datagram = (token: Uint8Array): Buffer => Buffer.concat([Buffer.alloc(30, 0x40), token])

/** A member whose peer would reset it by this token. */
function member(resetToken: Uint8Array | null): Member {
  return new Member({} as Endpoint, { remoteIds: { resetToken }, path: { remote: null } } as unknown as Connection, null)
}

// More than wait to be hashed, so that some are and some are not.
const COUNT = 300

test('each is found by the end of a datagram, and no other', () => {
  const tokens = new ResetTokens(randomBytes(32))
  const all = Array.from({ length: COUNT }, () => member(randomBytes(16)))
  for (const each of all) tokens.watch(each)
  for (const each of all) assert.equal(tokens.find(datagram(each.connection.remoteIds.resetToken!), 46), each)
  assert.equal(tokens.find(datagram(randomBytes(16)), 46), undefined)
})

test('one that is forgotten, or has another token by now, is found no more', () => {
  for (const looked of [false, true]) {
    const tokens = new ResetTokens(randomBytes(32))
    const all = Array.from({ length: COUNT }, () => member(randomBytes(16)))
    for (const each of all) tokens.watch(each)
    const find = (token: Uint8Array) => tokens.find(datagram(token), 46)
    const former = all.map(({ connection }) => connection.remoteIds.resetToken!)
    if (looked) assert.equal(find(former[0]!), all[0])
    const renewed = randomBytes(16)
    for (const [index, each] of all.entries()) {
      if (index === 7) Object.assign(each.connection.remoteIds, { resetToken: renewed })
      if (index === 7) tokens.watch(each)
      else tokens.forget(each)
    }
    for (const token of former) assert.equal(find(token), undefined)
    assert.equal(find(renewed), all[7])
  }
})

test('a peer that has none is not looked for', () => {
  const tokens = new ResetTokens(randomBytes(32))
  tokens.watch(member(null))
  assert.equal(tokens.find(datagram(Buffer.alloc(16)), 46), undefined)
})

// What clients keep, and that it serves once. RFC 8446 appendix C.4.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { MemorySessionStore, SavedSessions, type SessionStore } from './session-store.ts'

test('the latest goes first, each once, and tickets and tokens apart', () => {
  const store = new MemorySessionStore()
  for (let i = 0; i < 6; i++) store.put('ticket', 'a', Uint8Array.of(i))
  store.put('token', 'a', Uint8Array.of(9))
  const tickets = Array.from({ length: 5 }, () => store.take('ticket', 'a')?.[0])
  assert.deepEqual(tickets, [5, 4, 3, 2, undefined])
  assert.deepEqual([store.take('token', 'a')?.[0], store.take('token', 'a'), store.take('ticket', 'b')], [9, undefined, undefined])
})

test('the server that was heard from least lately is forgotten, and nothing is kept that is too large', () => {
  const store = new MemorySessionStore({ maxServers: 2 })
  for (const server of ['a', 'b', 'a', 'c']) store.put('ticket', server, Uint8Array.of(1))
  assert.equal(store.take('ticket', 'b'), undefined)
  assert.ok(store.take('ticket', 'a') && store.take('ticket', 'c'))
  store.put('ticket', 'd', new Uint8Array(16_385))
  assert.equal(store.take('ticket', 'd'), undefined)
})

test('host, port, name and protocols each have a place of their own', async () => {
  const store = new MemorySessionStore()
  const places = [
    ['a:1', 'a', ['x']],
    ['a:2', 'a', ['x']],
    ['a:1', 'b', ['x']],
    ['a:1', 'a', ['y']],
    ['a:1', 'a', ['x', 'y']],
  ] as const
  const saved = places.map(([address, name, alpn]) => new SavedSessions(store, address, name, alpn))
  for (const [i, place] of saved.entries()) await place.put('ticket', Uint8Array.of(i))
  const taken = await Promise.all(saved.map((place) => place.take('ticket')))
  assert.deepEqual(
    taken.map((ticket) => ticket?.[0]),
    [0, 1, 2, 3, 4],
  )
})

test('a store that fails is warned of, and is as good as empty; none is empty', async () => {
  const broken: SessionStore = {
    take: () => Promise.reject(new Error('disk on fire')),
    put: () => {
      throw new Error('disk on fire')
    },
  }
  const warned = once(process, 'warning')
  const saved = new SavedSessions(broken, 'a:1', 'a', ['x'])
  assert.equal(await saved.take('ticket'), undefined)
  await saved.put('ticket', Uint8Array.of(1))
  assert.equal((await warned)[0].code, 'MILLRACE_SESSION_STORE')
  const none = new SavedSessions(null, 'a:1', 'a', ['x'])
  await none.put('ticket', Uint8Array.of(1))
  assert.equal(await none.take('ticket'), undefined)
})

test('what a store gives that is no bytes counts as nothing: null without a word, all else with a warning', async () => {
  const giving = (saved: unknown): SavedSessions => new SavedSessions({ take: () => saved as Uint8Array, put: () => {} }, 'a:1', 'a', ['x'])
  assert.equal(await giving(null).take('token'), undefined)
  const warned = once(process, 'warning')
  assert.equal(await giving(5).take('token'), undefined)
  assert.match((await warned)[0].message, /take\(\) gave number, no Uint8Array/)
})

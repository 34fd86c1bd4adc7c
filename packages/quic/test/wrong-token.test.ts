// What no server gave is refused as a token at either side, and before anything is taken out of a client's store.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { connect, listen, MemorySessionStore } from '../src/index.ts'

it('a token that is none is refused, and costs no saved ticket', async () => {
  const token = Buffer.alloc(4)
  const taken: string[] = []
  const store = new MemorySessionStore()
  const sessionStore = {
    take(kind: 'ticket' | 'token', server: string) {
      taken.push(kind)
      return store.take(kind, server)
    },
    put: store.put.bind(store),
  }
  await assert.rejects(connect('127.0.0.1:1', { alpn: 'a', rejectUnauthorized: false, sessionStore, token }), { code: 'ERR_QUIC_OPTION' })
  assert.deepEqual(taken, [])
  await assert.rejects(
    listen(() => {}, { alpn: 'a', token }),
    { code: 'ERR_QUIC_OPTION', message: /token/ },
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Goaway, LAST_PUSH_ID, LAST_REQUEST_ID } from './goaway.ts'

test('a client learns which requests are refused, and ids only fall (RFC 9114 section 5.2)', () => {
  const goaway = new Goaway('client')
  assert.deepEqual([goaway.received, goaway.refused(0n)], [null, false])
  goaway.receive(LAST_REQUEST_ID)
  assert.equal(goaway.refused(400n), false)
  goaway.receive(8n)
  goaway.receive(8n)
  assert.deepEqual([goaway.refused(4n), goaway.refused(8n), goaway.refused(12n)], [false, true, true])
  assert.throws(() => goaway.receive(12n), { code: 'H3_ID_ERROR', scope: 'connection' })
})

for (const id of [1n, 2n, 3n, LAST_PUSH_ID]) {
  test(`a client refuses GOAWAY with ${id}, which is no request's (RFC 9114 section 7.2.6)`, () => {
    assert.throws(() => new Goaway('client').receive(id), { code: 'H3_ID_ERROR' })
  })
}

test('a server takes any push id, as long as they fall', () => {
  const goaway = new Goaway('server')
  goaway.receive(LAST_PUSH_ID)
  goaway.receive(3n)
  assert.throws(() => goaway.receive(4n), { code: 'H3_ID_ERROR' })
})

test('what we say only falls as well, and is said once', () => {
  const goaway = new Goaway('server')
  assert.equal(goaway.refuses(0n), false)
  assert.equal(goaway.send(LAST_REQUEST_ID), LAST_REQUEST_ID)
  assert.equal(goaway.send(LAST_REQUEST_ID), null)
  assert.equal(goaway.refuses(400n), false)
  assert.equal(goaway.send(8n), 8n)
  assert.equal(goaway.send(12n), null)
  assert.deepEqual([goaway.sent, goaway.refuses(4n), goaway.refuses(8n)], [8n, false, true])
})

// Connection ids of every length, on a virtual network. RFC 9000 sections 5.1, 9.5, 18.2 and 19.16.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeOf, connected, say, shakenHands, upload } from './support/connected.ts'
import { Hostile } from './support/hostile.ts'
import { Socket } from './support/pair.ts'

const LONGEST = 20

for (let length = 0; length <= LONGEST; length++) {
  test(`a client whose ids have ${length} bytes uploads, moves and is found again by a server whose ids have ${LONGEST - length || 1} (section 5.1)`, () => {
    const pair = shakenHands({ connectionIdLength: (side) => (side === 'client' ? length : LONGEST - length || 1) })
    const { client, server } = pair
    assert.ok(upload(pair, 50_000))
    client.sockets[0]!.rebind('192.0.2.1', 2000)
    assert.ok(upload(pair, 50_000))
    const second = new Socket('203.0.113.5', 5000)
    client.sockets.push(second)
    assert.ok(client.connection.migrate(second, client.connection.path.remote, pair.now))
    assert.ok(upload(pair, 50_000))
    pair.pass(3000)
    assert.equal(server.connection.path.remote.address, '203.0.113.5')
    assert.equal(client.has('connectionIdIssued'), length > 0)
    assert.ok([...server.connection.localIds.all()].every((id) => id.length === (LONGEST - length || 1)))
    pair.release()
  })
}

test('one whose ids have no length has none to retire (section 19.16)', () => {
  const pair = connected({ connectionIdLength: (side) => (side === 'client' ? 0 : 8) })
  const hostile = new Hostile(pair, pair.server)
  hostile.send([{ type: 'retireConnectionId', sequence: 0 }])
  const close = closeOf(pair.client)
  assert.ok(close?.type === 'closed' && close.initiator === 'local')
  assert.equal(close.code, 0x0an)
  pair.release()
})

test('the peer gets the other spare ids with what is said next, and not with a probe, which would then tell nobody that we have moved (sections 5.1.1 and 9.1)', () => {
  const pair = connected()
  const { server } = pair
  assert.equal(server.connection.localIds.all().length, 2)
  assert.equal(server.connection.localIds.isDue, true)
  server.connection.spaces.application.pingWanted = true
  pair.pass(100)
  assert.equal(server.connection.localIds.all().length, 2)
  say(server, Buffer.alloc(10), 'uni')
  pair.pass(100)
  assert.equal(server.connection.localIds.all().length, 4)
  pair.release()
})

test('where no further ids are to be had, the peer keeps those that it has (section 5.1.1)', () => {
  const spare = [new Uint8Array(8).fill(1)]
  const pair = connected({ connection: (side) => (side === 'server' ? { newConnectionId: () => spare.pop() ?? null } : {}) })
  const { localIds } = pair.server.connection
  assert.equal(localIds.all().length, 2)
  const before = Buffer.from(pair.client.connection.remoteIds.current)
  assert.equal(localIds.rotate(4), false)
  assert.ok(upload(pair, 50_000))
  assert.ok(before.equals(pair.client.connection.remoteIds.current), 'the one in use is still good')
  pair.release()
})

test('an end goes on under another of its peer, which hears that the former one is retired (sections 5.1.2 and 9.5)', () => {
  const pair = connected()
  pair.pass(100)
  const { paths, remoteIds } = pair.client.connection
  const former = Buffer.from(remoteIds.current)
  assert.ok(paths.changeId())
  assert.ok(!former.equals(remoteIds.current))
  assert.ok(upload(pair, 50_000))
  pair.pass(100)
  const active = [...pair.server.connection.localIds.all()].map((id) => Buffer.from(id).toString('hex'))
  assert.ok(!active.includes(former.toString('hex')))
  assert.equal(active.length, 4, 'and gives another for it')
  pair.release()
})

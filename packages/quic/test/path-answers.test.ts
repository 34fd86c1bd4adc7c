// A challenge is answered whatever the congestion window says: the peer gives a path up that stays silent. RFC 9000 sections 8.2.2 and 8.2.4.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connected, say } from './support/connected.ts'
import { Hostile } from './support/hostile.ts'

test('a full congestion window does not keep back the answer to a PATH_CHALLENGE', () => {
  const pair = connected()
  const peer = new Hostile(pair, pair.server)
  say(pair.client, new Uint8Array(1_000_000))
  peer.listen(100)
  const { recovery, path } = pair.client.connection
  assert.ok(recovery.congestionRoom() < path.mtu.size, 'the window is not full')
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  peer.send([{ type: 'pathChallenge', data }])
  assert.deepEqual(peer.all('pathResponse'), [{ type: 'pathResponse', data }])
  assert.equal(peer.verdict, null)
  pair.release()
})

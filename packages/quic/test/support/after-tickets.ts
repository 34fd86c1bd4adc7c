// A handshake, and the place in the stream of CRYPTO bytes behind the tickets that the server sends after it: what comes next there, a test decides.
import assert from 'node:assert/strict'
import { settle } from './connected.ts'
import { Hostile } from './hostile.ts'
import { Pair } from './pair.ts'

export interface AfterTickets {
  readonly pair: Pair
  /** Speaks for the server. */
  readonly hostile: Hostile
  /** CRYPTO bytes of the server's that follow what it has said. */
  say(data: Uint8Array): void
}

export function afterTickets(): AfterTickets {
  const pair = new Pair()
  const { crypto } = pair.client.connection.spaces.application
  const receive = crypto.receive.bind(crypto)
  let offset = 0
  crypto.receive = (from, data) => {
    offset = Math.max(offset, from + data.length)
    receive(from, data)
  }
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  settle(pair)
  assert.ok(offset > 0, 'the server has sent tickets')
  const hostile = new Hostile(pair, pair.server)
  return { pair, hostile, say: (data) => void hostile.send([{ type: 'crypto', offset, data }]) }
}

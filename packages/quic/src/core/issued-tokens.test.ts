import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { IssuedTokens } from './issued-tokens.ts'
import type { Path } from './paths/path.ts'
import type { Versions } from './versions.ts'

describe('the first token that a server issues', () => {
  it('is made ahead once, and stated only when the handshake is done', () => {
    const { tokens, made } = issuing()
    tokens.prepare()
    tokens.prepare()
    assert.equal(made(), 1)
    assert.equal(tokens.isDue(1e9), false, 'however late: the client may not be where it says')
    tokens.begin(0)
    assert.equal(tokens.isDue(0), true)
    assert.equal(made(), 1)
    tokens.prepare()
    assert.equal(made(), 1, 'there is one')
  })

  it('is made when the handshake is done where it was not made ahead', () => {
    const { tokens, made } = issuing()
    tokens.begin(0)
    assert.equal(made(), 1)
    assert.equal(tokens.wantsToSend, true)
  })

  it('is made anew where the client has another address, or speaks another version by then', () => {
    const moved = issuing()
    moved.tokens.prepare()
    moved.host.path = pathAt('192.0.2.2')
    moved.tokens.begin(0)
    assert.equal(moved.made(), 2)
    const changed = issuing()
    changed.tokens.prepare()
    changed.host.versions = { current: 0x6b3343cf } as Versions
    changed.tokens.begin(0)
    assert.equal(changed.made(), 2)
  })

  it('is none where a server issues none', () => {
    const { host } = issuing()
    const tokens = new IssuedTokens(null, host)
    tokens.prepare()
    tokens.begin(0)
    assert.equal(tokens.wantsToSend, false)
  })
})

function issuing() {
  let made = 0
  const host = { path: pathAt('192.0.2.1'), versions: { current: 1 } as Versions }
  const tokens = new IssuedTokens({ make: () => Uint8Array.of(++made), renewAfterMillis: 60_000 }, host)
  return { tokens, host, made: () => made }
}

function pathAt(address: string): Path {
  return { remote: { address, port: 1 }, validated: true } as unknown as Path
}

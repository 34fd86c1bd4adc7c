import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { chooseAlpn, encodeAlpn } from './alpn.ts'

const name = fc.constantFrom('h3', 'h2', 'mqtt', 'millrace/1', 'yomo', 'h')

it('a server takes its own first choice among what it is offered', () => {
  const names = fc.uniqueArray(name, { minLength: 1 })
  fc.assert(
    fc.property(names, names, (ours, theirs) => {
      const offered = encodeAlpn(theirs)
      const at = chooseAlpn(encodeAlpn(ours), offered)
      const expected = ours.find((each) => theirs.includes(each))
      assert.equal(at < 0 ? undefined : offered.toString('latin1', at, at + offered[at - 1]!), expected)
    }),
  )
})

it('whatever is offered, a choice lies inside it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const offered = Buffer.from(bytes)
      const at = chooseAlpn(encodeAlpn(['h', 'h3', '\0']), offered)
      assert.ok(at === -1 || at + offered[at - 1]! <= offered.length)
    }),
  )
})

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ServerNames } from './server-names.ts'

it("a name finds its own entry, then its parent's wildcard, then the default", () => {
  const names = new ServerNames([
    ['*', 'default'],
    ['a.example', 'a'],
    ['*.example', 'wildcard'],
    ['B.EXAMPLE.', 'b'],
  ])
  const expected: readonly [string | null, string][] = [
    ['a.example', 'a'],
    ['A.Example.', 'a'],
    ['b.example', 'b'],
    ['c.example', 'wildcard'],
    ['x.c.example', 'default'],
    ['example', 'default'],
    ['.example', 'default'],
    ['*.example', 'wildcard'],
    ['*', 'default'],
    ['', 'default'],
    [null, 'default'],
  ]
  for (const [name, entry] of expected) assert.equal(names.find(name), entry, String(name))
})

it('without a default, other names find nothing', () => {
  const names = new ServerNames([['a.example', 1]])
  assert.equal(names.find('b.example'), undefined)
  assert.equal(names.find(null), undefined)
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { definePlugin, isPlugin } from './define.ts'

const good = { name: 'p', observed: '0x11', mold: '', handle: (value: string) => value } as const

describe('a plugin definition', () => {
  test('gives a plugin with its keys as numbers', () => {
    const plugin = definePlugin({ ...good, observed: ['0x11', 0x12, '13'] })
    assert.deepEqual(plugin.observed, [0x11, 0x12, 0x13])
    assert.equal(plugin.mold.name, 'string')
    assert.equal(plugin.concurrency, 1)
    assert.ok(isPlugin(plugin) && Object.isFrozen(plugin))
    assert.ok(!isPlugin({ ...good }) && !isPlugin(null) && !isPlugin('plugin'))
  })

  test('has the types of its molds', () => {
    definePlugin({ name: 'p', observed: 0x20, mold: { id: ['0x10', 'int32'] }, returns: [''], handle: ({ id }) => [String(id.toFixed(1))] })
    // @ts-expect-error a number is not what a text mold gives
    definePlugin({ name: 'p', observed: 0x20, mold: '', handle: (value: number) => value })
    // @ts-expect-error a number is not what a text mold takes
    definePlugin({ name: 'p', observed: 0x20, mold: '', handle: () => 1 })
  })

  const wrong: readonly (readonly [what: string, change: object, message: string | RegExp])[] = [
    ['no name', { name: undefined }, 'plugin definition: name is missing; give the plugin the name that the workflow has'],
    ['an endless name', { name: 'x'.repeat(300) }, 'plugin definition: name is over 256 bytes'],
    ['no key', { observed: undefined }, "plugin definition: observed is undefined; give a key from '0x10' to '0x3f'"],
    ['a key that is none', { observed: '0xZZ' }, "plugin definition: observed is '0xZZ'; give a key from '0x10' to '0x3f'"],
    ['a reserved key', { observed: 0x05 }, "plugin definition: observed is 5; give a key from '0x10' to '0x3f'"],
    ['a key out of range', { observed: ['0x11', '0x40'] }, "plugin definition: observed is '0x40'; give a key from '0x10' to '0x3f'"],
    ['an empty list of keys', { observed: [] }, 'plugin definition: observed has 0 keys; give 1 to 256'],
    ['a mold that is none', { mold: 'int23' }, /^plugin definition: mold is no mold: mold is "int23"/],
    ['no work', { handle: undefined }, /^plugin definition: handle is missing; give either handle/],
    ['two kinds of work', { pipe: () => {} }, /^plugin definition: handle is missing; give either handle/],
    ['no concurrency', { concurrency: 0 }, 'plugin definition: concurrency is 0; give a whole number from 1 to 1024'],
  ]
  for (const [what, change, message] of wrong) {
    test(`with ${what} is refused by the name of the field`, () => {
      assert.throws(() => definePlugin({ ...good, ...change } as typeof good), { code: 'ERR_MILLRACE_PLUGIN', message })
    })
  }
})

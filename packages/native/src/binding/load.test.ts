import assert from 'node:assert/strict'
import { it } from 'node:test'
import { bind, once, unsupported } from './load.ts'

it('a symbol that this process lacks is said in a sentence', () => {
  assert.throws(() => bind({ no_such_function: ['int', []] }, (symbol, cause) => unsupported(`There is no ${symbol}.`, cause)), {
    name: 'NativeError',
    code: 'ERR_NATIVE_UNSUPPORTED',
    message: 'There is no no_such_function.',
  })
})

it('functions of the process are bound with their types', () => {
  const { abs, strerror } = bind({ abs: ['int', ['int']], strerror: ['text', ['int']] }, (symbol) => new Error(symbol))
  assert.equal(abs(-7), 7)
  assert.equal(typeof strerror(1), 'string')
})

it('what is made once is made at the first call, and tried again after an error', () => {
  let calls = 0
  const make = once(() => {
    if (++calls === 1) throw new Error('not yet')
    return { calls }
  })
  assert.equal(calls, 0)
  assert.throws(make, /not yet/)
  assert.equal(make(), make())
  assert.equal(calls, 2)
})

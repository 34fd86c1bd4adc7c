import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Dispatcher } from 'undici'
import { requestFields } from './request-fields.ts'

const origin = new URL('https://Origin.example:8443')

function fields(options: Partial<Dispatcher.DispatchOptions>): readonly string[] {
  return requestFields({ path: '/', method: 'GET', ...options }, origin)
}

const PSEUDO = [':method', 'GET', ':scheme', 'https', ':authority', 'origin.example:8443', ':path', '/']

describe('a request (RFC 9114 section 4.3.1)', () => {
  test('has its pseudo-header fields first', () => {
    assert.deepEqual(fields({ path: '/a?b', method: 'POST', headers: { accept: '*/*' } }), [
      ':method',
      'POST',
      ':scheme',
      'https',
      ':authority',
      'origin.example:8443',
      ':path',
      '/a?b',
      'accept',
      '*/*',
    ])
  })

  test('takes headers as a list, as pairs and as an object, lists of values among them', () => {
    const lines = ['a', '1', 'b', '2', 'b', '3']
    assert.deepEqual(fields({ headers: ['A', '1', 'b', '2', 'b', '3'] }), [...PSEUDO, ...lines])
    assert.deepEqual(fields({ headers: { A: '1', b: ['2', '3'], c: undefined } }), [...PSEUDO, ...lines])
    assert.deepEqual(fields({ headers: new Map<string, string | string[]>([['A', '1'], ['b', ['2', '3']]]) }), [...PSEUDO, ...lines]) // biome-ignore format: pairs
  })

  test('names its host as :authority, and nothing that concerns one connection (section 4.2)', () => {
    const headers = {
      host: 'other.example',
      connection: 'close',
      'Keep-Alive': '5',
      'transfer-encoding': 'chunked',
      upgrade: 'x',
      te: 'gzip',
    }
    assert.deepEqual(fields({ headers }), PSEUDO.with(5, 'other.example'))
    assert.deepEqual(fields({ headers: { te: 'Trailers' } }), [...PSEUDO, 'te', 'Trailers'])
  })

  test('takes a query', () => {
    assert.equal(fields({ path: '/a', query: { b: ['1', '2'], c: 'x y' } })[7], '/a?b=1&b=2&c=x%20y')
    assert.throws(() => fields({ path: '/a?b', query: { c: '1' } }), { code: 'UND_ERR_INVALID_ARG' })
  })

  const refused: readonly Partial<Dispatcher.DispatchOptions>[] = [
    { path: 'a' },
    { path: '/a b' },
    { path: '/a\r\nx: y' },
    { path: '/\u0100' },
    { path: 'https://elsewhere.example/' },
    { method: 'GET /' },
    { method: '' },
    { headers: ['a'] },
    { headers: { 'a b': '1' } },
    { headers: { ':path': '/x' } },
    { headers: { a: '1\r\nb: 2' } },
    { headers: { a: 'x\0' } },
    { headers: { a: '\u0100' } },
    { headers: { host: 'a\nb' } },
  ]
  for (const options of refused)
    test(`with ${JSON.stringify(options)} is refused`, () => {
      assert.throws(() => fields(options), { code: 'UND_ERR_INVALID_ARG' })
    })

  test('expects no 100 (undici does not, either)', () => {
    assert.throws(() => fields({ headers: { expect: '100-continue' } }), { code: 'UND_ERR_NOT_SUPPORTED' })
  })
})

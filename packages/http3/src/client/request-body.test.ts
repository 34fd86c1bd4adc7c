import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { FormData } from 'undici'
import { type RequestBody, requestBody } from './request-body.ts'

async function text(chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>): Promise<string> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(parts).toString()
}

async function* generated(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('a')
  yield Buffer.from('bc')
}

describe('the content of a request', () => {
  const shapes: readonly (readonly [name: string, make: () => unknown, length: number | null, isReplayable: boolean])[] = [
    ['a string', () => 'abc', 3, true],
    ['a Buffer', () => Buffer.from('abc'), 3, true],
    ['part of a larger memory', () => new Uint8Array(Buffer.from('xabcx')).subarray(1, 4), 3, true],
    ['an ArrayBuffer', () => new Uint8Array(Buffer.from('abc')).buffer, 3, true],
    ['a Blob', () => new Blob(['abc']), 3, true],
    ['a Readable', () => Readable.from(['a', 'bc']), null, false],
    ['an async iterable', generated, null, false],
    ['an iterable', () => ['a', Buffer.from('bc')], null, false],
    ['a Web Stream', () => new Blob(['abc']).stream(), null, false],
  ]
  for (const [name, make, length, isReplayable] of shapes)
    test(`may be ${name}`, async () => {
      const body = requestBody(make()) as RequestBody
      assert.equal(body.length, length)
      assert.ok(body.isReplayable, 'nobody has begun to read')
      assert.equal(await text(body.chunks()), 'abc')
      assert.equal(body.isReplayable, isReplayable)
      if (isReplayable) assert.equal(await text(body.chunks()), 'abc')
    })

  test('is none where there is nothing', () => {
    for (const nothing of [undefined, null, '', Buffer.alloc(0)]) assert.equal(requestBody(nothing), null)
  })

  test('as FormData brings its type, whose boundary is the one in the content', async () => {
    const form = new FormData()
    form.set('field', 'value')
    const body = requestBody(form)!
    const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(body.type!)![1]!
    const content = await text(body.chunks())
    assert.ok(content.startsWith(`--${boundary}\r\n`) && content.includes('value'), content)
  })

  test('stays whole while the fallback has not begun to read it', async () => {
    const readable = Readable.from(['abc'])
    const body = requestBody(readable)!
    body.forFallback()
    assert.ok(body.isReplayable)
    assert.equal(await text(body.chunks()), 'abc')
  })

  test('is destroyed with the error that ends the request', () => {
    const readable = Readable.from(['abc']).on('error', () => {})
    const error = new Error('enough')
    requestBody(readable)!.destroy(error)
    assert.equal(readable.errored, error)
  })

  test('of another kind is refused', () => {
    assert.throws(() => requestBody({}), { code: 'UND_ERR_INVALID_ARG' })
    assert.throws(() => requestBody(5), { code: 'UND_ERR_INVALID_ARG' })
  })
})

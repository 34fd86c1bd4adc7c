// fetch as its standard has it (https://fetch.spec.whatwg.org), over HTTP/3 alone.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { fetch } from '../src/client/fetch.ts'
import { fieldValue } from '../src/core/fields/field-section.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import { readAll } from './support/loopback.ts'
import { agent, echoHttp3, origin } from './support/origin.ts'

const path = (stream: Http3Stream): string => fieldValue(stream.requestFields, ':path')!

async function served(answer: (stream: Http3Stream) => unknown) {
  const { url } = await origin({ http3: answer })
  return { url, dispatcher: agent({ http3: 'only' }) }
}

describe('fetch', () => {
  test('follows redirects with the method that each status calls for', async () => {
    const heard: string[] = []
    const { url, dispatcher } = await served(async (stream) => {
      heard.push(`${fieldValue(stream.requestFields, ':method')} ${path(stream)} ${await readAll(stream)}`)
      const status = /\/(\d+)/.exec(path(stream))?.[1]
      stream.respond(status === undefined ? [':status', '200'] : [':status', status, 'location', '/end'], { endStream: true })
    })
    for (const status of [303, 307]) {
      const response = await fetch(`${url}/${status}`, { dispatcher, method: 'POST', body: 'content' })
      assert.equal(response.url, `${url}/end`)
      assert.ok(response.redirected)
    }
    assert.deepEqual(heard, ['POST /303 content', 'GET /end ', 'POST /307 content', 'POST /end content'])
    assert.equal((await fetch(`${url}/302`, { dispatcher, redirect: 'manual' })).status, 302)
    await assert.rejects(fetch(`${url}/302`, { dispatcher, redirect: 'error' }), TypeError)
  })

  test('gives up after twenty redirects', async () => {
    let count = 0
    const { url, dispatcher } = await served((stream) => {
      count++
      stream.respond([':status', '302', 'location', '/again'], { endStream: true })
    })
    await assert.rejects(fetch(url, { dispatcher }), TypeError)
    assert.equal(count, 21)
  })

  test('streams both ways at once', async () => {
    const { url, dispatcher } = await served(echoHttp3)
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const response = await fetch(url, { dispatcher, method: 'POST', body: readable, duplex: 'half' })
    const reader = response.body!.getReader()
    for (const word of ['one', 'two', 'three']) {
      void writer.write(Buffer.from(word))
      const { value } = await reader.read()
      assert.equal(Buffer.from(value as Uint8Array).toString(), word)
    }
    await writer.close()
    assert.ok((await reader.read()).done)
  })

  test('aborted before the response, or after it, tells the server (RFC 9114 section 4.1.1)', async () => {
    let told = Promise.withResolvers<unknown>()
    let asked = Promise.withResolvers<void>()
    const { url, dispatcher } = await served((stream) => {
      stream.signal.addEventListener('abort', () => told.resolve(stream.signal.reason.code))
      if (path(stream) === '/respond') stream.respond([':status', '200'])
      asked.resolve()
    })
    for (const where of ['/wait', '/respond']) {
      const giver = new AbortController()
      told = Promise.withResolvers()
      asked = Promise.withResolvers()
      const answer = fetch(url + where, { dispatcher, signal: giver.signal })
      await asked.promise
      const content = where === '/respond' ? (await answer).text() : answer
      giver.abort()
      await assert.rejects(content, { name: 'AbortError' })
      assert.match(String(await told.promise), /^ERR_HTTP3_(RESET|STOPPED)$/)
    }
    await assert.rejects(fetch(url, { dispatcher, signal: AbortSignal.abort() }), { name: 'AbortError' })
  })

  test('sends forms, Node’s own and undici’s, and Requests of Node’s own', async () => {
    const { url, dispatcher } = await served(async (stream) => {
      const content = await readAll(stream)
      stream.respond([':status', '200', 'content-type', fieldValue(stream.requestFields, 'content-type')!])
      stream.writeSync(content)
      stream.end()
    })
    const form = new FormData()
    form.set('field', 'välue')
    form.set('file', new File(['content'], 'name.txt', { type: 'text/plain' }))
    const answered = await (await fetch(url, { dispatcher, method: 'POST', body: form })).formData()
    assert.equal(answered.get('field'), 'välue')
    assert.equal(await (answered.get('file') as File).text(), 'content')
    assert.equal((answered.get('file') as File).name, 'name.txt')
    const foreign = new Request(url, { method: 'PUT', body: 'text', headers: { 'content-type': 'text/x' } })
    const response = await fetch(foreign, { dispatcher })
    assert.equal(response.headers.get('content-type'), 'text/x')
    assert.equal(await response.text(), 'text')
  })

  test('decodes what is compressed', async () => {
    const { url, dispatcher } = await served((stream) => {
      assert.match(fieldValue(stream.requestFields, 'accept-encoding')!, /gzip/)
      stream.respond([':status', '200', 'content-encoding', 'gzip'])
      stream.writeSync(gzipSync('plain text'))
      stream.end()
    })
    assert.equal(await (await fetch(url, { dispatcher })).text(), 'plain text')
  })

  test('keeps each Set-Cookie, bytes beyond ASCII, and a name that means something to JavaScript', async () => {
    const { url, dispatcher } = await served((stream) =>
      stream.respond([':status', '204', 'set-cookie', 'a=1', 'set-cookie', 'b=2', 'x-latin', 'caf\u00e9', '__proto__', 'x'], {
        endStream: true,
      }),
    )
    const { headers } = await fetch(url, { dispatcher })
    assert.deepEqual(headers.getSetCookie(), ['a=1', 'b=2'])
    assert.equal(headers.get('x-latin'), 'caf\u00e9')
    assert.equal(headers.get('__proto__'), 'x')
  })

  test('asks for the head alone, and for names by IPv6 and address', async () => {
    const { url, dispatcher } = await served((stream) => stream.respond([':status', '200', 'content-length', '1000'], { endStream: true }))
    const response = await fetch(url.replace('localhost', '127.0.0.1'), { dispatcher, method: 'HEAD' })
    assert.equal(response.headers.get('content-length'), '1000')
    assert.equal(await response.text(), '')
  })

  test('without a dispatcher goes by one agent for the whole process', async () => {
    await assert.rejects(fetch('https://localhost:2/'), ({ cause }) => cause.code === 'ECONNREFUSED')
    const agents = Object.getOwnPropertySymbols(globalThis).filter((symbol) => symbol.description === 'millrace.http3.agent')
    assert.equal(agents.length, 1)
  })
})

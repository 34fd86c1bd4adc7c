// Koa 3, unchanged, in each version of HTTP: what its guide documents.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import Koa from 'koa'
import { inEachVersion, served } from '../support/served.ts'

function app(): Koa {
  const app = new Koa()
  // Errors are the client's to see here, not the log's.
  app.silent = true
  app.use(async (context, next) => {
    await next()
    context.set('x-after', context.path)
  })
  app.use(async (context, next) => {
    switch (context.path) {
      case '/':
        context.body = 'hello'
        return
      case '/about': {
        const { protocol, secure, hostname, ip, query, method } = context
        context.body = { protocol, secure, hostname, ip, query, method, version: context.req.httpVersion }
        return
      }
      case '/body': {
        const chunks: Buffer[] = []
        for await (const chunk of context.req) chunks.push(chunk as Buffer)
        context.status = 201
        context.body = { got: Buffer.concat(chunks).toString(), length: context.request.length, type: context.request.type }
        return
      }
      case '/stream':
        context.type = 'text/plain'
        context.body = Readable.from([Buffer.from('one '), Buffer.from('two '), Buffer.from('three')])
        return
      case '/web':
        context.body = new Response('of the web', { status: 202, headers: { 'x-web': 'yes' } })
        return
      case '/cookie':
        context.cookies.set('a', 'b')
        context.cookies.set('c', 'd', { httpOnly: false })
        context.body = context.cookies.get('mine') ?? 'none'
        return
      case '/redirect':
        context.redirect('/')
        return
      case '/fresh':
        context.etag = 'constant'
        context.status = 200
        if (context.fresh) context.status = 304
        else context.body = 'content'
        return
      case '/accepted':
        context.status = 202
        return
      case '/breaks':
        context.body = Readable.from(breaks())
        return
      case '/empty':
        context.body = null
        return
      case '/throws':
        context.throw(418, 'refused')
        return
      case '/fails':
        throw new Error('inside')
    }
    await next()
  })
  return app
}

/** A stream that fails in its midst. */
async function* breaks(): AsyncGenerator<Buffer> {
  yield Buffer.from('one')
  throw new Error('two')
}

const start = () => served(app().callback())

inEachVersion('koa: a body answers, middleware goes on after it, HEAD has no content', start, async (client) => {
  const { status, text, headers } = await client.ask('/')
  assert.deepEqual([status, text, headers['x-after']], [200, 'hello', '/'])
  const head = await client.ask('/', { method: 'HEAD' })
  assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', '5'])
})

inEachVersion('koa: what a request says of itself and its connection', start, async (client) => {
  assert.deepEqual(JSON.parse((await client.ask('/about?a=b&a=c')).text), {
    protocol: 'https',
    secure: true,
    hostname: 'localhost',
    ip: '127.0.0.1',
    query: { a: ['b', 'c'] },
    method: 'GET',
    version: client.version,
  })
})

inEachVersion('koa: bodies are read, streams and web responses are sent', start, async (client) => {
  const headers = { 'content-type': 'text/plain', 'content-length': '4' }
  const { status, text } = await client.ask('/body', { method: 'POST', headers, body: 'body' })
  assert.deepEqual([status, JSON.parse(text)], [201, { got: 'body', length: 4, type: 'text/plain' }])
  assert.equal((await client.ask('/stream')).text, 'one two three')
  const web = await client.ask('/web')
  assert.deepEqual([web.status, web.text, web.headers['x-web']], [202, 'of the web', 'yes'])
})

inEachVersion('koa: cookies, redirects, validators, no content', start, async (client) => {
  const cookie = await client.ask('/cookie', { headers: { cookie: 'mine=1' } })
  assert.deepEqual([cookie.text, cookie.headers['set-cookie']], ['1', ['a=b; path=/; secure; httponly', 'c=d; path=/; secure']])
  const { status, headers } = await client.ask('/redirect')
  assert.deepEqual([status, headers.location], [302, '/'])
  assert.equal((await client.ask('/fresh')).text, 'content')
  assert.equal((await client.ask('/fresh', { headers: { 'if-none-match': '"constant"' } })).status, 304)
  assert.equal((await client.ask('/empty')).status, 204)
})

inEachVersion('koa: errors, and what nobody serves', start, async (client) => {
  const { status, text } = await client.ask('/throws')
  assert.deepEqual([status, text], [418, 'refused'])
  const failed = await client.ask('/fails')
  assert.deepEqual([failed.status, failed.text], [500, 'Internal Server Error'])
  assert.equal((await client.ask('/nowhere')).status, 404)
})

inEachVersion('koa: a status is its own content, by its phrase in HTTP/1.1 alone', start, async (client) => {
  const { status, text } = await client.ask('/accepted')
  assert.deepEqual([status, text], [202, client.version === '1.1' ? 'Accepted' : '202'])
})

inEachVersion('koa: content that breaks off is not taken for whole', start, async (client) => {
  await assert.rejects(client.ask('/breaks'))
  assert.equal((await client.ask('/')).text, 'hello')
})

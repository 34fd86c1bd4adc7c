// Hono, unchanged, by `serve`, in each version of HTTP: what its guide documents.
import assert from 'node:assert/strict'
import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { streamSSE, streamText } from 'hono/streaming'
import { serve } from '../../src/index.ts'
import { identity } from '../support/client.ts'
import { inEachVersion, servedBy } from '../support/served.ts'

function app(): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    await next()
    context.header('x-after', context.req.path)
  })
  app.get('/', (context) => context.text('hello'))
  app.get('/users/:id', (context) => context.json({ id: context.req.param('id'), x: context.req.query('x') }))
  app.post('/json', async (context) => context.json(await context.req.json(), 201))
  app.post('/form', async (context) => context.json(await context.req.parseBody()))
  app.get('/cookie', (context) => {
    setCookie(context, 'a', 'b')
    setCookie(context, 'c', 'd')
    return context.body(null, 204)
  })
  app.get('/redirect', (context) => context.redirect('/'))
  app.get('/stream', (context) =>
    streamText(context, async (stream) => {
      for (const piece of ['one ', 'two ', 'three']) await stream.write(piece)
    }),
  )
  app.get('/events', (context) => streamSSE(context, (stream) => stream.writeSSE({ event: 'tick', data: '1' })))
  app.get('/throws', () => {
    throw new HTTPException(418, { message: 'refused' })
  })
  const inner = new Hono().get('/thing', (context) => context.html('<p>inner</p>'))
  app.route('/inner', inner)
  app.onError((error, context) => (error instanceof HTTPException ? error.getResponse() : context.text('failed', 500)))
  return app
}

const start = async () => servedBy(await serve({ ...identity, fetch: app().fetch, port: 0, hostname: '127.0.0.1' }))

inEachVersion('hono: a route answers, middleware goes on after it, HEAD has no content', start, async (client) => {
  const { status, text, headers } = await client.ask('/')
  assert.deepEqual([status, text, headers['x-after']], [200, 'hello', '/'])
  const head = await client.ask('/', { method: 'HEAD' })
  assert.deepEqual([head.status, head.text], [200, ''])
})

inEachVersion('hono: parameters, query, bodies', start, async (client) => {
  assert.equal((await client.ask('/users/7?x=1')).text, '{"id":"7","x":"1"}')
  const json = await client.ask('/json', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":[1]}' })
  assert.deepEqual([json.status, json.text], [201, '{"a":[1]}'])
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  assert.equal((await client.ask('/form', { method: 'POST', headers: form, body: 'b=2' })).text, '{"b":"2"}')
})

inEachVersion('hono: cookies, redirects, streams, events', start, async (client) => {
  const cookie = await client.ask('/cookie')
  assert.deepEqual([cookie.status, cookie.headers['set-cookie']], [204, ['a=b; Path=/', 'c=d; Path=/']])
  const { status, headers } = await client.ask('/redirect')
  assert.deepEqual([status, headers.location], [302, '/'])
  assert.equal((await client.ask('/stream')).text, 'one two three')
  assert.equal((await client.ask('/events')).text, 'event: tick\ndata: 1\n\n')
})

inEachVersion('hono: apps in apps, errors, and what nobody serves', start, async (client) => {
  assert.equal((await client.ask('/inner/thing')).text, '<p>inner</p>')
  const { status, text } = await client.ask('/throws')
  assert.deepEqual([status, text], [418, 'refused'])
  assert.equal((await client.ask('/nowhere')).status, 404)
})

// Express 5, unchanged, in each version of HTTP: what its guide documents.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after } from 'node:test'
import express, { type NextFunction, type Request, type Response } from 'express'
import { inEachVersion, served } from '../support/served.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-express-'))
after(() => rmSync(directory, { recursive: true }))
writeFileSync(join(directory, 'hello.txt'), 'hello from a file')

function app(): express.Express {
  const app = express()
  app.use((_, response, next) => {
    response.set('x-first', 'middleware')
    next()
  })
  app.use(express.json(), express.urlencoded({ extended: false }), express.text())
  app.use('/static', express.static(directory))
  app.get('/', (_, response) => void response.send('hello'))
  app.get('/users/:id/books/:book', (request, response) => void response.json({ ...request.params, ...request.query }))
  app.post('/body', (request, response) => void response.status(201).json(request.body))
  app.get('/about', ({ protocol, secure, hostname, ip, method, httpVersion }, response) => {
    response.json({ protocol, secure, hostname, ip, method, httpVersion })
  })
  app.get('/cookie', (_, response) => void response.cookie('a', 'b', { httpOnly: true }).cookie('c', 'd').end())
  app.get('/redirect', (_, response) => void response.redirect('/'))
  app.get('/stream', (_, response) => void Readable.from(['one ', 'two ', 'three']).pipe(response))
  app.get('/file', (_, response) => void response.download(join(directory, 'hello.txt'), 'other.txt'))
  app.get(
    '/format',
    (_, response) => void response.format({ text: () => response.send('text'), json: () => response.send({ json: true }) }),
  )
  app.get('/status/:status', ({ params }, response) => void response.writeHead(Number(params.status)).end('any'))
  app.get('/throws', async () => {
    throw Object.assign(new Error('refused'), { status: 418 })
  })
  const router = express.Router()
  router
    .route('/thing')
    .get((_, response) => void response.send('got'))
    .put((_, response) => void response.send('put'))
  app.use('/router', router)
  app.use((error: Error & { status?: number }, _: Request, response: Response, __: NextFunction) => {
    response.status(error.status ?? 500).send(`failed: ${error.message}`)
  })
  return app
}

const start = () => served(app())

inEachVersion('express: a route answers, middleware ran before it, HEAD has no content', start, async (client) => {
  const { status, text, headers } = await client.ask('/')
  assert.deepEqual([status, text, headers['x-first'], headers['content-type']], [200, 'hello', 'middleware', 'text/html; charset=utf-8'])
  const head = await client.ask('/', { method: 'HEAD' })
  assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', '5'])
})

inEachVersion('express: parameters and query', start, async (client) => {
  assert.deepEqual(JSON.parse((await client.ask('/users/7/books/a%20b?x=1')).text), { id: '7', book: 'a b', x: '1' })
})

inEachVersion('express: bodies of JSON, forms and text are parsed, in pieces as well', start, async (client) => {
  const json = { 'content-type': 'application/json' }
  const whole = await client.ask('/body', { method: 'POST', headers: { ...json, 'content-length': '7' }, body: '{"a":1}' })
  assert.deepEqual([whole.status, whole.text], [201, '{"a":1}'])
  const pieces = async function* () {
    yield Buffer.from('{"b"')
    yield Buffer.from(':2}')
  }
  assert.equal((await client.ask('/body', { method: 'POST', headers: json, body: pieces() })).text, '{"b":2}')
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  assert.equal((await client.ask('/body', { method: 'POST', headers: form, body: 'c=3&d=%34' })).text, '{"c":"3","d":"4"}')
  const broken = await client.ask('/body', { method: 'POST', headers: json, body: '{' })
  assert.equal(broken.status, 400)
})

inEachVersion('express: what a request says of its connection', start, async (client) => {
  assert.deepEqual(JSON.parse((await client.ask('/about')).text), {
    protocol: 'https',
    secure: true,
    hostname: 'localhost',
    ip: '127.0.0.1',
    method: 'GET',
    httpVersion: client.version,
  })
})

inEachVersion('express: cookies, redirects, negotiation', start, async (client) => {
  assert.deepEqual((await client.ask('/cookie')).headers['set-cookie'], ['a=b; Path=/; HttpOnly', 'c=d; Path=/'])
  const { status, headers } = await client.ask('/redirect')
  assert.deepEqual([status, headers.location], [302, '/'])
  assert.equal((await client.ask('/format', { headers: { accept: 'application/json' } })).text, '{"json":true}')
  assert.equal((await client.ask('/format', { headers: { accept: 'image/png' } })).status, 406)
})

inEachVersion('express: streams, downloads, static files with ranges and validators', start, async (client) => {
  assert.equal((await client.ask('/stream')).text, 'one two three')
  const download = await client.ask('/file')
  assert.deepEqual([download.text, download.headers['content-disposition']], ['hello from a file', 'attachment; filename=other.txt'])
  const { status, text, headers } = await client.ask('/static/hello.txt', { headers: { range: 'bytes=6-9' } })
  assert.deepEqual([status, text, headers['content-range']], [206, 'from', 'bytes 6-9/17'])
  const fresh = await client.ask('/static/hello.txt', { headers: { 'if-none-match': String(headers.etag) } })
  assert.deepEqual([fresh.status, fresh.text], [304, ''])
  assert.equal((await client.ask('/static/../express.test.ts')).status, 404)
})

inEachVersion('express: routers, errors, and what nobody serves', start, async (client) => {
  assert.equal((await client.ask('/router/thing', { method: 'PUT' })).text, 'put')
  const { status, text } = await client.ask('/throws')
  assert.deepEqual([status, text], [418, 'failed: refused'])
  assert.equal((await client.ask('/nowhere')).status, 404)
})

// RFC 9110 section 15: they are invalid, yet node:http sends them; Node's HTTP/2 cannot.
inEachVersion('express: a status beyond 599 is refused where it cannot be sent, and the error is answered', start, async (client) => {
  assert.equal((await client.ask('/status/599')).status, 599)
  const { status, text } = await client.ask('/status/799')
  assert.deepEqual([status, text], client.version === '2.0' ? [500, 'failed: Invalid status code: 799'] : [799, 'any'])
})

// What Express 5 documents of its response, under node:https and in each version of HTTP. https://expressjs.com/en/5x/api.html#res
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after } from 'node:test'
import express, { type Request, type Response } from 'express'
import { alike, type Case } from '../support/alike.ts'

type Answers = (response: Response, request: Request) => unknown
type Program = readonly [answers: Answers, settings?: Readonly<Record<string, unknown>>]

const directory = mkdtempSync(join(tmpdir(), 'millrace-express-response-'))
after(() => rmSync(directory, { recursive: true }))
const page = join(directory, 'page.html')
writeFileSync(page, '<p>{{name}}</p>')
const HTML = 'text/html; charset=utf-8'
const template = (path: string, values: { name?: string }, done: (error: unknown, text?: string) => void): void =>
  done(null, readFileSync(path, 'utf8').replace('{{name}}', values.name ?? 'nobody'))
const formats: Answers = (response) =>
  response.format({ text: () => response.send('text'), html: () => response.send('<p>'), json: () => response.send({ json: true }) })

const CASES: readonly Case<Program>[] = [
  [
    'send: a string is HTML, with length and validator',
    [(response) => response.send('hello')],
    {},
    { headers: { 'content-type': HTML, 'content-length': '5', etag: /^W\/"/ }, text: 'hello' },
  ],
  [
    'send: bytes',
    [(response) => response.send(Buffer.from('bytes'))],
    {},
    { headers: { 'content-type': 'application/octet-stream' }, text: 'bytes' },
  ],
  [
    'send: objects are JSON',
    [(response) => response.send({ a: [1] })],
    {},
    { headers: { 'content-type': 'application/json; charset=utf-8' }, json: { a: [1] } },
  ],
  [
    'send: HEAD has the fields and no content',
    [(response) => response.send('hello')],
    { method: 'HEAD' },
    { headers: { 'content-length': '5' }, text: '' },
  ],
  [
    'send: 304 for who has it',
    [(response) => response.set('etag', '"e"').send('hello')],
    { headers: { 'if-none-match': '"e"' } },
    { status: 304, headers: { 'content-length': null, 'content-type': null }, text: '' },
  ],
  [
    'send: 204 has no content',
    [(response) => response.status(204).send('gone')],
    {},
    { status: 204, headers: { 'content-length': null }, text: '' },
  ],
  [
    'send: 205 has none either',
    [(response) => response.status(205).send('gone')],
    {},
    { status: 205, headers: { 'content-length': '0' }, text: '' },
  ],
  [
    'send: strong validators where they are set',
    [(response) => response.send('hello'), { etag: 'strong' }],
    {},
    { headers: { etag: /^"/ } },
  ],
  ['send: none where they are not', [(response) => response.send('hello'), { etag: false }], {}, { headers: { etag: null } }],
  [
    'json: spaces and replacer',
    [(response) => response.json({ a: 1, b: 2 }), { 'json spaces': 2, 'json replacer': ['a'] }],
    {},
    { text: '{\n  "a": 1\n}' },
  ],
  [
    'json: escapes where it is asked to',
    [(response) => response.json('<&>'), { 'json escape': true }],
    {},
    { text: '"\\u003c\\u0026\\u003e"' },
  ],
  ['json: null', [(response) => response.json(null)], {}, { text: 'null' }],
  [
    'jsonp: calls who asked',
    [(response) => response.jsonp({ a: 1 })],
    { path: '/?callback=f' },
    {
      headers: { 'content-type': 'text/javascript; charset=utf-8', 'x-content-type-options': 'nosniff' },
      text: '/**/ typeof f === \'function\' && f({"a":1});',
    },
  ],
  ['jsonp: plain JSON without a name', [(response) => response.jsonp({ a: 1 })], {}, { json: { a: 1 } }],
  [
    'jsonp: another name of the parameter',
    [(response) => response.jsonp(1), { 'jsonp callback name': 'cb' }],
    { path: '/?cb=g' },
    { text: /g\(1\)/ },
  ],
  ['sendStatus: its phrase is the content', [(response) => response.sendStatus(418)], {}, { status: 418, text: "I'm a Teapot" }],
  ['sendStatus: one that nobody knows', [(response) => response.sendStatus(599)], {}, { status: 599, text: '599' }],
  ['status: is refused where it is none', [(response) => response.status(1000)], {}, { status: 500 }],
  [
    'set, get and type: charsets are added, values are lists',
    [
      (response) =>
        response
          .set({ 'X-A': 'a', 'x-b': ['b', 'c'] })
          .type('txt')
          .send(response.get('x-a')),
    ],
    {},
    { headers: { 'x-a': 'a', 'x-b': 'b, c', 'content-type': 'text/plain; charset=utf-8' }, text: 'a' },
  ],
  [
    'append: after what is there',
    [(response) => response.set('x-a', 'a').append('X-A', ['b', 'c']).append('x-d', 'd').end()],
    {},
    { headers: { 'x-a': 'a, b, c', 'x-d': 'd' } },
  ],
  [
    'append: links and warnings are lines of their own',
    [(response) => response.append('Link', '</a>').append('Link', '</b>').end()],
    {},
    { headers: { link: '</a>, </b>' } },
  ],
  [
    'attachment: with type and name',
    [(response) => response.attachment('dir/Größe.png').end()],
    {},
    {
      headers: {
        'content-disposition': 'attachment; filename="Gr??e.png"; filename*=UTF-8\'\'Gr%C3%B6%C3%9Fe.png',
        'content-type': 'image/png',
      },
    },
  ],
  [
    'attachment: without a name',
    [(response) => response.attachment().end('x')],
    {},
    { headers: { 'content-disposition': 'attachment', 'content-type': null } },
  ],
  [
    'cookie: each is a line',
    [
      (response) =>
        response
          .cookie('a', 'b c', { httpOnly: true, secure: true, sameSite: 'strict', domain: 'example.com', path: '/p' })
          .cookie('d', { e: 1 })
          .end(),
    ],
    {},
    {
      headers: {
        'set-cookie': ['a=b%20c; Domain=example.com; Path=/p; HttpOnly; Secure; SameSite=Strict', 'd=j%3A%7B%22e%22%3A1%7D; Path=/'],
      },
    },
  ],
  [
    'cookie: signed by the secret',
    [(response, request) => Object.assign(request, { secret: 's' }) && response.cookie('a', 'b', { signed: true }).end()],
    {},
    { headers: { 'set-cookie': /^a=s%3Ab\./ } },
  ],
  ['cookie: signed without a secret fails', [(response) => response.cookie('a', 'b', { signed: true }).end()], {}, { status: 500 }],
  [
    'clearCookie: it was long ago',
    [(response) => response.clearCookie('a', { path: '/p' }).end()],
    {},
    { headers: { 'set-cookie': ['a=; Path=/p; Expires=Thu, 01 Jan 1970 00:00:00 GMT'] } },
  ],
  [
    'format: what the client likes best',
    [formats],
    { headers: { accept: 'application/json, text/*;q=0.1' } },
    { headers: { vary: 'Accept' }, json: { json: true } },
  ],
  ['format: the first where all will do', [formats], {}, { text: 'text' }],
  ['format: nothing will do', [formats], { headers: { accept: 'image/png' } }, { status: 406 }],
  [
    'format: a default',
    [(response) => response.format({ json: () => response.send('{}'), default: () => response.status(200).send('default') })],
    { headers: { accept: 'image/png' } },
    { text: 'default' },
  ],
  [
    'links: by relation',
    [(response) => response.links({ next: '/?2', last: ['/?5', '/?6'] }).end()],
    {},
    { headers: { link: '</?2>; rel="next", </?5>; rel="last", </?6>; rel="last"' } },
  ],
  ['location: is encoded', [(response) => response.location('/a b?ü').end()], {}, { headers: { location: '/a%20b?%C3%BC' } }],
  [
    'redirect: 302, with text for who reads it',
    [(response) => response.redirect('/there')],
    { headers: { accept: 'text/plain' } },
    { status: 302, headers: { location: '/there', vary: 'Accept' }, text: 'Found. Redirecting to /there' },
  ],
  [
    'redirect: HTML, escaped',
    [(response) => response.redirect(301, '/<there>')],
    { headers: { accept: 'text/html' } },
    { status: 301, text: /&lt;|%3C/ },
  ],
  ['redirect: HEAD', [(response) => response.redirect('/there')], { method: 'HEAD' }, { status: 302, text: '' }],
  [
    'vary: once each',
    [(response) => response.vary('Accept').vary('accept').vary('Origin').end()],
    {},
    { headers: { vary: 'Accept, Origin' } },
  ],
  [
    'render: by an engine, with locals',
    [(response) => response.render('page', { name: 'Ada' }), { views: directory, 'view engine': 'html' }],
    {},
    { headers: { 'content-type': HTML }, text: '<p>Ada</p>' },
  ],
  [
    'render: what nobody wrote fails',
    [(response) => response.render('nothing'), { views: directory, 'view engine': 'html' }],
    {},
    { status: 500 },
  ],
  [
    'render: a callback has the text',
    [
      (response) => response.render('page', (_: Error, text: string) => response.send(text.length.toString())),
      { views: directory, 'view engine': 'html' },
    ],
    {},
    { text: '13' },
  ],
  [
    'streams: content of untold length',
    [(response) => Readable.from(['one ', 'two']).pipe(response)],
    {},
    { headers: { 'content-length': null }, text: 'one two' },
  ],
  ['write and end', [(response) => response.write('a') && response.end('b')], {}, { text: 'ab' }],
  [
    'writeHead: its fields come with the others',
    [(response) => response.set('x-a', 'a').writeHead(201, 'Made', { 'x-b': 'b' }).end()],
    {},
    { status: 201, headers: { 'x-a': 'a', 'x-b': 'b' } },
  ],
  [
    'headersSent and locals',
    [(response) => response.write(String(response.headersSent)) && response.end(String(response.headersSent))],
    {},
    { text: 'falsetrue' },
  ],
  [
    'fields that cannot be are refused',
    [(response) => response.set('x-a', 'a\r\nx-b: b').end()],
    {},
    { status: 500, headers: { 'x-b': null } },
  ],
  [
    'fields beyond ASCII: a byte for each character',
    [(response) => response.set('x-a', 'Größe').send('')],
    {},
    { headers: { 'x-a': 'Größe' } },
  ],
  [
    'early hints go before',
    [
      (response) => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' })
        response.send('late')
      },
    ],
    {},
    { interim: [103], text: 'late' },
  ],
]

alike<Program>('express response', listenerOf, CASES)

function listenerOf([answers, settings = {}]: Program): express.Express {
  const app = express()
  app.engine('html', template)
  for (const [name, value] of Object.entries({ env: 'test', ...settings })) app.set(name, value)
  app.all('/', (request, response) => void answers(response, request))
  // What failed is told by its status alone: traces of calls differ from one server to the next.
  app.use(
    (error: { status?: number }, _: Request, response: Response, __: unknown) => void response.status(error.status ?? 500).send('failed'),
  )
  return app
}

// The content that Express 5 reads, its routers, and its errors, under node:https and in each version of HTTP. https://expressjs.com/en/5x/api.html#express
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from 'express'
import { alike, type Case } from '../support/alike.ts'

type Program = (app: Express) => unknown

const echo: RequestHandler = (request, response) => {
  const body: unknown = request.body
  response.json({ body: Buffer.isBuffer(body) ? body.toString('hex') : body, none: body === undefined })
}
const parsed =
  (parse: RequestHandler): Program =>
  (app) =>
    app.post('/', parse, echo)
const post = (type: string, body: string | readonly string[]): object => ({ method: 'POST', headers: { 'content-type': type }, body })
const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'
const LONG = `{"a":"${'x'.repeat(100)}"}`
const fails =
  (error: unknown): RequestHandler =>
  () =>
    Promise.reject(error)
const teapot = Object.assign(new Error('short and stout'), { status: 418, headers: { 'x-pot': 'tea' } })
const says: ErrorRequestHandler = (error: Error, _, response, __) => void response.status(400).send(`said: ${error.message}`)
const verify = (_: unknown, __: unknown, bytes: Buffer): void => {
  if (bytes[0] === 0x5b) throw new Error('no lists')
}

const CASES: readonly Case<Program>[] = [
  ['json: an object', parsed(express.json()), post(JSON_TYPE, '{"a":1}'), { json: { body: { a: 1 }, none: false } }],
  [
    'json: in pieces, of untold length',
    parsed(express.json()),
    post(JSON_TYPE, ['{"a"', ':1}']),
    { json: { body: { a: 1 }, none: false } },
  ],
  ['json: of another type is not read', parsed(express.json()), post('text/plain', '{}'), { json: { none: true } }],
  [
    'json: of a type that was asked for',
    parsed(express.json({ type: 'application/*+json' })),
    post('application/a+json', '{"a":1}'),
    { json: { body: { a: 1 }, none: false } },
  ],
  ['json: anything that is JSON', parsed(express.json({ strict: false })), post(JSON_TYPE, '1'), { json: { body: 1, none: false } }],
  ['json: objects and lists alone', parsed(express.json()), post(JSON_TYPE, '1'), { status: 400, text: 'entity.parse.failed' }],
  ['json: broken off', parsed(express.json()), post(JSON_TYPE, '{"a":'), { status: 400, text: 'entity.parse.failed' }],
  [
    'json: longer than its limit, as it says',
    parsed(express.json({ limit: 50 })),
    post(JSON_TYPE, LONG),
    { status: 413, text: 'entity.too.large' },
  ],
  [
    'json: longer than its limit, as it turns out',
    parsed(express.json({ limit: 50 })),
    post(JSON_TYPE, [LONG, LONG]),
    { status: 413, text: 'entity.too.large' },
  ],
  [
    'json: of a charset that nobody reads',
    parsed(express.json()),
    post('application/json; charset=koi8', '{}'),
    { status: 415, text: 'charset.unsupported' },
  ],
  [
    'json: refused when it is looked at',
    parsed(express.json({ verify })),
    post(JSON_TYPE, '[]'),
    { status: 403, text: 'entity.verify.failed' },
  ],
  [
    'json: revived',
    parsed(express.json({ reviver: (_, value: unknown) => (value === 1 ? 2 : value) })),
    post(JSON_TYPE, '{"a":1}'),
    { json: { body: { a: 2 }, none: false } },
  ],
  ['json: empty', parsed(express.json()), post(JSON_TYPE, ''), { json: { body: {}, none: false } }],
  [
    'encodings: one that nobody knows',
    parsed(express.json()),
    { ...post(JSON_TYPE, '{}'), headers: { 'content-type': JSON_TYPE, 'content-encoding': 'rot13' } },
    { status: 415, text: 'encoding.unsupported' },
  ],
  [
    'encodings: gzip that is none',
    parsed(express.json()),
    { ...post(JSON_TYPE, 'not gzip'), headers: { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' } },
    { status: 400 },
  ],
  [
    'encodings: not wanted',
    parsed(express.json({ inflate: false })),
    { ...post(JSON_TYPE, 'any'), headers: { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' } },
    { status: 415 },
  ],
  [
    'urlencoded: pairs',
    parsed(express.urlencoded()),
    post(FORM, 'a=1&b=%C3%A9+c&a=2'),
    { json: { body: { a: ['1', '2'], b: 'é c' }, none: false } },
  ],
  [
    'urlencoded: nested',
    parsed(express.urlencoded({ extended: true })),
    post(FORM, ['a[b]=1', '&a[c][]=2']),
    { json: { body: { a: { b: '1', c: ['2'] } }, none: false } },
  ],
  [
    'urlencoded: too many',
    parsed(express.urlencoded({ parameterLimit: 2 })),
    post(FORM, 'a=1&b=2&c=3'),
    { status: 413, text: 'parameters.too.many' },
  ],
  [
    'text: with its charset',
    parsed(express.text({ defaultCharset: 'latin1' })),
    post('text/plain', 'text'),
    { json: { body: 'text', none: false } },
  ],
  ['text: of any type', parsed(express.text({ type: '*/*' })), post('a/b', ['te', 'xt']), { json: { body: 'text', none: false } }],
  ['raw: bytes', parsed(express.raw()), post('application/octet-stream', ['\u0000', '\u0001']), { json: { body: '0001', none: false } }],
  [
    'raw: of a type that a function says',
    parsed(express.raw({ type: ({ headers }) => headers['x-raw'] === 'yes' })),
    { ...post('a/b', 'a'), headers: { 'x-raw': 'yes' } },
    { json: { body: '61', none: false } },
  ],
  [
    'raw: longer than its limit',
    parsed(express.raw({ limit: '1kb', type: '*/*' })),
    post('a/b', 'x'.repeat(1025)),
    { status: 413, text: 'entity.too.large' },
  ],
  [
    'parsers in a row: the first that may reads',
    (app) => app.post('/', express.json(), express.text({ type: '*/*' }), echo),
    post(JSON_TYPE, '[]'),
    { json: { body: [], none: false } },
  ],
  [
    'content that nobody reads is let go',
    (app) => app.post('/', (_, response) => void response.send('unread')),
    post('a/b', ['x'.repeat(70_000), 'y']),
    { text: 'unread' },
  ],
  [
    'content read as a stream',
    (app) => app.post('/', (request, response) => void request.pipe(response.status(202))),
    post('a/b', ['one ', 'two']),
    { status: 202, text: 'one two' },
  ],
  [
    'middleware: in order, the rest of a route left out',
    (app) =>
      app
        .get('/', (_, response, next) => next(response.set('x-a', '1') && 'route'), fails('never'))
        .get('/', (_, response) => void response.send('next')),
    {},
    { headers: { 'x-a': '1' }, text: 'next' },
  ],
  [
    'routers: mounted, with parameters of the place',
    (app) =>
      app.use(
        '/:outer',
        express
          .Router({ mergeParams: true })
          .get('/:inner', ({ params, baseUrl, url }, response) => void response.json({ params, baseUrl, url })),
      ),
    { path: '/a/b?c' },
    { json: { params: { outer: 'a', inner: 'b' }, baseUrl: '/a', url: '/b?c' } },
  ],
  [
    'routers: left before their end',
    (app) =>
      app.use(express.Router().use((_, __, next) => next('router'), fails('never'))).get('/', (_, response) => void response.send('out')),
    {},
    { text: 'out' },
  ],
  [
    'routers: case and slashes, strictly',
    (app) => app.use(express.Router({ caseSensitive: true, strict: true }).get('/A/', (_, response) => void response.end())),
    { path: '/a' },
    { status: 404 },
  ],
  [
    'routers: all methods',
    (app) =>
      app
        .route('/')
        .get(fails('no'))
        .all((request, response) => void response.send(request.method)),
    { method: 'PATCH' },
    { text: 'PATCH' },
  ],
  [
    'methods of WebDAV',
    (app) => app.propfind('/', (_, response) => void response.status(207).send('many')),
    { method: 'PROPFIND' },
    { status: 207, text: 'many' },
  ],
  [
    'param: what a parameter is asked once',
    (app) =>
      app
        .param('id', (request, _, next, id) => Object.assign(request, { user: `user ${id}` }) && next())
        .get('/:id', (request, response) => void response.send((request as { user?: string }).user)),
    { path: '/7' },
    { text: 'user 7' },
  ],
  [
    'mounted applications: their own settings, and the way back',
    (app) =>
      app
        .use(
          '/sub',
          express()
            .set('x', 1)
            .get('/', ({ app, baseUrl }, response) => void response.json([app.get('x'), app.path(), baseUrl])),
        )
        .set('x', 2),
    { path: '/sub' },
    { json: [1, '/sub', '/sub'] },
  ],
  [
    'locals of application and response',
    (app) => {
      app.locals.a = 1
      app.get('/', (_, response) => {
        response.locals.b = 2
        response.json([response.app.locals.a, response.locals.b])
      })
    },
    {},
    { json: [1, 2] },
  ],
  [
    'errors: thrown',
    (app) =>
      app.get('/', () => {
        throw teapot
      }),
    {},
    { status: 418, text: 'short and stout' },
  ],
  ['errors: rejected', (app) => app.get('/', fails(teapot)), {}, { status: 418 }],
  ['errors: passed on', (app) => app.get('/', (_, __, next) => next(teapot)), {}, { status: 418 }],
  [
    'errors: the nearest handler has them',
    (app) =>
      app.use(
        express
          .Router()
          .get('/', fails(new Error('inner')))
          .use(says),
      ),
    {},
    { status: 400, text: 'said: inner' },
  ],
  [
    'errors: after the head nothing can be said',
    (app) => app.get('/', (_, response) => void response.status(202).end('all')).use(says),
    {},
    { status: 202, text: 'all' },
  ],
  [
    'nobody answers',
    () => undefined,
    { path: '/<none>' },
    {
      status: 404,
      headers: { 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' },
      text: /Cannot GET \/%3Cnone%3E|Cannot GET \/&lt;none/,
    },
  ],
  ['nobody answers HEAD', () => undefined, { method: 'HEAD' }, { status: 404, text: '' }],
  [
    'no name of the framework where it is off',
    (app) => app.disable('x-powered-by').get('/', (_, response) => void response.end()),
    {},
    { headers: { 'x-powered-by': null } },
  ],
]

alike<Program>('express', listenerOf, CASES)

function listenerOf(build: Program): Express {
  const app = express()
  app.set('env', 'test')
  build(app)
  // Traces of calls differ from one server to the next: errors are told by what they are.
  app.use((error: Error & { status?: number; type?: string }, _: Request, response: Response, __: unknown) => {
    response.status(error.status ?? 500).send(error.type ?? error.message)
  })
  return app
}

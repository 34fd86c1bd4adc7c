// The content that Fastify 5 reads, its errors, routes, plugins and trailers, under node:https and in each version of HTTP. https://fastify.dev/docs/latest/Reference/ContentTypeParser
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { alike, type Case } from '../support/alike.ts'
import { listenerOf, type Program } from '../support/fastify.ts'

const program = (build: Program['build'], options: Program['options'] = {}): Program => ({ build, options })
const post = (body: string | readonly string[], type = 'application/json'): object => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
})
const echo = (app: FastifyInstance, options: object = {}): unknown =>
  app.post('/', options, async (request) => ({ body: request.body ?? null }))
const teapot = Object.assign(new Error('short'), { statusCode: 418 })
const LONG = JSON.stringify({ name: 'x'.repeat(100) })

const CASES: readonly Case<Program>[] = [
  ['content: text', program(echo), post('text', 'text/plain'), { json: { body: 'text' } }],
  ['content: broken JSON', program(echo), post('{"a"'), { status: 400, text: /FST_ERR_CTP_INVALID_JSON_BODY/ }],
  ['content: JSON that is empty', program(echo), post(''), { status: 400, text: /FST_ERR_CTP_EMPTY_JSON_BODY/ }],
  ['content: poisoned JSON', program(echo), post('{"__proto__":{"a":1}}'), { status: 400 }],
  [
    'content: of a type that nobody reads',
    program(echo),
    post('<a/>', 'text/xml'),
    { status: 415, text: /FST_ERR_CTP_INVALID_MEDIA_TYPE/ },
  ],
  ['content: of a type that is none', program(echo), post('a', 'nonsense'), { status: 415 }],
  [
    'content: longer than its limit, as it says',
    program((app) => echo(app, { bodyLimit: 50 })),
    post(LONG),
    { status: 413, text: /FST_ERR_CTP_BODY_TOO_LARGE/ },
  ],
  [
    'content: longer than its limit, as it turns out',
    program(echo, { bodyLimit: 50 }),
    post([LONG, LONG]),
    { status: 413, text: /FST_ERR_CTP_BODY_TOO_LARGE/ },
  ],
  [
    'content: DELETE has none that must be read',
    program((app) => app.delete('/', async ({ body }) => ({ none: body === undefined || body === null }))),
    { method: 'DELETE' },
    { json: { none: true } },
  ],
  [
    'content: a parser of the whole',
    program((app) => {
      app.addContentTypeParser('text/xml', { parseAs: 'string' }, async (_: unknown, body: string | Buffer) => ({ xml: body }))
      echo(app)
    }),
    post(['<a', '/>'], 'text/xml'),
    { json: { body: { xml: '<a/>' } } },
  ],
  [
    'content: a parser of the stream',
    program((app) => {
      app.addContentTypeParser(/^image\//, async (_: unknown, stream: Readable) => ({
        bytes: Buffer.concat(await stream.toArray()).length,
      }))
      echo(app)
    }),
    post(['123', '45'], 'image/png'),
    { json: { body: { bytes: 5 } } },
  ],
  [
    'content: a parser of all that is left',
    program((app) => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', (_, stream, done) => {
        stream.resume()
        done(null, 'any')
      })
      echo(app)
    }),
    post('{}'),
    { json: { body: 'any' } },
  ],
  [
    'content: a parser that fails',
    program((app) => {
      app.addContentTypeParser('a/b', async () => {
        throw teapot
      })
      echo(app)
    }),
    post('x', 'a/b'),
    { status: 418 },
  ],
  [
    'errors: a handler of all',
    program((app) =>
      app
        .setErrorHandler((error: Error, _, reply) => reply.code(409).send({ said: error.message }))
        .get('/', async () => {
          throw teapot
        }),
    ),
    {},
    { status: 409, json: { said: 'short' } },
  ],
  [
    'errors: a handler that fails hands on to the outer one',
    program((app) =>
      app
        .setErrorHandler(async (error: Error) => `outer: ${error.message}`)
        .register(async (inner) =>
          inner
            .setErrorHandler(() => {
              throw new Error('inner')
            })
            .get('/', async () => {
              throw teapot
            }),
        ),
    ),
    {},
    { status: 200, text: 'outer: inner' },
  ],
  [
    'errors: of a route',
    program((app) =>
      app.get('/', { errorHandler: (_, __, reply) => reply.send('own') }, async () => {
        throw teapot
      }),
    ),
    {},
    { status: 200, text: 'own' },
  ],
  [
    'errors: nobody serves it',
    program(() => undefined),
    { path: '/none?a' },
    { status: 404, json: { message: 'Route GET:/none?a not found', error: 'Not Found', statusCode: 404 } },
  ],
  [
    'errors: a handler of what nobody serves, by prefix',
    program((app) =>
      app
        .setNotFoundHandler((_, reply) => reply.code(404).send('outer'))
        .register(async (inner) => inner.setNotFoundHandler((_, reply) => reply.code(410).send('inner')), { prefix: '/in' }),
    ),
    { path: '/in/none' },
    { status: 410, text: 'inner' },
  ],
  ['errors: a path that cannot be decoded', program(() => undefined), { path: '/%E0%A4' }, { status: 400, text: /FST_ERR_BAD_URL/ }],
  [
    'errors: a parameter that is too long',
    program((app) => app.get('/:id', async () => ''), { routerOptions: { maxParamLength: 3 } }),
    { path: '/long' },
    { status: 414 },
  ],
  [
    'routes: constraints of version',
    program((app) =>
      app
        .get('/', { constraints: { version: '1.2.0' } }, async () => 'one')
        .get('/', { constraints: { version: '2.0.0' } }, async () => 'two'),
    ),
    { headers: { 'accept-version': '2.x' } },
    { text: 'two' },
  ],
  [
    'routes: slashes and case, as told',
    program((app) => app.get('/A', async () => 'a'), { routerOptions: { ignoreTrailingSlash: true, caseSensitive: false } }),
    { path: '/a/' },
    { text: 'a' },
  ],
  [
    'routes: methods that were added',
    program((app) =>
      app.addHttpMethod('PROPFIND').route({ method: 'PROPFIND', url: '/', handler: async (_, reply) => reply.code(207).send('many') }),
    ),
    { method: 'PROPFIND' },
    { status: 207, text: 'many' },
  ],
  [
    'plugins: prefixes and decorators',
    program((app) =>
      app
        .decorate('tool', () => 'tool')
        .decorateRequest('user', '')
        .decorateReply('shout', function (this: FastifyReply, text: string) {
          return this.send(text.toUpperCase())
        })
        .register(
          async (inner) =>
            inner.get('/', async (request, reply) =>
              reply
                .getDecorator<(text: string) => FastifyReply>('shout')
                .call(reply, `${inner.getDecorator<() => string>('tool')()}${request.getDecorator<string>('user')}`),
            ),
          { prefix: '/in' },
        ),
    ),
    { path: '/in' },
    { text: 'TOOL' },
  ],
  [
    'trailers: after the content',
    program((app) =>
      app.get(
        '/',
        (_, reply) => void reply.trailer('x-sum', async (_: unknown, payload: unknown) => String(String(payload).length)).send('content'),
      ),
    ),
    { headers: { te: 'trailers' } },
    { text: 'content', trailers: { 'x-sum': '7' } },
  ],
  [
    'trailers: after a stream',
    program((app) => app.get('/', (_, reply) => void reply.trailer('x-sum', async () => 'after').send(Readable.from(['one'])))),
    { headers: { te: 'trailers' } },
    { text: 'one', trailers: { 'x-sum': 'after' } },
  ],
]

alike<Program>('fastify content', listenerOf, CASES)

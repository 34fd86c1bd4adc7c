// What Fastify 5 documents of hooks and schemas, under node:https and in each version of HTTP. https://fastify.dev/docs/latest/Reference/Lifecycle
import { Readable, Transform } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { alike, type Case } from '../support/alike.ts'
import { listenerOf, type Program } from '../support/fastify.ts'

const program = (build: Program['build'], options: Program['options'] = {}): Program => ({ build, options })
const post = (body: string | readonly string[], type = 'application/json'): object => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
})
const NAMED = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', maxLength: 5 }, age: { type: 'integer', default: 7 } },
  additionalProperties: false,
} as const
const echo = (app: FastifyInstance, options: object = {}): unknown =>
  app.post('/', options, async (request) => ({ body: request.body ?? null }))
/** Names of what ran, in a field. */
const ran = (reply: FastifyReply, name: string): void => void reply.header('x-ran', [reply.getHeader('x-ran') ?? [], name].flat().join(' '))
const teapot = Object.assign(new Error('short'), { statusCode: 418 })

const CASES: readonly Case<Program>[] = [
  [
    'hooks: in their order',
    program((app) =>
      app
        .addHook('onRequest', async (_, reply) => ran(reply, 'onRequest'))
        .addHook('preParsing', async (_, reply, payload) => {
          ran(reply, 'preParsing')
          return payload
        })
        .addHook('preValidation', async (_, reply) => ran(reply, 'preValidation'))
        .addHook('preHandler', async (_, reply) => ran(reply, 'preHandler'))
        .addHook('preSerialization', async (_, reply, payload) => {
          ran(reply, 'preSerialization')
          return payload
        })
        .addHook('onSend', async (_, reply, payload) => {
          ran(reply, 'onSend')
          return payload
        })
        .post('/', async (_, reply) => {
          ran(reply, 'handler')
          return {}
        }),
    ),
    post('{}'),
    { headers: { 'x-ran': 'onRequest preParsing preValidation preHandler handler preSerialization onSend' } },
  ],
  [
    'hooks: with callbacks',
    program((app) =>
      app
        .addHook('onRequest', (_, reply, done) => {
          ran(reply, 'onRequest')
          done()
        })
        .get('/', async () => ''),
    ),
    {},
    { headers: { 'x-ran': 'onRequest' } },
  ],
  [
    'hooks: of a route, after those of all',
    program((app) =>
      app
        .addHook('preHandler', async (_, reply) => ran(reply, 'all'))
        .get('/', { preHandler: [async (_, reply) => ran(reply, 'one'), async (_, reply) => ran(reply, 'two')] }, async () => ''),
    ),
    {},
    { headers: { 'x-ran': 'all one two' } },
  ],
  [
    'hooks: one answers, and the handler does not',
    program((app) => app.addHook('onRequest', async (_, reply) => reply.code(401).send('who?')).get('/', async () => 'never')),
    {},
    { status: 401, text: 'who?' },
  ],
  [
    'hooks: one answers before the content was read',
    program((app) => {
      app.addHook('onRequest', async (_, reply) => reply.code(401).send('who?'))
      echo(app)
    }),
    post(['x'.repeat(70_000), 'y'], 'text/plain'),
    { status: 401, text: 'who?' },
  ],
  [
    'hooks: one throws',
    program((app) =>
      app
        .addHook('preHandler', async () => {
          throw teapot
        })
        .get('/', async () => 'never'),
    ),
    {},
    { status: 418 },
  ],
  [
    'hooks: onError hears of it',
    program((app) =>
      app
        .addHook('onError', async (_, reply, error) => void reply.header('x-error', error.message))
        .get('/', async () => {
          throw teapot
        }),
    ),
    {},
    { status: 418, headers: { 'x-error': 'short' } },
  ],
  [
    'hooks: onSend changes the content',
    program((app) => app.addHook('onSend', async (_, __, payload) => `${String(payload)}!`).get('/', async () => 'hello')),
    {},
    { headers: { 'content-length': '6' }, text: 'hello!' },
  ],
  [
    'hooks: onSend takes it away',
    program((app) =>
      app
        .addHook('onSend', async (_, reply) => {
          reply.code(304)
          return null
        })
        .get('/', async () => 'hello'),
    ),
    {},
    { status: 304, text: '' },
  ],
  [
    'hooks: onSend puts a stream in its place',
    program((app) =>
      app
        .addHook('onSend', async (_, reply) => {
          reply.removeHeader('content-length')
          return Readable.from(['one ', 'two'])
        })
        .get('/', async () => 'hello'),
    ),
    {},
    { text: 'one two' },
  ],
  [
    'hooks: preParsing changes what is read',
    program((app) => {
      app.addHook('preParsing', async (_, __, payload) =>
        payload.pipe(new Transform({ transform: (chunk, ___, done) => done(null, String(chunk).replace('a', 'b')) })),
      )
      echo(app)
    }),
    post(['{"a"', ':1}']),
    { json: { body: { b: 1 } } },
  ],
  [
    'schema: content that holds, with defaults, without what is not in it',
    program((app) => echo(app, { schema: { body: NAMED } })),
    post('{"name":"Ada","more":1}'),
    { json: { body: { name: 'Ada', age: 7 } } },
  ],
  [
    'schema: in pieces, of untold length',
    program((app) => echo(app, { schema: { body: NAMED } })),
    post(['{"name":', '"Bob","age":"8"}']),
    { json: { body: { name: 'Bob', age: 8 } } },
  ],
  [
    'schema: content that does not',
    program((app) => echo(app, { schema: { body: NAMED } })),
    post('{"name":"Augusta"}'),
    {
      status: 400,
      json: {
        statusCode: 400,
        code: 'FST_ERR_VALIDATION',
        error: 'Bad Request',
        message: 'body/name must NOT have more than 5 characters',
      },
    },
  ],
  [
    'schema: looked at by who wants to know',
    program((app) =>
      echo(app, {
        attachValidation: true,
        schema: { body: NAMED },
        preHandler: async (request: { validationError?: Error & { validationContext?: string } }, reply: FastifyReply) =>
          reply.send(request.validationError?.validationContext),
      }),
    ),
    post('{}'),
    { text: 'body' },
  ],
  [
    'schema: query, parameters and fields are made what they are',
    program((app) =>
      app.get(
        '/:id',
        {
          schema: {
            params: { type: 'object', properties: { id: { type: 'integer' } } },
            querystring: { type: 'object', properties: { flag: { type: 'boolean' } } },
            headers: { type: 'object', properties: { 'x-n': { type: 'number' } } },
          },
        },
        async ({ params, query, headers }) => ({ params, query, n: headers['x-n'] }),
      ),
    ),
    { path: '/7?flag=true', headers: { 'x-n': '1.5' } },
    { json: { params: { id: 7 }, query: { flag: true }, n: 1.5 } },
  ],
  [
    'schema: parameters that do not hold',
    program((app) => app.get('/:id', { schema: { params: { type: 'object', properties: { id: { type: 'integer' } } } } }, async () => '')),
    { path: '/seven' },
    { status: 400 },
  ],
  [
    'schema: the response, by status',
    program((app) =>
      app.get('/', { schema: { response: { '2xx': { type: 'object', properties: { a: { type: 'number' } } } } } }, async () => ({
        a: '1',
        secret: 2,
      })),
    ),
    {},
    { json: { a: 1 } },
  ],
  [
    'schema: shared',
    program((app) => {
      app.addSchema({ $id: 'named', ...NAMED })
      echo(app, { schema: { body: { $ref: 'named#' } } })
    }),
    post('{}'),
    { status: 400 },
  ],
  [
    'schema: errors told in another way',
    program((app) =>
      app
        .setSchemaErrorFormatter((errors, where) => new Error(`${where}: ${errors.length}`))
        .post('/', { schema: { body: NAMED } }, async () => ''),
    ),
    post('{}'),
    { status: 400, text: /body: 1/ },
  ],
]

alike<Program>('fastify lifecycle', listenerOf, CASES)

// What Fastify 5 documents of its request and reply, under node:https and in each version of HTTP. https://fastify.dev/docs/latest/Reference/Reply
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { alike, type Case } from '../support/alike.ts'
import { listenerOf, type Program } from '../support/fastify.ts'

type Answers = (reply: FastifyReply, request: FastifyRequest) => unknown

const answers =
  (answer: Answers, path = '/'): Program['build'] =>
  (app) =>
    void app.route({ method: ['GET', 'POST', 'DELETE'], url: path, handler: (request, reply) => answer(reply, request) })
/** A reply. */
const reply = (answer: Answers): Program => ({ build: answers(answer) })
/** What a request says of itself. */
const request = (read: (request: FastifyRequest) => unknown, options: object = {}, path = '/'): Program => ({
  build: answers((reply, request) => void reply.send({ read: read(request) ?? null }), path),
  options,
})

const JSON_TYPE = 'application/json; charset=utf-8'
const TEXT = 'text/plain; charset=utf-8'
const PROXIED = {
  'x-forwarded-for': '203.0.113.7, 198.51.100.2',
  'x-forwarded-proto': 'http',
  'x-forwarded-host': 'shop.eu.example.com:81',
}
const connection = ({ ip, ips, protocol, host, hostname, port }: FastifyRequest): object => ({
  ip,
  ips: ips ?? null,
  protocol,
  host: host.replace(/^localhost:\d+$/, 'localhost'),
  hostname,
  port: hostname === 'localhost' ? null : port,
})
const direct = { ip: '127.0.0.1', ips: null, protocol: 'https', host: 'localhost', hostname: 'localhost', port: null }
const bytes = (): Readable => Readable.from([Buffer.from('one '), Buffer.from('two')])

const CASES: readonly Case<Program>[] = [
  ['request: tells of its connection', request(connection), {}, { json: { read: direct } }],
  ['request: nobody may forge an address where no proxy is trusted', request(connection), { headers: PROXIED }, { json: { read: direct } }],
  [
    'request: a trusted proxy tells of the client',
    request(connection, { trustProxy: true }),
    { headers: PROXIED },
    {
      json: {
        read: {
          ip: '203.0.113.7',
          ips: ['127.0.0.1', '198.51.100.2', '203.0.113.7'],
          protocol: 'http',
          host: 'shop.eu.example.com:81',
          hostname: 'shop.eu.example.com',
          port: 81,
        },
      },
    },
  ],
  [
    'request: a proxy is trusted by its address, and not those before it',
    request(({ ip }) => ip, { trustProxy: '127.0.0.1' }),
    { headers: PROXIED },
    { json: { read: '198.51.100.2' } },
  ],
  [
    'request: parameters and query',
    request(({ params, query, url, originalUrl, method }) => ({ params, query, url, originalUrl, method }), {}, '/users/:id/*'),
    { path: '/users/7/a%20b/c?x=1&x=2' },
    {
      json: {
        read: {
          params: { id: '7', '*': 'a b/c' },
          query: { x: ['1', '2'] },
          url: '/users/7/a%20b/c?x=1&x=2',
          originalUrl: '/users/7/a%20b/c?x=1&x=2',
          method: 'GET',
        },
      },
    },
  ],
  [
    'request: its route',
    request(({ routeOptions, is404 }) => [routeOptions.url, routeOptions.bodyLimit, is404], {}, '/:a'),
    { path: '/b' },
    { json: { read: ['/:a', 1_048_576, false] } },
  ],
  [
    'request: its number, as the client names it',
    request(({ id }) => id, { requestIdHeader: 'x-id' }),
    { headers: { 'x-id': 'named' } },
    { json: { read: 'named' } },
  ],
  ['request: its number, as the program names it', request(({ id }) => id, { genReqId: () => 'made' }), {}, { json: { read: 'made' } }],
  [
    'request: another URL',
    request(({ url, originalUrl }) => [url, originalUrl], { rewriteUrl: () => '/' }),
    { path: '/was' },
    { json: { read: ['/', '/was'] } },
  ],
  [
    'request: fields, and those set for who comes after',
    request((request) => {
      const first = request.headers['x-a']
      request.headers = { 'x-a': 'set' }
      return [first, request.headers['x-a']]
    }),
    { headers: { 'x-a': 'sent' } },
    { json: { read: ['sent', 'set'] } },
  ],
  [
    'request: its own check of anything',
    request((request) => request.compileValidationSchema({ type: 'object', required: ['a'] })({ b: 1 })),
    {},
    { json: { read: false } },
  ],
  [
    'request: its socket is that of its message, and open',
    request(({ raw, socket }) => [raw.aborted, socket.destroyed, raw.socket === socket]),
    {},
    { json: { read: [false, false, true] } },
  ],
  [
    'reply: what a handler returns',
    { build: (app) => void app.get('/', async () => ({ a: 1 })) },
    {},
    { headers: { 'content-type': JSON_TYPE, 'content-length': '7' }, json: { a: 1 } },
  ],
  ['reply: a string is text', reply((reply) => reply.send('text')), {}, { headers: { 'content-type': TEXT }, text: 'text' }],
  [
    'reply: bytes',
    reply((reply) => reply.send(Buffer.from('bytes'))),
    {},
    { headers: { 'content-type': 'application/octet-stream', 'content-length': '5' }, text: 'bytes' },
  ],
  ['reply: typed bytes', reply((reply) => reply.send(new Uint8Array([97, 98]))), {}, { text: 'ab' }],
  ['reply: a stream', reply((reply) => reply.send(bytes())), {}, { headers: { 'content-length': null }, text: 'one two' }],
  ['reply: a stream of the web', reply((reply) => reply.send(new Blob(['one ', 'two']).stream())), {}, { text: 'one two' }],
  [
    'reply: a Response',
    reply((reply) => reply.send(new Response('web', { status: 202, headers: { 'x-web': 'yes' } }))),
    {},
    { status: 202, headers: { 'x-web': 'yes' }, text: 'web' },
  ],
  ['reply: a Response without content', reply((reply) => reply.send(new Response(null, { status: 204 }))), {}, { status: 204, text: '' }],
  ['reply: nothing', reply((reply) => reply.send()), {}, { headers: { 'content-length': '0' }, text: '' }],
  ['reply: null', reply((reply) => reply.send(null)), {}, { text: 'null' }],
  [
    'reply: HEAD of what GET has',
    reply((reply) => reply.send({ a: 1 })),
    { method: 'HEAD' },
    { headers: { 'content-length': '7' }, text: '' },
  ],
  ['reply: HEAD of a stream', reply((reply) => reply.send(bytes())), { method: 'HEAD' }, { text: '' }],
  [
    'reply: 204 has no content',
    reply((reply) => reply.code(204).send()),
    {},
    { status: 204, headers: { 'content-length': null }, text: '' },
  ],
  ['reply: 304 has none', reply((reply) => reply.code(304).send()), {}, { status: 304, text: '' }],
  [
    'reply: code and status, and a status that is none',
    reply((reply) => reply.status(201).code(1000)),
    {},
    { status: 500, text: /FST_ERR_BAD_STATUS_CODE/ },
  ],
  [
    'reply: header, headers, getHeader, getHeaders, hasHeader, removeHeader',
    reply((reply) =>
      reply
        .header('X-A', 'a')
        .headers({ 'x-b': 'b', 'x-c': 1 })
        .removeHeader('x-b')
        .send([reply.getHeader('x-a'), reply.getHeaders()['x-c'], reply.hasHeader('x-b')]),
    ),
    {},
    { headers: { 'x-a': 'a', 'x-b': null, 'x-c': '1' }, json: ['a', 1, false] },
  ],
  [
    'reply: cookies are lines of their own',
    reply((reply) => reply.header('set-cookie', 'a=b').header('set-cookie', ['c=d', 'e=f']).send()),
    {},
    { headers: { 'set-cookie': ['a=b', 'c=d', 'e=f'] } },
  ],
  [
    'reply: fields that cannot be',
    reply((reply) => reply.header('x-a', 'a\r\nx-b: b').send('')),
    {},
    { status: 500, headers: { 'x-b': null } },
  ],
  ['reply: type', reply((reply) => reply.type('text/html').send('<p>')), {}, { headers: { 'content-type': 'text/html' }, text: '<p>' }],
  [
    'reply: a field whose value is a length',
    reply((reply) => reply.header('content-length', 4).send('four')),
    {},
    { headers: { 'content-length': '4' }, text: 'four' },
  ],
  ['reply: redirect', reply((reply) => reply.redirect('/there?ü')), {}, { status: 302, headers: { location: '/there?ü' }, text: '' }],
  ['reply: redirect with another status', reply((reply) => reply.redirect('/there', 308)), {}, { status: 308 }],
  ['reply: callNotFound', reply((reply) => reply.callNotFound()), {}, { status: 404, text: /Route GET:\/ not found/ }],
  [
    'reply: early hints',
    reply((reply) => {
      reply.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => void reply.send('late'))
    }),
    {},
    { interim: [103], text: 'late' },
  ],
  [
    'reply: hijacked',
    reply((reply) => {
      reply.hijack()
      reply.raw.writeHead(202, { 'x-own': 'yes' })
      reply.raw.write('own ')
      reply.raw.end('way')
    }),
    {},
    { status: 202, headers: { 'x-own': 'yes' }, text: 'own way' },
  ],
  [
    'reply: raw, and sent',
    reply(async (reply) => {
      reply.raw.end(`raw ${reply.sent}`)
      return reply
    }),
    {},
    { text: 'raw false' },
  ],
  [
    'reply: awaited',
    reply(async (reply) => {
      reply.code(201).send('sent')
      await reply
      return undefined
    }),
    {},
    { status: 201, text: 'sent' },
  ],
  [
    'reply: its own serializer',
    reply((reply) =>
      reply
        .serializer((value) => `<${String(value)}>`)
        .type('text/x')
        .send(7),
    ),
    {},
    { headers: { 'content-type': 'text/x' }, text: '<7>' },
  ],
  ['reply: serialized already', reply((reply) => reply.type('application/json').send(gzipSync('').subarray(0, 0))), {}, { text: '' }],
  [
    'reply: what cannot be sent',
    reply((reply) => reply.type('text/x').send(7)),
    {},
    { status: 500, text: /FST_ERR_REP_INVALID_PAYLOAD_TYPE/ },
  ],
  [
    'reply: elapsed time is a number',
    reply((reply) => reply.send({ isNumber: typeof reply.elapsedTime === 'number' })),
    {},
    { json: { isNumber: true } },
  ],
  [
    'reply: errors have a status and a code',
    reply((reply) => reply.send(Object.assign(new Error('known'), { statusCode: 418, code: 'POT' }))),
    {},
    { status: 418, json: { statusCode: 418, code: 'POT', error: "I'm a Teapot", message: 'known' } },
  ],
  ['reply: errors keep the status that was set', reply((reply) => reply.code(410).send(new Error('gone'))), {}, { status: 410 }],
  [
    'reply: errors take fields along',
    reply((reply) => reply.header('x-a', 'a').send(Object.assign(new Error('e'), { headers: { 'x-b': 'b' } }))),
    {},
    { status: 500, headers: { 'x-b': 'b' } },
  ],
]

alike<Program>('fastify', listenerOf, CASES)

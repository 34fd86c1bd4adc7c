// What Express 5 documents of its request, under node:https and in each version of HTTP. https://expressjs.com/en/5x/api.html#req
import express, { type Request, type Response } from 'express'
import { alike, type Case } from '../support/alike.ts'

type Settings = Readonly<Record<string, unknown>>
type Program = readonly [reads: (request: Request) => unknown, settings?: Settings, path?: string]

const PROXIED = {
  'x-forwarded-for': '203.0.113.7, 198.51.100.2',
  'x-forwarded-proto': 'http',
  'x-forwarded-host': 'shop.eu.example.com:81',
}
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }
const connection = ({ ip, ips, protocol, secure, host, hostname, subdomains }: Request): object => ({
  ip,
  ips,
  protocol,
  secure,
  host: host.replace(/^localhost:\d+$/, 'localhost'),
  hostname,
  subdomains,
})
const direct = {
  ip: '127.0.0.1',
  ips: [],
  protocol: 'https',
  secure: true,
  host: 'localhost',
  hostname: 'localhost',
  subdomains: [],
}
const forwarded = { protocol: 'http', secure: false, host: 'shop.eu.example.com:81', hostname: 'shop.eu.example.com' }
const path = ({ method, url, originalUrl, baseUrl, path, params, query }: Request): object => ({
  method,
  url,
  originalUrl,
  baseUrl,
  path,
  params,
  query,
})
const accept = (value: string): object => ({ headers: { accept: value } })

const CASES: readonly Case<Program>[] = [
  ['a request tells of its connection', [connection], {}, { json: direct }],
  ['nobody may forge an address where no proxy is trusted', [connection], { headers: PROXIED }, { json: direct }],
  [
    'a trusted proxy tells of the client',
    [connection, { 'trust proxy': true }],
    { headers: PROXIED },
    { json: { ...forwarded, ip: '203.0.113.7', ips: ['203.0.113.7', '198.51.100.2'], subdomains: ['eu', 'shop'] } },
  ],
  [
    'one hop is trusted, and not those before it',
    [connection, { 'trust proxy': 1 }],
    { headers: PROXIED },
    { json: { ...forwarded, ip: '198.51.100.2', ips: ['198.51.100.2'], subdomains: ['eu', 'shop'] } },
  ],
  [
    'addresses are trusted by name of their network',
    [connection, { 'trust proxy': 'loopback, 198.51.100.0/24' }],
    { headers: PROXIED },
    { json: { ...forwarded, ip: '203.0.113.7', ips: ['203.0.113.7', '198.51.100.2'], subdomains: ['eu', 'shop'] } },
  ],
  [
    'a function says who is trusted',
    [({ ip }) => ip, { 'trust proxy': (address: string) => address === '203.0.113.9' }],
    { headers: PROXIED },
    { json: '127.0.0.1' },
  ],
  [
    'the offset of subdomains can be set',
    [({ subdomains }) => subdomains, { 'trust proxy': true, 'subdomain offset': 3 }],
    { headers: PROXIED },
    { json: ['shop'] },
  ],
  [
    'path, parameters and query are told apart and decoded',
    [path, {}, '/users/:id/books/:book'],
    { path: '/users/7/books/a%20b?x=1&x=2&y[z]=%C3%A9' },
    {
      json: {
        method: 'GET',
        url: '/users/7/books/a%20b?x=1&x=2&y[z]=%C3%A9',
        originalUrl: '/users/7/books/a%20b?x=1&x=2&y[z]=%C3%A9',
        baseUrl: '',
        path: '/users/7/books/a%20b',
        params: { id: '7', book: 'a b' },
        query: { x: ['1', '2'], 'y[z]': 'é' },
      },
    },
  ],
  [
    'the extended query parser nests',
    [({ query }) => query, { 'query parser': 'extended' }],
    { path: '/?a[b][]=1&a[b][]=2&c[d]=3' },
    { json: { a: { b: ['1', '2'] }, c: { d: '3' } } },
  ],
  ['queries can go unread', [({ query }) => query, { 'query parser': false }], { path: '/?a=1' }, { json: {} }],
  [
    'wildcards take the rest of a path',
    [({ params }) => params, {}, '/files/*rest'],
    { path: '/files/a/b%2Fc' },
    { json: { rest: ['a', 'b/c'] } },
  ],
  ['optional parts may be missing', [({ params }) => params, {}, '/file{.:type}'], { path: '/file' }, { json: {} }],
  ['a parameter that cannot be decoded is refused', [path, {}, '/:id'], { path: '/%E0%A4' }, { status: 400 }],
  [
    'OPTIONS names the methods of a route',
    [path],
    { method: 'OPTIONS' },
    { headers: { allow: 'GET, HEAD, POST' }, text: 'GET, HEAD, POST' },
  ],
  [
    'accepts: the best of the given types',
    [(request) => request.accepts('json', 'html')],
    accept('text/*;q=0.5, application/json'),
    { json: 'json' },
  ],
  ['accepts: none will do', [(request) => request.accepts('json')], accept('text/html'), { json: false }],
  ['accepts: all, by preference', [(request) => request.accepts()], accept('a/b;q=0.2, c/d'), { json: ['c/d', 'a/b'] }],
  [
    'acceptsEncodings, acceptsCharsets, acceptsLanguages',
    [(request) => [request.acceptsEncodings('gzip', 'br'), request.acceptsCharsets('utf-8'), request.acceptsLanguages('de', 'en')]],
    { headers: { 'accept-encoding': 'br', 'accept-charset': 'utf-8', 'accept-language': 'en;q=0.8, de;q=0.9' } },
    { json: ['br', 'utf-8', 'de'] },
  ],
  [
    'get: whatever case the name has',
    [(request) => [request.get('X-Some'), request.header('x-some')]],
    { headers: { 'x-some': 'v' } },
    { json: ['v', 'v'] },
  ],
  [
    'get: referrer and referer are one',
    [(request) => [request.get('Referrer'), request.get('Referer')]],
    { headers: { referer: '/from' } },
    { json: ['/from', '/from'] },
  ],
  [
    'headers of several lines are joined, each after its kind',
    [({ headers }) => [headers['x-many'], headers.cookie]],
    { headers: { 'x-many': ['a', 'b'], cookie: 'a=1; b=2' } },
    { json: ['a, b', 'a=1; b=2'] },
  ],
  [
    'is: the type of the content, given as it may be',
    [(request) => [request.is('json'), request.is('application/*'), request.is('html')]],
    { method: 'POST', headers: JSON_TYPE, body: '{}' },
    { json: ['json', 'application/json', false] },
  ],
  [
    'is: content of untold length is content',
    [(request) => request.is('json')],
    { method: 'POST', headers: JSON_TYPE, body: ['{', '}'] },
    { json: 'json' },
  ],
  ['is: without content there is no type', [(request) => request.is('json')], { headers: JSON_TYPE }, { json: null }],
  [
    'range: the parts that are asked for',
    [(request) => request.range(100)],
    { headers: { range: 'bytes=0-9,95-' } },
    {
      json: [
        { start: 0, end: 9 },
        { start: 95, end: 99 },
      ],
    },
  ],
  [
    'range: parts that touch are combined',
    [(request) => request.range(100, { combine: true })],
    { headers: { range: 'bytes=0-9,10-19' } },
    { json: [{ start: 0, end: 19 }] },
  ],
  ['range: beyond the end', [(request) => request.range(5)], { headers: { range: 'bytes=7-' } }, { json: -1 }],
  ['range: not to be understood', [(request) => request.range(5)], { headers: { range: 'seven' } }, { json: -2 }],
  ['xhr: who asks by XMLHttpRequest', [({ xhr }) => xhr], { headers: { 'x-requested-with': 'XMLHttpRequest' } }, { json: true }],
  ['xhr: who does not', [({ xhr }) => xhr], {}, { json: false }],
  [
    'stale until the response has a validator',
    [(request) => [request.fresh, request.stale, request.res?.set('etag', '"a"') && request.fresh]],
    { headers: { 'if-none-match': '"a"' } },
    { status: 304, text: '' },
  ],
  [
    'app, res and next are at hand',
    [({ app, res, next }) => [typeof app, typeof res, typeof next]],
    {},
    { json: ['function', 'object', 'function'] },
  ],
  ['the socket tells of TLS', [({ socket }) => 'encrypted' in socket && socket.encrypted], {}, { json: true }],
]

alike<Program>('express request', listenerOf, CASES)

function listenerOf([reads, settings = {}, path = '/']: Program): express.Express {
  const app = express()
  for (const [name, value] of Object.entries({ env: 'test', ...settings })) app.set(name, value)
  app.get(path, (request, response) => void response.json(reads(request) ?? null))
  app.post(path, (request, response) => void response.json(reads(request) ?? null))
  // What failed is told by its status alone: traces of calls differ from one server to the next.
  app.use((error: { status?: number }, _: Request, response: Response, __: unknown) => void response.status(error.status ?? 500).end())
  return app
}

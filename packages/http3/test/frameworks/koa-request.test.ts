// What Koa 3 documents of its request, under node:https and in each version of HTTP. https://koajs.com/#request
import Koa, { type Context } from 'koa'
import { alike, type Case } from '../support/alike.ts'

type Reads = (context: Context, app: Koa) => unknown
type Program = readonly [reads: Reads, settings?: object]

const PROXIED = {
  'x-forwarded-for': '203.0.113.7, 198.51.100.2',
  'x-forwarded-proto': 'http',
  'x-forwarded-host': 'shop.eu.example.com:81',
}
const connection: Reads = ({ ip, ips, protocol, secure, hostname, subdomains, origin }) => ({
  ip,
  ips,
  protocol,
  secure,
  hostname,
  subdomains,
  origin,
})
const direct = {
  ip: '127.0.0.1',
  ips: [],
  protocol: 'https',
  secure: true,
  hostname: 'localhost',
  subdomains: [],
  origin: null,
}
const forwarded = {
  protocol: 'https',
  secure: true,
  hostname: 'shop.eu.example.com',
  subdomains: ['eu', 'shop'],
  origin: null,
}
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }
const post = (body: string | readonly string[]): object => ({ method: 'POST', headers: JSON_TYPE, body })
const accept = (value: string): object => ({ headers: { accept: value } })

const CASES: readonly Case<Program>[] = [
  ['a request tells of its connection', [connection], {}, { json: direct }],
  ['nobody may forge an address where no proxy is trusted', [connection], { headers: PROXIED }, { json: direct }],
  [
    'a trusted proxy tells of the client',
    [connection, { proxy: true }],
    { headers: PROXIED },
    { json: { ...forwarded, ip: '203.0.113.7', ips: ['203.0.113.7', '198.51.100.2'] } },
  ],
  [
    'so many addresses are trusted',
    [connection, { proxy: true, maxIpsCount: 1 }],
    { headers: PROXIED },
    { json: { ...forwarded, ip: '198.51.100.2', ips: ['198.51.100.2'] } },
  ],
  [
    'another field names the client',
    [({ ip }) => ip, { proxy: true, proxyIpHeader: 'x-real-ip' }],
    { headers: { 'x-real-ip': '203.0.113.9' } },
    { text: '203.0.113.9' },
  ],
  [
    'the offset of subdomains can be set',
    [({ subdomains }) => subdomains, { proxy: true, subdomainOffset: 3 }],
    { headers: PROXIED },
    { json: ['shop'] },
  ],
  [
    'method, url, path and query',
    [({ method, url, originalUrl, path, querystring, search, query }) => ({ method, url, originalUrl, path, querystring, search, query })],
    { path: '/a%20b?x=1&x=2&y=%C3%A9' },
    {
      json: {
        method: 'GET',
        url: '/a%20b?x=1&x=2&y=%C3%A9',
        originalUrl: '/a%20b?x=1&x=2&y=%C3%A9',
        path: '/a%20b',
        querystring: 'x=1&x=2&y=%C3%A9',
        search: '?x=1&x=2&y=%C3%A9',
        query: { x: ['1', '2'], y: 'é' },
      },
    },
  ],
  [
    'path and query are set, and the URL follows',
    [
      (context) => {
        context.path = '/other'
        context.query = { a: 'b' }
        return [context.url, context.originalUrl, context.search]
      },
    ],
    { path: '/?x' },
    { json: ['/other?a=b', '/?x', '?a=b'] },
  ],
  [
    'method and URL are set',
    [
      (context) => {
        context.method = 'PUT'
        context.url = '/set?q'
        return [context.req.method, context.path, context.idempotent]
      },
    ],
    {},
    { json: ['PUT', '/set', true] },
  ],
  [
    'search is set, and the query follows',
    [
      (context) => {
        context.search = 'a=1'
        return [context.querystring, context.query]
      },
    ],
    {},
    { json: ['a=1', { a: '1' }] },
  ],
  [
    'href and URL of where it was asked',
    [({ href, URL }) => [href, URL.pathname, URL.searchParams.get('a')].map((each) => each?.replace(/:\d+/, ''))],
    { path: '/p?a=b' },
    { json: ['https://localhost/p?a=b', '/p', 'b'] },
  ],
  [
    'fields: whatever case the name has',
    [({ get, request }) => [request.get('X-Some'), get.call(request.ctx, 'x-some'), request.header['x-some'], request.get('none')]],
    { headers: { 'x-some': 'v' } },
    { json: ['v', 'v', 'v', ''] },
  ],
  [
    'fields: referrer and referer are one',
    [({ request }) => request.get('Referrer')],
    { headers: { referer: '/from' } },
    { text: '/from' },
  ],
  [
    'fields: are set for those who come after',
    [
      ({ request }) => {
        request.header = { a: 'b' }
        return request.headers
      },
    ],
    {},
    { json: { a: 'b' } },
  ],
  [
    'type, charset and length',
    [({ request }) => [request.type, request.charset, request.length]],
    post('{}'),
    { json: ['application/json', 'utf-8', 2] },
  ],
  ['length that was not told', [({ request }) => String(request.length)], post(['{', '}']), { text: 'undefined' }],
  ['type of nothing', [({ request }) => [request.type, request.charset]], {}, { json: ['', ''] }],
  [
    'is: the type of the content',
    [({ request }) => [request.is('json'), request.is('application/*', 'text'), request.is('html')]],
    post('{}'),
    { json: ['json', 'application/json', false] },
  ],
  ['is: content of untold length is content', [({ request }) => request.is('json')], post(['{', '}']), { text: 'json' }],
  ['is: without content there is no type', [({ request }) => [request.is('json')]], { headers: JSON_TYPE }, { json: [null] }],
  [
    'accepts: the best of the given types',
    [(context) => [context.accepts('json', 'html'), context.accepts(['png']), context.accepts()]],
    accept('text/*;q=0.5, application/json'),
    { json: ['json', false, ['application/json', 'text/*']] },
  ],
  [
    'acceptsEncodings, acceptsCharsets, acceptsLanguages',
    [(context) => [context.acceptsEncodings('gzip', 'br'), context.acceptsCharsets('utf-8'), context.acceptsLanguages('de', 'en')]],
    { headers: { 'accept-encoding': 'br', 'accept-charset': 'utf-8', 'accept-language': 'en;q=0.8, de;q=0.9' } },
    { json: ['br', 'utf-8', 'de'] },
  ],
  ['idempotent: by its method', [({ request }) => request.idempotent], post('{}'), { text: 'false' }],
  [
    'fresh: its validator holds',
    [
      (context) => {
        context.etag = 'a'
        context.status = 200
        return [context.fresh, context.stale]
      },
    ],
    { headers: { 'if-none-match': '"a"' } },
    { json: [true, false] },
  ],
  [
    'fresh: not since that time',
    [
      (context) => {
        context.lastModified = new Date(0)
        context.status = 200
        return context.fresh
      },
    ],
    { headers: { 'if-modified-since': new Date(1000).toUTCString() } },
    { text: 'true' },
  ],
  [
    'fresh: never for what changes',
    [
      (context) => {
        context.etag = 'a'
        context.status = 200
        return context.fresh
      },
    ],
    { ...post('{}'), headers: { ...JSON_TYPE, 'if-none-match': '"a"' } },
    { text: 'false' },
  ],
  [
    'cookies: as they came',
    [({ cookies }) => [cookies.get('a'), cookies.get('b'), cookies.get('c') ?? 'none']],
    { headers: { cookie: 'a=1; b="2"' } },
    { json: ['1', '2', 'none'] },
  ],
  [
    'cookies: those whose signature does not hold are none',
    [({ cookies }) => [cookies.get('a', { signed: true }) ?? 'none', cookies.get('a')], { keys: ['k'] }],
    { headers: { cookie: 'a=1; a.sig=forged' } },
    { json: ['none', '1'] },
  ],
  [
    'the content, by iteration',
    [async ({ req }) => Buffer.concat(await req.toArray()).toString()],
    post(['one ', 'two']),
    { text: 'one two' },
  ],
  ['the content, as a body', [({ req }) => req], post(['one ', 'two']), { text: 'one two' }],
  [
    'what belongs together is at hand',
    [
      (context, app) => [
        context.app === app,
        context.request.ctx === context,
        context.req === context.request.req,
        context.response.res === context.res,
        context.req.socket === context.socket,
      ],
    ],
    {},
    { json: [true, true, true, true, true] },
  ],
  ['state is the request’s own', [({ state }) => Object.assign(state, { a: (state.a ?? 0) + 1 })], {}, { json: { a: 1 } }],
  [
    'a request shows itself without its connection',
    [({ request }) => Object.keys(request.toJSON() as object)],
    {},
    { json: ['method', 'url', 'header'] },
  ],
]

alike<Program>('koa request', listenerOf, CASES)

function listenerOf([reads, settings = {}]: Program): ReturnType<Koa['callback']> {
  const app = new Koa({ env: 'test', ...settings })
  app.silent = true
  app.use(async (context) => {
    const read = await reads(context, app)
    context.body = typeof read === 'boolean' ? String(read) : read
  })
  return app.callback()
}

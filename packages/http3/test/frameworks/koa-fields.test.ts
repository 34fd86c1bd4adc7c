// The fields that Koa 3 sets on its response, under node:https and in each version of HTTP. https://koajs.com/#response-set-field-value-
import { alike, type Case } from '../support/alike.ts'
import { listenerOf, type Program } from '../support/koa.ts'

const TEXT = 'text/plain; charset=utf-8'

const CASES: readonly Case<Program>[] = [
  [
    'set, append, remove and has',
    [
      (context) => {
        context.set({ 'x-a': 'a', 'x-b': ['b', 'c'] })
        context.append('x-a', 'd')
        context.set('x-gone', '1')
        context.remove('X-Gone')
        context.body = [context.response.get('X-A'), context.response.get('x-gone')]
      },
    ],
    {},
    { headers: { 'x-a': 'a, d', 'x-b': 'b, c', 'x-gone': null }, json: [['a', 'd'], null] },
  ],
  [
    'set: numbers and the like become text',
    [
      (context) => {
        context.set('x-n', 1 as unknown as string)
        context.body = ''
      },
    ],
    {},
    { headers: { 'x-n': '1' } },
  ],
  [
    'set: fields that cannot be are errors',
    [(context) => context.set('x-a', 'a\r\nx-b: b')],
    {},
    { status: 500, headers: { 'x-b': null } },
  ],
  [
    'vary: once each',
    [
      (context) => {
        context.vary('Accept')
        context.vary(['accept', 'Origin'])
        context.body = ''
      },
    ],
    {},
    { headers: { vary: 'Accept, Origin' } },
  ],
  [
    'is: the type of the response',
    [
      (context) => {
        context.type = 'json'
        context.body = [context.response.is('json'), context.response.is('html')]
      },
    ],
    {},
    { json: ['json', false] },
  ],
  [
    'etag and lastModified: set and asked',
    [
      (context) => {
        context.etag = 'a'
        context.lastModified = new Date(0)
        context.body = [context.response.etag, context.response.lastModified]
      },
    ],
    {},
    { headers: { etag: '"a"', 'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT' }, json: ['"a"', '1970-01-01T00:00:00.000Z'] },
  ],
  [
    'etag: a weak one',
    [
      (context) => {
        context.etag = 'W/"a"'
        context.body = ''
      },
    ],
    {},
    { headers: { etag: 'W/"a"' } },
  ],
  [
    'fresh: 304 has no content',
    [
      (context) => {
        context.body = 'long'
        context.etag = 'a'
        if (context.fresh) context.status = 304
      },
    ],
    { headers: { 'if-none-match': '"a"' } },
    { status: 304, headers: { etag: '"a"', 'content-type': null, 'content-length': null }, text: '' },
  ],
  [
    'redirect: text for who reads it',
    [(context) => context.redirect('/there?ü')],
    { headers: { accept: 'text/plain' } },
    { status: 302, headers: { location: '/there?%C3%BC', 'content-type': TEXT }, text: /^Redirecting to/ },
  ],
  [
    'redirect: HTML, escaped',
    [(context) => context.redirect('/<there>')],
    { headers: { accept: 'text/html' } },
    { status: 302, headers: { 'content-type': 'text/html; charset=utf-8' }, text: /&lt;|%3C/ },
  ],
  [
    'redirect: with another status',
    [
      (context) => {
        context.status = 301
        context.redirect('/there')
        context.body = 'moved'
      },
    ],
    {},
    { status: 301, text: 'moved' },
  ],
  [
    'back: where one came from, on this site alone',
    [(context) => context.back('/home')],
    { headers: { referer: 'https://other.example/' } },
    { status: 302, headers: { location: '/home' } },
  ],
  [
    'attachment: with name and type',
    [
      (context) => {
        context.attachment('a b.png')
        context.body = Buffer.from('p')
      },
    ],
    {},
    {
      headers: {
        'content-disposition': 'attachment; filename="a b.png"',
        'content-type': 'image/png',
      },
    },
  ],
  [
    'attachment: shown in place',
    [
      (context) => {
        context.attachment('a.txt', { type: 'inline' })
        context.body = 'p'
      },
    ],
    {},
    { headers: { 'content-disposition': 'inline; filename="a.txt"' } },
  ],
]

alike<Program>('koa fields', listenerOf, CASES)

// The content, status and type that Koa 3 gives its response, under node:https and in each version of HTTP. https://koajs.com/#response
import { Readable } from 'node:stream'
import { alike, type Case } from '../support/alike.ts'
import { type Answers, listenerOf, type Program } from '../support/koa.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const TEXT = 'text/plain; charset=utf-8'
/** What assignments give is nobody's. */
const set =
  (values: object): Answers =>
  (context) => {
    for (const [name, value] of Object.entries(values)) Reflect.set(context.response, name, value)
  }

const CASES: readonly Case<Program>[] = [
  ['body: a string is text', [set({ body: 'hello' })], {}, { headers: { 'content-type': TEXT, 'content-length': '5' }, text: 'hello' }],
  ['body: a string that begins like HTML is', [set({ body: ' <p>' })], {}, { headers: { 'content-type': 'text/html; charset=utf-8' } }],
  [
    'body: bytes',
    [set({ body: Buffer.from('bytes') })],
    {},
    { headers: { 'content-type': 'application/octet-stream', 'content-length': '5' }, text: 'bytes' },
  ],
  ['body: an object is JSON', [set({ body: { a: [1] } })], {}, { headers: { 'content-type': JSON_TYPE }, json: { a: [1] } }],
  [
    'body: a stream',
    [
      (context) => {
        context.body = Readable.from([Buffer.from('one '), Buffer.from('two')])
      },
    ],
    {},
    { headers: { 'content-type': 'application/octet-stream', 'content-length': null }, text: 'one two' },
  ],
  [
    'body: a stream of the web',
    [
      (context) => {
        context.body = new Blob(['one ', 'two']).stream()
      },
    ],
    {},
    { headers: { 'content-type': 'application/octet-stream', 'content-length': null }, text: 'one two' },
  ],
  [
    'body: a Blob',
    [
      (context) => {
        context.body = new Blob(['blob'])
      },
    ],
    {},
    { headers: { 'content-length': '4' }, text: 'blob' },
  ],
  [
    'body: a Response',
    [
      (context) => {
        context.body = new Response('web', { status: 202, headers: { 'x-web': 'yes' } })
      },
    ],
    {},
    { status: 202, headers: { 'x-web': 'yes' }, text: 'web' },
  ],
  [
    'body: a Response without content',
    [
      (context) => {
        context.body = new Response(null, { status: 201 })
      },
    ],
    {},
    { status: 201, text: '' },
  ],
  [
    'body: null is no content',
    [set({ body: null })],
    {},
    { status: 204, headers: { 'content-type': null, 'content-length': null }, text: '' },
  ],
  [
    'body: streams that were replaced are ended',
    [
      async (context) => {
        const first = Readable.from(['a'])
        context.body = first
        context.body = 'b'
        context.set('x-ended', String(first.destroyed))
      },
    ],
    {},
    { headers: { 'x-ended': 'true' }, text: 'b' },
  ],
  ['body: HEAD has the fields alone', [set({ body: { a: 1 } })], { method: 'HEAD' }, { headers: { 'content-length': '7' }, text: '' }],
  [
    'body: HEAD of a stream',
    [
      (context) => {
        context.body = Readable.from(['never'])
      },
    ],
    { method: 'HEAD' },
    { text: '' },
  ],
  [
    'status: without content by its nature',
    [set({ body: 'gone', status: 205 })],
    {},
    { status: 205, headers: { 'content-type': null }, text: '' },
  ],
  [
    'status: a phrase of one’s own',
    [
      (context) => {
        context.status = 201
        context.message = 'Made'
        context.body = context.message
      },
    ],
    {},
    { status: 201, text: 'Made' },
  ],
  ['status: one that is none is an error', [set({ status: 1000 })], {}, { status: 500 }],
  [
    'type: by extension, by name, with parameters',
    [
      (context) => {
        context.type = '.png'
        const first = context.type
        context.type = 'html'
        const second = context.response.get('content-type')
        context.type = 'text/plain; charset=latin1'
        context.body = [first, second, context.type].join()
      },
    ],
    {},
    { headers: { 'content-type': 'text/plain; charset=latin1' }, text: 'image/png,text/html; charset=utf-8,text/plain' },
  ],
  [
    'type: taken away',
    [
      (context) => {
        context.body = 'a'
        context.type = ''
      },
    ],
    {},
    { headers: { 'content-type': null }, text: 'a' },
  ],
  [
    'length: set and asked',
    [
      (context) => {
        context.body = Readable.from(['abc'])
        context.length = 3
        context.set('x-length', String(context.response.length))
      },
    ],
    {},
    { headers: { 'content-length': '3', 'x-length': '3' }, text: 'abc' },
  ],
  [
    'length: of each kind',
    [
      (context) => {
        const lengths = ['é', Buffer.alloc(3), { a: 1 }].map((body) => {
          context.body = body
          context.remove('content-length')
          return context.response.length
        })
        context.body = lengths
      },
    ],
    {},
    { json: [2, 3, 7] },
  ],
]

alike<Program>('koa response', listenerOf, CASES)

// What Koa 3 documents of its context: cookies, errors, and answers of one's own; under node:https and in each version of HTTP. https://koajs.com/#context
import { Readable } from 'node:stream'
import Koa, { type Context, HttpError } from 'koa'
import { alike, type Case } from '../support/alike.ts'

type Answers = (context: Context, app: Koa) => unknown
type Program = readonly [answers: Answers, settings?: object]

const TEXT = 'text/plain; charset=utf-8'

const CASES: readonly Case<Program>[] = [
  [
    'cookies: each is a line',
    [
      (context) => {
        context.cookies.set('a', 'b', { domain: 'example.com', path: '/p', sameSite: 'strict' })
        context.cookies.set('c', 'd', { httpOnly: false })
        context.body = ''
      },
    ],
    {},
    { headers: { 'set-cookie': ['a=b; path=/p; domain=example.com; samesite=strict; secure; httponly', 'c=d; path=/; secure'] } },
  ],
  [
    'cookies: signed with keys',
    [
      (context) => {
        context.cookies.set('a', 'b', { signed: true })
        context.body = ''
      },
      { keys: ['new', 'old'] },
    ],
    {},
    { headers: { 'set-cookie': /^a=b; path=\/; secure; httponly,a\.sig=[\w-]{27}; path=\/; secure; httponly$/ } },
  ],
  ['cookies: signed without keys are an error', [(context) => context.cookies.set('a', 'b', { signed: true })], {}, { status: 500 }],
  [
    'throw: what the client may know',
    [(context) => context.throw(418, 'short', { headers: { 'x-pot': 'tea' } })],
    {},
    { status: 418, headers: { 'x-pot': 'tea', 'content-type': TEXT }, text: 'short' },
  ],
  ['throw: what it may not', [(context) => context.throw(503, 'secret')], {}, { status: 503, text: 'Service Unavailable' }],
  [
    'throw: what was set before is gone',
    [
      (context) => {
        context.set('x-a', 'a')
        context.body = { a: 1 }
        throw new Error('secret')
      },
    ],
    {},
    { status: 500, headers: { 'x-a': null }, text: 'Internal Server Error' },
  ],
  [
    'throw: an exposed error',
    [
      () => {
        throw Object.assign(new Error('known'), { status: 402, expose: true })
      },
    ],
    {},
    { status: 402, text: 'known' },
  ],
  [
    'throw: something that is no error',
    [
      () => {
        throw 'text'
      },
    ],
    {},
    { status: 500 },
  ],
  ['assert: what must hold', [(context) => context.assert(context.query.a, 401, 'who?')], {}, { status: 401, text: 'who?' }],
  [
    'errors are told to the application',
    [
      (_, app) => {
        app.once('error', (error: Error, on: Context) => on.res.setHeader('x-told', error.message))
        throw new Error('told')
      },
    ],
    {},
    { status: 500 },
  ],
  [
    'onerror: at the context’s own hands',
    [
      (context) => {
        context.onerror(new HttpError('own'))
      },
    ],
    {},
    { status: 500 },
  ],
  [
    'respond: left to the application',
    [
      (context) => {
        context.respond = false
        context.res.writeHead(202, { 'x-own': 'yes' })
        context.res.end('own')
      },
    ],
    {},
    { status: 202, headers: { 'x-own': 'yes' }, text: 'own' },
  ],
  [
    'headerSent, writable and flushHeaders',
    [
      (context) => {
        context.type = 'text'
        context.status = 200
        const before = context.headerSent
        context.flushHeaders()
        context.body = Readable.from([`${before} ${context.headerSent} ${context.writable}`])
      },
    ],
    {},
    { text: 'false true true' },
  ],
  [
    'inspected without its connection',
    [
      ({ response }) => {
        response.body = Object.keys(response.toJSON() as object)
      },
    ],
    {},
    { json: ['status', 'message', 'header'] },
  ],
]

alike<Program>('koa context', listenerOf, CASES)

function listenerOf([answers, settings = {}]: Program): ReturnType<Koa['callback']> {
  const app = new Koa({ env: 'test', ...settings })
  app.silent = true
  app.use(async (context, next) => {
    await answers(context, app)
    await next()
  })
  return app.callback()
}

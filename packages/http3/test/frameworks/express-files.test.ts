// Files as Express 5 sends them, under node:https and in each version of HTTP. https://expressjs.com/en/5x/api.html#res.sendFile
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import express, { type Request, type Response } from 'express'
import { alike, type Case } from '../support/alike.ts'

type Program = (response: Response) => unknown

const directory = mkdtempSync(join(tmpdir(), 'millrace-express-files-'))
after(() => rmSync(directory, { recursive: true }))
const page = join(directory, 'page.html')
writeFileSync(page, '<p>{{name}}</p>')
utimesSync(page, 1_700_000_000, 1_700_000_000)
const MODIFIED = new Date(1_700_000_000_000).toUTCString()
const HTML = 'text/html; charset=utf-8'
const sendPage: Program = (response) => response.sendFile('page.html', { root: directory, maxAge: 60_000, headers: { 'x-file': 'yes' } })
const error = (value: unknown): string => (value as { code?: string }).code ?? (value as Error).message

const CASES: readonly Case<Program>[] = [
  [
    'sendFile: with validators, age and fields',
    sendPage,
    {},
    {
      headers: {
        'content-type': HTML,
        'content-length': '15',
        'last-modified': MODIFIED,
        'cache-control': 'public, max-age=60',
        'accept-ranges': 'bytes',
        'x-file': 'yes',
      },
      text: '<p>{{name}}</p>',
    },
  ],
  ['sendFile: HEAD', sendPage, { method: 'HEAD' }, { headers: { 'content-length': '15' }, text: '' }],
  [
    'sendFile: a range',
    sendPage,
    { headers: { range: 'bytes=3-6' } },
    { status: 206, headers: { 'content-range': 'bytes 3-6/15' }, text: '{{na' },
  ],
  ['sendFile: the last bytes', sendPage, { headers: { range: 'bytes=-4' } }, { status: 206, text: '</p>' }],
  [
    'sendFile: a range beyond the end',
    sendPage,
    { headers: { range: 'bytes=99-' } },
    { status: 416, headers: { 'content-range': 'bytes */15' } },
  ],
  [
    'sendFile: several ranges are the whole',
    sendPage,
    { headers: { range: 'bytes=0-1,5-6' } },
    { status: 200, headers: { 'content-length': '15' } },
  ],
  [
    'sendFile: a range of what has changed since is the whole',
    sendPage,
    { headers: { range: 'bytes=0-1', 'if-range': '"other"' } },
    { status: 200 },
  ],
  ['sendFile: not modified since', sendPage, { headers: { 'if-modified-since': MODIFIED } }, { status: 304, text: '' }],
  ['sendFile: modified since', sendPage, { headers: { 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' } }, { status: 412 }],
  [
    'sendFile: no ranges where they are off',
    (response) => response.sendFile(page, { acceptRanges: false }),
    { headers: { range: 'bytes=0-1' } },
    { status: 200, headers: { 'accept-ranges': null } },
  ],
  [
    'sendFile: what is not there',
    (response) => response.sendFile(join(directory, 'none'), (reason) => response.status(404).send(error(reason))),
    {},
    { status: 404, text: 'ENOENT' },
  ],
  [
    'sendFile: without a callback it is an error like any other',
    (response) => response.sendFile(join(directory, 'none')),
    {},
    { status: 404 },
  ],
  ['sendFile: nothing above its root', (response) => response.sendFile('../page.html', { root: directory }), {}, { status: 403 }],
  ['sendFile: hidden files are not there', (response) => response.sendFile('.page', { root: directory }), {}, { status: 404 }],
  ['sendFile: a relative path needs a root', (response) => response.sendFile('page.html'), {}, { status: 500 }],
  [
    'download: under another name',
    (response) => response.download(page, 'other.html'),
    {},
    { headers: { 'content-disposition': 'attachment; filename=other.html', 'content-length': '15' } },
  ],
  [
    'download: a range',
    (response) => response.download(page),
    { headers: { range: 'bytes=0-2' } },
    { status: 206, headers: { 'content-disposition': 'attachment; filename=page.html' }, text: '<p>' },
  ],
  [
    'download: what is not there is no attachment',
    (response) => response.download(join(directory, 'none'), (reason) => response.status(404).send(error(reason))),
    {},
    { status: 404, headers: { 'content-disposition': null } },
  ],
  [
    'static: a file',
    sendPage,
    { path: '/static/page.html' },
    { headers: { 'cache-control': 'public, max-age=86400, immutable' }, text: '<p>{{name}}</p>' },
  ],
  ['static: an index', sendPage, { path: '/static/' }, { text: '<p>{{name}}</p>' }],
  ['static: an extension that was left out', sendPage, { path: '/static/page' }, { headers: { 'content-type': HTML } }],
  ['static: a directory has a slash', sendPage, { path: '/static' }, { status: 301, headers: { location: '/static/' } }],
  ['static: a range', sendPage, { path: '/static/page.html', headers: { range: 'bytes=0-2' } }, { status: 206, text: '<p>' }],
  ['static: nothing above it', sendPage, { path: '/static/..%2fpage.html' }, { status: 404 }],
  ['static: what is not there is left to the next', sendPage, { path: '/static/none' }, { status: 404 }],
  ['static: for reading alone', sendPage, { path: '/static/page.html', method: 'POST' }, { status: 404 }],
]

alike<Program>('express files', listenerOf, CASES)

function listenerOf(answers: Program): express.Express {
  const app = express()
  app.set('env', 'test')
  app.use('/static', express.static(directory, { index: 'page.html', maxAge: '1d', immutable: true, extensions: ['html'] }))
  app.all('/', (_, response) => void answers(response))
  // What failed is told by its status alone: traces of calls differ from one server to the next.
  app.use(
    (error: { status?: number }, _: Request, response: Response, __: unknown) => void response.status(error.status ?? 500).send('failed'),
  )
  return app
}

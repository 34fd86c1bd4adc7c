// `millrace get` against a server of our own: what it prints, where, and with which exit code.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createPlainServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { after, describe, test } from 'node:test'
import { createServer } from '@millrace/http3'
import { createCertificate } from '../../native/test/certificates.ts'
import { runProgram } from '../src/cli/program.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-get-'))
after(() => rmSync(directory, { recursive: true }))
const { certs: cert, keys: key } = createCertificate({ name: 'localhost', hosts: ['localhost', '127.0.0.1'] })
writeFileSync(join(directory, 'ca.pem'), cert)
writeFileSync(join(directory, 'content.txt'), 'from a file')

const server = createServer({ key, cert }, async (request, response): Promise<unknown> => {
  const { pathname, searchParams } = new URL(request.url!, 'https://localhost')
  if (pathname === '/hang') return undefined
  if (pathname === '/redirect')
    return response.writeHead(Number(searchParams.get('status')), { location: searchParams.get('to')! }).end('moved')
  if (pathname === '/missing') return response.writeHead(404).end('no such page')
  if (pathname === '/large') return response.writeHead(200, { 'content-length': 300_000 }).end(Buffer.alloc(300_000, 'x'))
  if (pathname === '/early') response.writeEarlyHints({ link: '</style.css>; rel=preload' })
  const content: Buffer[] = []
  for await (const chunk of request) content.push(chunk as Buffer)
  const { authorization, cookie, 'content-type': type } = request.headers
  response.setHeader('x-version', request.httpVersion)
  return response.end(
    JSON.stringify({
      method: request.method,
      url: request.url,
      type,
      authorization,
      cookie,
      x: request.headers['x-a'],
      content: String(Buffer.concat(content)),
    }),
  )
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
after(() => server.close())
const base = `https://localhost:${(server.address() as AddressInfo).port}`

/** HTTP/2 alone. */
const old = createSecureServer({ key, cert, allowHTTP1: true }, (request, response) => response.end(`by ${request.httpVersion}`)).listen(
  0,
  '127.0.0.1',
)
await once(old, 'listening')
after(() => old.close())
const oldBase = `https://localhost:${(old.address() as AddressInfo).port}`

class Kept extends Writable {
  text = ''
  readonly isTTY: boolean

  constructor(isTTY = false) {
    super()
    this.isTTY = isTTY
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

interface Run {
  readonly stdin?: string
  readonly tty?: boolean
  readonly signal?: AbortSignal
}

async function get(args: readonly string[], { stdin = '', tty = false, signal = new AbortController().signal }: Run = {}) {
  const [stdout, stderr] = [new Kept(), new Kept(tty)]
  const host = { cwd: directory, stdin: Readable.from([Buffer.from(stdin)]), stdout, stderr, signal }
  const code = await runProgram(['get', '--cacert', 'ca.pem', ...args], host)
  return { code, stdout: stdout.text, stderr: stderr.text }
}

/** What the server heard, by HTTP/3. */
async function heard(args: readonly string[], run: Run = {}): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await get(['--http3-only', ...args], run)
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

describe('millrace get', () => {
  test('prints the content, and nothing else', async () => {
    const { code, stdout, stderr } = await get([`${base}/a?b=c`])
    assert.deepEqual([code, stderr], [0, ''])
    assert.equal(JSON.parse(stdout).url, '/a?b=c')
  })

  test('goes by HTTP/2 where a server has nothing else, and by HTTP/3 alone if told to', async () => {
    assert.deepEqual(await get([oldBase]), { code: 0, stdout: 'by 2.0', stderr: '' })
    assert.match((await get(['--http3-only', '-i', base])).stdout, /^HTTP\/3 200\r\n(.+\r\n)*x-version: 3\.0\r\n/)
  })

  test('sends method, fields and content as told', async () => {
    const posted = await heard(['-d', 'a=1', '-d', '@content.txt', '-d', '@-', '-H', 'X-A: b', base], { stdin: 'from standard input' })
    assert.deepEqual([posted.method, posted.x, posted.type], ['POST', 'b', 'application/x-www-form-urlencoded'])
    assert.equal(posted.content, 'a=1&from a file&from standard input')
    const put = await heard(['-X', 'PUT', '-H', 'content-type: text/x', '-d', 'x', base])
    assert.deepEqual([put.method, put.type], ['PUT', 'text/x'])
    const named = await heard([base.replace('https://', 'https://user:pass%20word@')])
    assert.equal(named.authorization, `Basic ${Buffer.from('user:pass word').toString('base64')}`)
  })

  test('prints status and fields before the content with -i, and alone with -I', async () => {
    assert.match((await get(['-i', '--http3-only', base])).stdout, /^HTTP\/3 200\r\n[\s\S]*\r\n\r\n\{/)
    assert.match((await get(['-I', '--http3-only', base])).stdout, /^HTTP\/3 200\r\n[\s\S]*\r\n\r\n$/)
  })

  test('tells with -v what goes and comes, interim responses too', async () => {
    const { stderr } = await get(['-v', '--http3-only', '-H', 'x-a: b', `${base}/early`])
    for (const line of ['> GET /early', '> x-a: b', '< HTTP/3 103', '< link: </style.css>; rel=preload', '< HTTP/3 200'])
      assert.ok(stderr.split('\n').includes(line), `${line} in\n${stderr}`)
  })

  test('tells with --timing what took how long', async () => {
    const rest = 'connected {4}\\d+ ms\nfirst byte {3}\\d+ ms\ntotal {8}\\d+ ms\nreceived {5}\\d+ bytes\n$'
    const { stderr } = await get(['--timing', '--http3-only', base])
    assert.match(stderr, new RegExp(`^protocol {5}HTTP/3\nname lookup {2}\\d+ ms\n${rest}`))
    const { stderr: literal } = await get(['--timing', '--http3-only', base.replace('localhost', '127.0.0.1')])
    assert.match(literal, new RegExp(`^protocol {5}HTTP/3\n${rest}`), 'an address has none')
  })

  test('writes to a file, with a bar on a terminal alone', async () => {
    const args = ['--http3-only', '-o', 'out.bin', `${base}/large`]
    const onTerminal = await get(args, { tty: true })
    assert.equal(onTerminal.code, 0)
    assert.match(onTerminal.stderr, /\[#{30}\] 100 % {2}300\.0 KB of 300\.0 KB/)
    assert.equal(readFileSync(join(directory, 'out.bin'), 'utf8'), 'x'.repeat(300_000))
    for (const quiet of [await get(args), await get(['-s', ...args], { tty: true })])
      assert.deepEqual(quiet, { code: 0, stdout: '', stderr: '' })
  })

  test('follows redirects with -L, and shows them without', async () => {
    const to = (status: number, target: string): string => `${base}/redirect?status=${status}&to=${encodeURIComponent(target)}`
    assert.match((await get(['-i', '--http3-only', to(302, '/end')])).stdout, /^HTTP\/3 302\r\n[\s\S]*moved$/)
    const kept = await heard(['-L', '-d', 'x', to(307, '/end')])
    assert.deepEqual([kept.method, kept.url, kept.content], ['POST', '/end', 'x'])
    const turned = await heard(['-L', '-d', 'x', to(302, '/end')])
    assert.deepEqual([turned.method, turned.content, turned.type], ['GET', '', undefined])
  })

  test('keeps secrets for the origin that they were for', async () => {
    const secrets = ['-H', 'authorization: Bearer x', '-H', 'cookie: a=b']
    const other = base.replace('localhost', '127.0.0.1')
    const same = await heard(['-L', ...secrets, `${base}/redirect?status=302&to=/end`])
    assert.deepEqual([same.authorization, same.cookie], ['Bearer x', 'a=b'])
    const elsewhere = await heard(['-L', ...secrets, `${base}/redirect?status=302&to=${encodeURIComponent(`${other}/end`)}`])
    assert.deepEqual([elsewhere.authorization, elsewhere.cookie], [undefined, undefined])
  })

  test('gets pages without TLS as well', async () => {
    const plain = createPlainServer((_, response) => response.end('plain')).listen(0, '127.0.0.1')
    await once(plain, 'listening')
    after(() => plain.close())
    assert.equal((await get([`http://127.0.0.1:${(plain.address() as AddressInfo).port}`])).stdout, 'plain')
  })
})

describe('millrace get ends with one line that says what to do', () => {
  const host = new URL(base).host
  const loop = `${base}/redirect?status=302&to=${encodeURIComponent('/redirect?status=302&to=/')}`
  const failures: readonly (readonly [args: readonly string[], code: number, line: string | RegExp])[] = [
    [['-f', `${base}/missing`], 1, `${host}: the server answered 404; check the address`],
    [['-m', '0.2', '--http3-only', `${base}/hang`], 1, `${host}: it took longer than 0.2 s; raise --max-time, or try again`],
    [['https://localhost:1/'], 1, 'localhost:1: nothing listens there; check host and port, and that no firewall is in between'],
    [['https://no-such-name.invalid/'], 1, /^no-such-name\.invalid: the name cannot be found( now)?; check the spelling/],
    [['--cacert', 'other.pem', '--http3-only', base], 1, /: the certificate was not accepted; give --cacert FILE/],
    [['--cacert', 'other.pem', oldBase], 1, /: the certificate is signed by (itself|an authority that is not known); give --cacert FILE/],
    [['-o', 'no/such/directory/file', base], 2, '-o no/such/directory/file: cannot be written; give a path where you may write'],
    [['-d', '@gone.txt', base], 2, '-d @gone.txt: cannot be read; give the path of a file, or @- for standard input'],
    [['--cacert', 'gone.pem', base], 2, '--cacert gone.pem: cannot be read; give the path of a PEM file'],
    [['-H', 'nonsense', base], 2, "-H 'nonsense': is no field; write 'name: value'"],
    [['ftp://localhost/'], 2, 'ftp:// is not known here; give https:// or http://'],
    [['https://:99999/'], 2, "'https://:99999/' is no address; write for example https://example.com/path"],
    [['-m', 'soon', base], 2, /^option '-m, --max-time <seconds>' argument 'soon' is invalid/],
    [[], 2, /^missing required argument 'url'/],
    [['-H', 'a b: c', base], 2, "-H 'a b: c': is no field; write 'name: value'"],
    [['-X', 'G T', base], 2, "-X 'G T': is no method; write for example -X PUT"],
    [['-X', 'CONNECT', base], 2, '-X CONNECT: opens a tunnel, which is no page; give another method'],
    [['--cacert', 'content.txt', base], 2, '--cacert content.txt: holds no certificate; it begins with -----BEGIN CERTIFICATE-----'],
    [['--http3-only', 'http://localhost/a'], 2, '--http3-only: HTTP/3 is for https alone; give https://localhost/a'],
  ]
  const { certs: other } = createCertificate({ name: 'other', hosts: ['localhost'] })
  writeFileSync(join(directory, 'other.pem'), other)
  for (const [args, code, line] of failures)
    test(`${args.map((arg) => arg.replace(/:\d{4,5}/, '')).join(' ')} ends with ${code}`, async () => {
      const ended = await get(args)
      assert.equal(ended.code, code, ended.stderr)
      assert.ok(ended.stderr.startsWith('millrace: ') && ended.stderr.indexOf('\n') === ended.stderr.length - 1, ended.stderr)
      const said = ended.stderr.slice('millrace: '.length, -1)
      if (typeof line === 'string') assert.equal(said, line)
      else assert.match(said, line)
    })

  test('redirects that go round', async () => {
    const round = createSecureServer({ key, cert, allowHTTP1: true }, (_, response) => {
      response.writeHead(302, { location: '/' })
      response.end()
    }).listen(0, '127.0.0.1')
    await once(round, 'listening')
    after(() => round.close())
    const { code, stderr } = await get(['-L', `https://localhost:${(round.address() as AddressInfo).port}`])
    assert.equal(code, 1)
    assert.match(stderr, /more than 20 redirects/)
    assert.equal((await get(['-L', loop])).code, 0, 'two are not many')
  })

  test('a standard output that is full', async () => {
    const full = new Writable({ write: (_, __, done) => done(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })) })
    const stderr = new Kept()
    const host = { cwd: directory, stdin: Readable.from([]), stdout: full, stderr, signal: new AbortController().signal }
    assert.equal(await runProgram(['get', '--cacert', 'ca.pem', '--http3-only', `${base}/large`], host), 1)
    assert.equal(stderr.text, 'millrace: standard output cannot be written: no space left on device\n')
  })

  test('Ctrl-C', async () => {
    const stopping = new AbortController()
    const asked = once(server, 'request')
    const ended = get(['--http3-only', `${base}/hang`], { signal: stopping.signal })
    await asked
    stopping.abort()
    assert.deepEqual(await ended, { code: 1, stdout: '', stderr: `millrace: ${host}: stopped before it was done\n` })
  })
})

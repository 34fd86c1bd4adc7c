// Our server against curl, whose HTTP/3 is nghttp3's and whose QUIC is OpenSSL's own. Skipped where there is none: `bash interop/install.sh curl`.
import assert from 'node:assert/strict'
import { type ChildProcess, execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { createServer, type ServerOptions, staticFiles } from '@millrace/http3'
import { createCertificate } from '../scripts/support/certificate.ts'

const CURL = join(process.env.MILLRACE_PEERS ?? '/usr/local/lib/millrace-interop', 'curl')
/** A curl that does not end within so many milliseconds fails its test. */
const CURL_MILLIS = 60_000
const MIB = 1024 * 1024

const directory = mkdtempSync(join(tmpdir(), 'millrace-curl-'))
after(() => rmSync(directory, { recursive: true }))
const path = (name: string): string => join(directory, name)
const { cert, key } = createCertificate()
writeFileSync(path('ca.pem'), cert)
const content = randomBytes(10 * MIB)
writeFileSync(path('content'), content)

/** What curl says of each transfer: https://curl.se/docs/manpage.html#-w */
interface Transfer {
  readonly http_version: string
  readonly response_code: number
  /** How many connections it opened for this one. */
  readonly num_connects: number
}

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly transfers: readonly Transfer[]
}

/** Runs it; `feed` writes to its standard input. */
async function curl(args: readonly string[], feed?: (child: ChildProcess) => void): Promise<Outcome> {
  const all = ['--silent', '--cacert', path('ca.pem'), '--write-out', '%{stderr}%{json}\n', ...args]
  return await new Promise((resolve) => {
    const child = execFile(CURL, all, { timeout: CURL_MILLIS }, (error, stdout, stderr) => {
      const transfers = stderr.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Transfer]))
      // Who was killed has no code of its own.
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, transfers })
    })
    feed?.(child)
  })
}

async function listen(
  handler: (request: IncomingMessage, response: ServerResponse) => unknown,
  options: Partial<ServerOptions> = {},
): Promise<string> {
  const server = createServer({ key, cert, drainTimeout: 0, ...options }, (request, response) => void handler(request, response)).listen(
    0,
    '127.0.0.1',
  )
  after(() => server[Symbol.asyncDispose]())
  await once(server, 'listening')
  return `https://localhost:${server.address()!.port}`
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function answerWithHash(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of request) hash.update(chunk as Uint8Array)
  response.end(hash.digest('hex'))
}

describe('curl', { skip: existsSync(CURL) ? false : `${CURL} is not there; bash interop/install.sh curl` }, () => {
  test('reads an interim response, fields, content and trailers', async () => {
    const base = await listen((_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
      response.setHeader('x-kind', 'greeting')
      response.write('hello')
      response.addTrailers({ 'x-sum': '5' })
      response.end()
    })
    const { stdout, transfers } = await curl(['--http3-only', '--include', base])
    const [interim, final, body] = stdout.split('\r\n\r\n')
    assert.match(interim!, /^HTTP\/3 103 \r\nlink: <\/style.css>; rel=preload; as=style/)
    assert.match(final!, /^HTTP\/3 200 [\s\S]*\r\nx-kind: greeting/)
    assert.match(body!, /^hello/)
    assert.match(stdout, /x-sum: 5/)
    assert.deepEqual([transfers[0]?.http_version, transfers[0]?.response_code], ['3', 200])
  })

  test('uploads 10 MiB of a length that it says, and of one that it does not know', async () => {
    // Of hundreds of curls on a busy machine one never opens its control and QPACK streams, by its own qlog, and fields that refer to a table then wait for ever.
    const base = await listen(answerWithHash, { http3Options: { qpackMaxTableCapacity: 0 } })
    const known = await curl(['--http3-only', '--data-binary', `@${path('content')}`, base])
    const unknown = await curl(['--http3-only', '--upload-file', '-', `${base}/content`], (child) => child.stdin!.end(content))
    for (const { code, stdout, transfers } of [known, unknown]) {
      assert.equal(code, 0)
      assert.equal(stdout, sha256(content))
      assert.equal(transfers[0]?.http_version, '3')
    }
  })

  test('downloads 50 MiB', async () => {
    const large = randomBytes(50 * MIB)
    const base = await listen((_, response) => response.end(large))
    const { code, transfers } = await curl(['--http3-only', '--output', path('large'), base])
    assert.equal(code, 0)
    assert.equal(transfers[0]?.http_version, '3')
    assert.equal(sha256(readFileSync(path('large'))), sha256(large))
  })

  test('asks fifty times at once on one connection', async () => {
    const base = await listen((request, response) => response.end(`${request.url};`))
    const { stdout, transfers } = await curl(['--http3-only', '--parallel', `${base}/[1-50]`])
    const expected = Array.from({ length: 50 }, (_, index) => `/${index + 1}`)
    assert.deepEqual(new Set(stdout.split(';').slice(0, -1)), new Set(expected))
    assert.deepEqual(new Set(transfers.map(({ http_version }) => http_version)), new Set(['3']))
    assert.equal(
      transfers.reduce((sum, { num_connects }) => sum + num_connects, 0),
      1,
    )
  })

  test('asks for a part of a file, for the rest of it, for it compressed, and for its fields alone', async () => {
    const text = 'a millrace drives a mill '.repeat(1000)
    writeFileSync(path('text.txt'), text)
    const url = `${await listen(staticFiles(directory))}/text.txt`
    const part = await curl(['--http3-only', '--range', '100-199', url])
    assert.deepEqual([part.stdout, part.transfers[0]?.response_code], [text.slice(100, 200), 206])
    writeFileSync(path('resumed'), text.slice(0, 1000))
    assert.equal((await curl(['--http3-only', '--continue-at', '-', '--output', path('resumed'), url])).code, 0)
    assert.equal(readFileSync(path('resumed'), 'utf8'), text)
    const compressed = await curl(['--http3-only', '--compressed', '--include', url])
    assert.match(compressed.stdout, /\r\ncontent-encoding: (br|zstd|gzip)\r\n/)
    assert.ok(compressed.stdout.endsWith(text))
    const head = await curl(['--http3-only', '--head', url])
    assert.match(head.stdout, /^HTTP\/3 200 /)
    assert.ok(head.stdout.includes(`\r\ncontent-length: ${text.length}\r\n`))
  })

  test('learns of HTTP/3 by Alt-Svc, and remembers it', async () => {
    const base = await listen((request, response) => response.end(request.httpVersion))
    const versions: string[] = []
    // However long HTTP/3 takes, it does not try HTTP/2 meanwhile.
    const args = ['--alt-svc', path('alt-svc'), '--happy-eyeballs-timeout-ms', String(CURL_MILLIS), base]
    for (let visit = 0; visit < 2; visit++) versions.push((await curl(args)).stdout)
    assert.deepEqual(versions, ['2.0', '3.0'])
  })

  test('takes HTTP/2 where no HTTP/3 is served', async () => {
    const base = await listen((request, response) => response.end(request.httpVersion), { http3: false })
    assert.equal((await curl(['--http3', base])).stdout, '2.0')
  })

  test('gives up a download, and the response is closed', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<boolean>()
    const base = await listen((_, response) => {
      response.on('close', () => resolve(response.writableFinished))
      response.setHeader('content-length', 50 * MIB)
      response.write(content)
    })
    const { code } = await curl(['--http3-only', '--max-filesize', '1000', base])
    assert.equal(code, 63)
    assert.equal(await closed, false)
  })
})

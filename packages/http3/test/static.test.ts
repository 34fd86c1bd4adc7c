// A directory served as it is. RFC 9110 sections 8.4, 13 and 14.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { staticFiles } from '../src/index.ts'
import { inEachVersion, served } from './support/served.ts'

const parent = mkdtempSync(join(tmpdir(), 'millrace-static-'))
after(() => rmSync(parent, { recursive: true }))
const directory = join(parent, 'public')
const text = 'the same words again and again, '.repeat(400)
mkdirSync(join(directory, 'sub'), { recursive: true })
writeFileSync(join(parent, 'secret.txt'), text)
writeFileSync(join(directory, 'index.html'), '<h1>index</h1>')
writeFileSync(join(directory, 'sub', 'index.html'), '<h1>sub</h1>')
writeFileSync(join(directory, 'large.txt'), text)
writeFileSync(join(directory, 'ready.js'), 'original()')
writeFileSync(join(directory, 'ready.js.br'), brotliCompressSync('ready()'))
writeFileSync(join(directory, '.hidden.txt'), text)
writeFileSync(join(directory, 'picture.png'), Buffer.alloc(5000))

const start = () => served(staticFiles(directory))

inEachVersion('files, indexes and directories', start, async (client) => {
  const index = await client.ask('/')
  assert.deepEqual([index.status, index.text, index.headers['content-type']], [200, '<h1>index</h1>', 'text/html; charset=utf-8'])
  assert.equal((await client.ask('/sub/')).text, '<h1>sub</h1>')
  const { status, headers } = await client.ask('/sub')
  assert.deepEqual([status, headers.location], [301, '/sub/'])
  assert.equal((await client.ask('/nothing.txt')).status, 404)
  const post = await client.ask('/', { method: 'POST', body: 'x' })
  assert.deepEqual([post.status, post.headers.allow], [405, 'GET, HEAD'])
})

inEachVersion('ranges, and validators that spare the content', start, async (client) => {
  const part = await client.ask('/large.txt', { headers: { range: 'bytes=4-7' } })
  assert.deepEqual([part.status, part.text, part.headers['content-range']], [206, 'same', `bytes 4-7/${text.length}`])
  assert.equal((await client.ask('/large.txt', { headers: { range: `bytes=${text.length}-` } })).status, 416)
  const fresh = await client.ask('/large.txt', { headers: { 'if-none-match': String(part.headers.etag) } })
  assert.deepEqual([fresh.status, fresh.text], [304, ''])
})

inEachVersion('what lies outside of the directory, or is hidden, is not to be had', start, async (client) => {
  const paths = [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/sub/../../secret.txt',
    '/.hidden.txt',
    '/%2ehidden.txt',
    '/a%00.txt',
    '/%',
  ]
  for (const path of paths) {
    for (const headers of [{}, { 'accept-encoding': 'br' }]) {
      const { status, text } = await client.ask(path, { headers })
      assert.ok([400, 403, 404].includes(status) && !text.includes('the same words'), `${path}: ${status}`)
    }
  }
})

const DECODERS = { br: brotliDecompressSync, zstd: zstdDecompressSync, gzip: gunzipSync }

inEachVersion('text is compressed as the client would have it, and compressed once', start, async (client) => {
  for (const [name, decode] of Object.entries(DECODERS)) {
    const { headers, body } = await client.ask('/large.txt', { headers: { 'accept-encoding': `${name}, identity;q=0.5` } })
    assert.deepEqual(
      [headers['content-encoding'], headers.vary, headers['content-type']],
      [name, 'accept-encoding', 'text/plain; charset=utf-8'],
    )
    assert.equal(decode(body).toString(), text)
    const again = await client.ask('/large.txt', { headers: { 'accept-encoding': name, 'if-none-match': String(headers.etag) } })
    assert.deepEqual([again.status, again.text], [304, ''])
    const head = await client.ask('/large.txt', { method: 'HEAD', headers: { 'accept-encoding': name } })
    assert.deepEqual([head.headers['content-length'], head.text], [String(body.length), ''])
  }
  const compressed = async (headers: Record<string, string>) =>
    (await client.ask('/large.txt', { headers: { 'accept-encoding': 'gzip', ...headers } })).status
  assert.equal(await compressed({ 'if-modified-since': new Date(Date.now() + 3_600_000).toUTCString() }), 304)
  assert.equal(await compressed({ 'if-modified-since': new Date(0).toUTCString() }), 200)
  assert.equal(await compressed({ 'if-match': '"another"' }), 412)
  assert.equal(await compressed({ 'if-unmodified-since': new Date(0).toUTCString() }), 412)
  assert.equal(
    (await client.ask('/large.txt', { headers: { 'accept-encoding': 'gzip, deflate, br, zstd' } })).headers['content-encoding'],
    'br',
  )
  for (const none of ['identity', 'br;q=0', 'identity, br;q=0.5', 'unknown']) {
    const { headers, text: got } = await client.ask('/large.txt', { headers: { 'accept-encoding': none } })
    assert.deepEqual([headers['content-encoding'], got], [undefined, text])
  }
})

inEachVersion('files compressed beforehand are sent in the place of the original; pictures are left as they are', start, async (client) => {
  const ready = await client.ask('/ready.js', { headers: { 'accept-encoding': 'gzip, br' } })
  assert.deepEqual([ready.headers['content-encoding'], ready.headers['content-type']], ['br', 'text/javascript; charset=utf-8'])
  assert.equal(brotliDecompressSync(ready.body).toString(), 'ready()')
  assert.equal((await client.ask('/ready.js')).text, 'original()')
  const picture = await client.ask('/picture.png', { headers: { 'accept-encoding': 'br' } })
  assert.deepEqual([picture.headers['content-encoding'], picture.body.length], [undefined, 5000])
})

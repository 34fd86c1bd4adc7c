// What one version of HTTP reads otherwise than another is refused by each of them, and reaches no application. RFC 9114 section 10.3, RFC 9113 section 10.3,
// RFC 9112 section 11.2. For HTTP/3 itself see malformed.test.ts.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2'
import { after, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { certificate } from './support/loopback.ts'
import { served } from './support/served.ts'

const reached: string[] = []
const { server } = await served((request, response) => {
  reached.push(request.url!)
  // Content that is not what was announced ends the request, when somebody has begun to read it.
  request.on('error', () => undefined).resume()
  request.on('end', () => response.end('served'))
})
const { port } = server.address()!

describe('HTTP/2: a stream is reset, and its connection goes on', () => {
  const session = connectHttp2(`https://localhost:${port}`, { ca: certificate.certs })
  after(() => session.destroy())
  const refused: Readonly<Record<string, OutgoingHttpHeaders>> = {
    'host that differs from :authority': { ':authority': 'localhost', host: 'admin.example' },
    'an authority with somebody’s name': { ':authority': 'user@localhost' },
    'a path with white space': { ':path': '/ HTTP/1.1' },
    'a path with a fragment': { ':path': '/#/admin' },
    'a path that is a whole URL': { ':path': 'https://admin.example/' },
    'a method of two words': { ':method': 'GET /admin' },
  }
  for (const [what, headers] of Object.entries(refused)) {
    test(what, async () => {
      assert.deepEqual(await ask(session, headers), 'reset with 1')
      assert.deepEqual([reached.splice(0), await ask(session, { ':path': '/good' }), reached.splice(0)], [[], 'served', ['/good']])
    })
  }
})

describe('HTTP/1.1: 400, and the connection ends, so that nothing behind it is taken for a request', () => {
  const refused: Readonly<Record<string, string>> = {
    'content-length beside transfer-encoding': 'content-length: 4\r\ntransfer-encoding: chunked\r\n',
    'two content-lengths': 'content-length: 0\r\ncontent-length: 5\r\n',
    'content-length with a sign': 'content-length: +5\r\n',
    'a coding behind chunked': 'transfer-encoding: chunked, identity\r\n',
    'white space before a colon': 'content-length : 5\r\n',
    'NUL in a value': 'x: a\0\r\n',
    'CR alone in a value': 'x: a\rcontent-length: 5\r\n',
  }
  for (const [what, lines] of Object.entries(refused)) {
    test(what, async () => {
      const said = await exchange(`POST / HTTP/1.1\r\nhost: localhost\r\n${lines}\r\nGET /admin HTTP/1.1\r\nhost: localhost\r\n\r\n`)
      assert.match(said, /^HTTP\/1\.1 400 /)
      assert.deepEqual([reached.splice(0), said.match(/HTTP\/1\.1/g)!.length], [[], 1])
    })
  }
})

/** The content of the answer, or how the stream ended. */
async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders): Promise<string> {
  const stream = session.request(headers)
  let content = ''
  stream.on('data', (chunk: Buffer) => (content += chunk.toString())).on('error', () => undefined)
  await once(stream, 'close').catch(() => undefined)
  return stream.rstCode === 0 ? content : `reset with ${stream.rstCode}`
}

/** All that comes back on a connection of its own, until the server ends it. */
async function exchange(bytes: string): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: certificate.certs, ALPNProtocols: ['http/1.1'] })
  let said = ''
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()))
  socket.write(Buffer.from(bytes, 'latin1'))
  await once(socket, 'close')
  return said
}

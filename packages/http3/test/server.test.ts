// Requests and responses as programs of node:http know them, in each version of HTTP. RFC 9110, 9112, 9113, 9114.
import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { inEachVersion, served } from './support/served.ts'

inEachVersion(
  'a request has method, path, fields and peer; its objects are those of Node',
  () =>
    served((request, response) => {
      const { method, url, httpVersion, headers, socket } = request
      assert.ok(request instanceof IncomingMessage && response instanceof ServerResponse)
      const encrypted = 'encrypted' in socket && socket.encrypted
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({ method, url, httpVersion, host: headers.host, cookie: headers.cookie, peer: socket.remoteAddress, encrypted }),
      )
    }),
  async (client, { server }) => {
    const { status, headers, text } = await client.ask('/a?b=c', { headers: { cookie: 'a=1; b=2' } })
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers['content-length'], String(text.length))
    assert.deepEqual(JSON.parse(text), {
      method: 'GET',
      url: '/a?b=c',
      httpVersion: client.version,
      host: `localhost:${server.address()!.port}`,
      cookie: 'a=1; b=2',
      peer: '127.0.0.1',
      encrypted: true,
    })
  },
)

inEachVersion(
  'content goes both ways, in pieces, with trailers at the end of each (RFC 9110 section 6.5)',
  () =>
    served(async (request, response) => {
      response.setHeader('trailer', 'x-count')
      let count = 0
      for await (const chunk of request) {
        count += (chunk as Buffer).length
        response.write(chunk)
      }
      response.addTrailers({ 'x-count': String(count), 'x-theirs': String(request.trailers['x-sum'] ?? 'none') })
      response.end()
    }),
  async (client) => {
    const pieces = ['one ', 'two ', 'three']
    const answer = await client.ask('/', {
      method: 'POST',
      headers: { trailer: 'x-sum' },
      body: (async function* () {
        for (const piece of pieces) yield Buffer.from(piece)
      })(),
      trailers: { 'x-sum': '42' },
    })
    assert.equal(answer.text, 'one two three')
    assert.deepEqual({ ...answer.trailers }, { ...answer.trailers, 'x-count': '13', 'x-theirs': '42' })
  },
)

inEachVersion(
  'a response to HEAD, and one of 204 or 304, has no content (RFC 9110 sections 9.3.2, 15.3.5 and 15.4.5)',
  () =>
    served((request, response) => {
      response.statusCode = Number(request.url!.slice(1))
      response.end('content')
    }),
  async (client) => {
    for (const [method, path, status] of [
      ['HEAD', '/200', 200],
      ['GET', '/204', 204],
      ['GET', '/304', 304],
    ] as const) {
      const answer = await client.ask(path, { method })
      assert.deepEqual([answer.status, answer.text], [status, ''])
    }
  },
)

inEachVersion(
  'several lines of one field go both ways; what is about a connection of HTTP/1.1 goes to no other version (RFC 9114 section 4.2)',
  () =>
    served((request, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2'])
      response.setHeader('connection', 'keep-alive')
      response.setHeader('x-list', String(request.headers['x-list']))
      response.writeHead(200, 'Fine', ['x-flat', 'yes'])
      response.end()
    }),
  async (client) => {
    const { headers } = await client.ask('/', { headers: { 'x-list': ['1', '2'] } })
    assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2'])
    assert.equal(headers['x-list'], '1, 2')
    assert.equal(headers['x-flat'], 'yes')
    assert.equal(headers.connection, client.version === '1.1' ? 'keep-alive' : undefined)
  },
)

inEachVersion(
  'interim responses: 100 by itself, 102 and 103 when told to (RFC 9110 section 15.2, RFC 8297)',
  () =>
    served((_, response) => {
      response.writeProcessing()
      response.writeEarlyHints({ link: ['</a.css>; rel=preload; as=style', '</b.js>; rel=preload; as=script'] })
      response.end('done')
    }),
  async (client) => {
    const { interim, text } = await client.ask('/', { method: 'POST', body: 'x', headers: { expect: '100-continue' } })
    assert.deepEqual(
      interim.map(({ status }) => status),
      [100, 102, 103],
    )
    assert.equal(interim.at(-1)!.headers.link, '</a.css>; rel=preload; as=style, </b.js>; rel=preload; as=script')
    assert.equal(text, 'done')
  },
)

inEachVersion(
  'CR, LF and NUL get into no field on its way out (RFC 9110 section 5.5)',
  () =>
    served((request, response) => {
      const refused = [
        () => response.setHeader('x-a', 'b\r\nset-cookie: c=d'),
        () => response.setHeader('x-a\nb', 'c'),
        () => response.appendHeader('x-a', 'b\0'),
        () => response.writeHead(200, { 'x-a': 'b\nc' }),
        () => response.addTrailers({ 'x-a': 'b\r\n' }),
        // Node before 26 lets it through on HTTP/1.1, where the message is Node's own.
        ...(request.httpVersion === '1.1' ? [] : [() => response.writeEarlyHints({ link: '</a>; rel=preload', 'x-a': 'b\rc' })]),
      ].map((attempt) => {
        try {
          attempt()
          return 'taken'
        } catch (error) {
          return (error as NodeJS.ErrnoException).code
        }
      })
      response.end(JSON.stringify(refused))
    }),
  async (client) => {
    const codes: string[] = JSON.parse((await client.ask('/')).text)
    assert.deepEqual(
      new Set(codes.map((code) => code.replace('ERR_INVALID_HTTP_TOKEN', 'ERR_INVALID_CHAR'))),
      new Set(['ERR_INVALID_CHAR']),
    )
  },
)

for (const [name, altSvcMaxAge] of [
  ['answers over TCP say where HTTP/3 is (RFC 7838 section 3), those over HTTP/3 need not', 60],
  ['with altSvcMaxAge 0 nobody is told', 0],
] as const) {
  inEachVersion(
    name,
    () => served((_, response) => void response.end(), { altSvcMaxAge }),
    async (client, { server }) => {
      const told = altSvcMaxAge > 0 && client.version !== '3.0'
      assert.equal((await client.ask('/')).headers['alt-svc'], told ? `h3=":${server.address()!.port}"; ma=60` : undefined)
    },
  )
}

// Programs that were written for the compatibility API of node:http2 find what they know. Which members that has, Node itself says.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import type { ServerRequest } from '../src/server/request.ts'
import type { ServerResponse } from '../src/server/response.ts'
import type { Version } from './support/client.ts'
import { certificate } from './support/loopback.ts'
import { inEachVersion, listening, served } from './support/served.ts'

/** A member's name, and whether it is a method. */
type Members = ReadonlyMap<string, boolean>

/** What a class has of its own, and from those it extends up to Node's streams; not what begins with `_`, which is nobody's to use. */
function membersOf(type: { readonly prototype: object }): Members {
  const members = new Map<string, boolean>()
  for (let from = type.prototype; /^Http2/.test(from.constructor.name); from = Object.getPrototypeOf(from)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(from))) {
      if (name !== 'constructor' && !name.startsWith('_')) members.set(name, typeof value === 'function')
    }
  }
  return members
}

const REQUEST = membersOf(Http2ServerRequest)
const RESPONSE = membersOf(Http2ServerResponse)

const AROUND = 'who writes to the stream goes around the message, which then knows neither what was sent nor when it has drained'
const OF_NODE = 'messages of HTTP/1.1 are those of node:http, as in a server of node:http2 that allows HTTP/1.1'

/** What is not there, and why. */
const ABSENT: Readonly<Record<Version, { readonly request: Record<string, string>; readonly response: Record<string, string> }>> = {
  '3.0': { request: { stream: AROUND }, response: { stream: AROUND } },
  '2.0': { request: { stream: AROUND }, response: { stream: AROUND } },
  '1.1': { request: { stream: OF_NODE }, response: { createPushResponse: OF_NODE, setTrailer: OF_NODE, stream: OF_NODE } },
}

function missing(message: object, members: Members): string[] {
  const has = (name: string, isMethod: boolean): boolean =>
    name in message && (typeof (message as Record<string, unknown>)[name] === 'function') === isMethod
  return [...members].flatMap(([name, isMethod]) => (has(name, isMethod) ? [] : [name])).sort()
}

/** What is asked of a pair of messages, by the path of the request; the answer is JSON. */
const QUESTIONS: Readonly<Record<string, (request: ServerRequest, response: ServerResponse) => unknown>> = {
  '/members': (request, response) => ({ request: missing(request, REQUEST), response: missing(response, RESPONSE) }),
  '/target': ({ authority, scheme, url, method }) => [authority, scheme, url, method],
  '/push': (_, response) =>
    new Promise((resolve) =>
      response.createPushResponse({ ':path': '/style.css' }, (error) => resolve((error as NodeJS.ErrnoException).code)),
    ),
  '/trailers': (_, response) => {
    response.addTrailers({ 'x-first': 'replaced', 'x-second': 'kept' })
    response.setTrailer('X-First', 'one')
    return null
  },
}

const answering = () =>
  served(async (request, response) => {
    const said = await QUESTIONS[request.url!]!(request as ServerRequest, response as ServerResponse)
    response.end(JSON.stringify(said))
  })

test('the members of node:http2 are found', () => {
  assert.ok(REQUEST.has('authority') && RESPONSE.get('createPushResponse') === true && RESPONSE.get('headersSent') === false)
})

inEachVersion('requests and responses have the members that those of node:http2 have, but for a few', answering, async (client) => {
  const { request, response } = ABSENT[client.version]
  const { text } = await client.ask('/members')
  assert.deepEqual(JSON.parse(text), { request: Object.keys(request), response: Object.keys(response) })
})

inEachVersion('authority and scheme are told in all versions', answering, async (client, { server }) => {
  const { text } = await client.ask('/target')
  assert.deepEqual(JSON.parse(text), [`localhost:${server.address()!.port}`, 'https', '/target', 'GET'])
})

test('and of what HTTP/1.1 upgrades (RFC 9110 section 7.8)', async () => {
  const { server, port } = await listening({}, () => assert.fail('no upgrade'))
  const upgraded = once(server, 'upgrade')
  const headers = { connection: 'upgrade', upgrade: 'websocket' }
  const asked = httpsRequest({ host: 'localhost', port, headers, ca: certificate.certs, agent: false })
    .on('error', () => undefined)
    .end()
  const [{ authority, scheme }, socket] = (await upgraded) as [ServerRequest, Socket]
  assert.deepEqual([authority, scheme], [`localhost:${port}`, 'https'])
  socket.destroy()
  asked.destroy()
})

inEachVersion('a push is refused as by a client that has disabled it (RFC 9114 section 4.6)', answering, async (client) => {
  if (client.version === '1.1') return
  const { text } = await client.ask('/push')
  assert.equal(JSON.parse(text), 'ERR_HTTP2_PUSH_DISABLED')
})

inEachVersion('setTrailer adds to the trailer section, and replaces what it had of that name', answering, async (client) => {
  if (client.version === '1.1') return
  const { trailers } = await client.ask('/trailers')
  assert.deepEqual([trailers['x-first'], trailers['x-second']], ['one', 'kept'])
})

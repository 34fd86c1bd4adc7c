// Messages that are malformed end their stream with H3_MESSAGE_ERROR and reach no user; the connection goes on. RFC 9114 section 4.1.2.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { QuicStream } from '@millrace/quic'
import type { FieldSection } from '../src/core/fields/field-section.ts'
import { frame } from '../src/core/wire/frame-header.ts'
import { DATA } from '../src/core/wire/frame-types.ts'
import { HTTP3_ERRORS, type Http3ErrorName, http3ErrorName } from '../src/core/wire/http3-error.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import { answer, attackedClient, attackedServer, headers, join, say } from './support/hostile.ts'
import { get, post } from './support/loopback.ts'

const data = (size: number): Uint8Array => frame(DATA, new Uint8Array(size))
const OK: FieldSection = [':status', '200']

/** Field injection and request smuggling: what another version of HTTP would read as something else. RFC 9114 section 10.3. */
const REQUESTS: Readonly<Record<string, FieldSection>> = {
  'CR and LF in a value': get('/', ['x', 'a\r\nx-injected: 1']),
  'NUL in a value': get('/', ['x', 'a\0']),
  'LF in a name': get('/', ['x\nhost', 'b.example']),
  'a colon in a name': get('/', ['x: y', '1']),
  'CR and LF in :path': get('/ HTTP/1.1\r\nhost: b.example\r\n\r\nGET /admin'),
  'a space in :method': ['', ...get()].slice(1).with(1, 'GET /admin HTTP/1.1'),
  'upper case in a name': get('/', ['Transfer-Encoding', 'chunked']),
  'transfer-encoding': post('/', ['transfer-encoding', 'chunked']),
  connection: get('/', ['connection', 'x']),
  'two content-lengths': post('/', ['content-length', '0', 'content-length', '5']),
  'content-length with a sign': post('/', ['content-length', '+5']),
  'host that differs from :authority': get('/', ['host', 'admin.example']),
  'two :paths': [...get().slice(0, 8), ':path', '/admin'],
  'a pseudo-header field behind a field': ['x', '1', ...get()],
  'an unknown pseudo-header field': [...get(), ':admin', '1'],
  'a missing :path': get().slice(0, 6),
  ':protocol, which was not allowed (RFC 9220 section 3)': [...get().with(1, 'CONNECT'), ':protocol', 'websocket'],
}

describe('requests', () => {
  for (const [what, fields] of Object.entries(REQUESTS)) {
    test(what, async () => {
      const { quic } = await attackedServer((stream) => {
        assert.equal(stream.requestFields.includes('/good'), true)
        answer(stream)
      })
      await refused(await say(quic, { kind: 'bidi', bytes: headers(fields) }), 'H3_MESSAGE_ERROR')
      await accepted(await say(quic, { kind: 'bidi', bytes: headers(get('/good')), end: 'fin' }))
    })
  }

  const CONTENT: readonly (readonly [string, Uint8Array, 'fin'?])[] = [
    ['content longer than content-length', join(headers(post('/', ['content-length', '4'])), data(5))],
    ['content shorter than content-length', join(headers(post('/', ['content-length', '4'])), data(3)), 'fin'],
    ['a pseudo-header field in trailers', join(headers(post()), data(1), headers([':path', '/']))],
    ['CR and LF in trailers', join(headers(post()), data(1), headers(['x', '\r\n']))],
  ]
  for (const [what, bytes, end] of CONTENT) {
    test(what, async () => {
      const read = Promise.withResolvers<unknown>()
      const { quic } = await attackedServer(async (stream) => {
        read.resolve(drain(stream).catch((error: unknown) => error))
      })
      const stream = await say(quic, { kind: 'bidi', bytes, ...(end !== undefined && { end }) })
      assert.equal(((await read.promise) as { code?: string }).code, 'ERR_HTTP3_PROTOCOL')
      await refused(stream, 'H3_MESSAGE_ERROR')
      assert.equal(quic.destroyed, false)
    })
  }

  test('an end without a request: H3_REQUEST_INCOMPLETE (4.1)', async () => {
    const { quic } = await attackedServer()
    await refused(await say(quic, { kind: 'bidi', bytes: [], end: 'fin' }), 'H3_REQUEST_INCOMPLETE')
  })
})

describe('responses', () => {
  const RESPONSES: Readonly<Record<string, Uint8Array>> = {
    'no :status': headers(['x', '1']),
    'CR and LF in a value': headers([...OK, 'x', '\r\nset-cookie: a=b']),
    'transfer-encoding': headers([...OK, 'transfer-encoding', 'chunked']),
    'a pseudo-header field of requests': headers([...OK, ':path', '/']),
    '101': headers([':status', '101']),
    'an end behind an interim response': headers([':status', '103']),
    nothing: new Uint8Array(0),
  }
  for (const [what, bytes] of Object.entries(RESPONSES)) {
    test(what, async () => {
      const { request, stream, quic } = await attackedClient()
      await stream.end(bytes)
      await assert.rejects(request.response(), {
        name: 'HttpError',
        code: 'ERR_HTTP3_PROTOCOL',
        errorCode: BigInt(HTTP3_ERRORS.H3_MESSAGE_ERROR),
      })
      assert.equal(quic.destroyed, false)
    })
  }
  const CONTENT: Readonly<Record<string, Uint8Array>> = {
    'content longer than content-length': join(headers([...OK, 'content-length', '4']), data(5)),
    'content shorter than content-length': join(headers([...OK, 'content-length', '4']), data(3)),
    'a second response': join(headers(OK), headers(OK)),
  }
  for (const [what, bytes] of Object.entries(CONTENT)) {
    test(what, async () => {
      const { request, stream } = await attackedClient()
      const ended = stream.end(bytes)
      await request.response()
      await assert.rejects(drain(request), { code: 'ERR_HTTP3_PROTOCOL', errorCode: BigInt(HTTP3_ERRORS.H3_MESSAGE_ERROR) })
      await ended
    })
  }
})

test('field names that mean something to JavaScript are fields like any other', async () => {
  const names = ['__proto__', 'constructor', 'prototype', 'tostring', 'hasownproperty']
  const received = Promise.withResolvers<FieldSection>()
  const { quic } = await attackedServer((stream) => {
    received.resolve(stream.requestFields)
    answer(stream)
  })
  await accepted(
    await say(quic, {
      kind: 'bidi',
      bytes: headers(
        get(
          '/',
          names.flatMap((name) => [name, 'polluted']),
        ),
      ),
      end: 'fin',
    }),
  )
  assert.deepEqual(
    (await received.promise).slice(8),
    names.flatMap((name) => [name, 'polluted']),
  )
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
  assert.equal(Object.keys(Object.prototype).length, 0)
})

async function drain(stream: Http3Stream): Promise<void> {
  while ((await stream.read()) !== null);
}

/** The server reset the stream with this code. */
async function refused(stream: QuicStream, code: Http3ErrorName): Promise<void> {
  await assert.rejects(stream.read(), (error: { code?: string; errorCode?: bigint }) => {
    assert.deepEqual([error.code, http3ErrorName(error.errorCode ?? 0n)], ['ERR_QUIC_STREAM_RESET', code])
    return true
  })
}

/** The server answered. */
async function accepted(stream: QuicStream): Promise<void> {
  const chunk = await stream.read()
  assert.equal(chunk?.[0], 0x01)
}

// What ends a connection, sent to real endpoints: the code is the RFC's, the session says why, and other clients go on. RFC 9114 sections 6 to 8.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { frame } from '../src/core/wire/frame-header.ts'
import {
  CANCEL_PUSH,
  DATA,
  GOAWAY,
  HEADERS,
  MAX_PUSH_ID,
  PRIORITY_UPDATE,
  PRIORITY_UPDATE_PUSH,
  PUSH_PROMISE,
  SETTINGS,
} from '../src/core/wire/frame-types.ts'
import { HTTP3_ERRORS, type Http3ErrorName } from '../src/core/wire/http3-error.ts'
import { type Attack, attackedClient, attackedServer, CONTROL, closesWith, headers, join, say, servesOthers } from './support/hostile.ts'
import { get } from './support/loopback.ts'

type Row = readonly [what: string, code: Http3ErrorName, ...attacks: readonly Attack[]]

const uni = (bytes: Uint8Array | readonly number[], end?: 'fin' | 'reset'): Attack => ({
  kind: 'uni',
  bytes,
  ...(end !== undefined && { end }),
})
const bidi = (bytes: Uint8Array | readonly number[], end?: 'fin' | 'reset'): Attack => ({
  kind: 'bidi',
  bytes,
  ...(end !== undefined && { end }),
})
const control = (...frames: readonly Uint8Array[]): Attack => uni(join(CONTROL, ...frames))
const one = (type: number, ...payload: readonly number[]): Uint8Array => frame(type, Uint8Array.from(payload))
const GET = headers(get())

/** What either side may do wrong on its unidirectional streams. */
const EITHER: readonly Row[] = [
  ['a control stream that begins with another frame (6.2.1)', 'H3_MISSING_SETTINGS', uni([0, ...one(GOAWAY, 0)])],
  ['a control stream that begins with a reserved frame (6.2.1)', 'H3_MISSING_SETTINGS', uni([0, ...one(0x21)])],
  ['a second control stream (6.2.1)', 'H3_STREAM_CREATION_ERROR', control(), control()],
  ['a control stream that ends (6.2.1)', 'H3_CLOSED_CRITICAL_STREAM', uni(CONTROL, 'fin')],
  ['a control stream that is reset (6.2.1)', 'H3_CLOSED_CRITICAL_STREAM', uni(CONTROL, 'reset')],
  ['a control stream that ends before SETTINGS (6.2.1)', 'H3_CLOSED_CRITICAL_STREAM', uni([0], 'fin')],
  ['a second QPACK encoder stream (RFC 9204 4.2)', 'H3_STREAM_CREATION_ERROR', uni([2]), uni([2])],
  ['a second QPACK decoder stream (RFC 9204 4.2)', 'H3_STREAM_CREATION_ERROR', uni([3]), uni([3])],
  ['a QPACK encoder stream that ends (RFC 9204 4.2)', 'H3_CLOSED_CRITICAL_STREAM', uni([2], 'fin')],
  ['a QPACK decoder stream that is reset (RFC 9204 4.2)', 'H3_CLOSED_CRITICAL_STREAM', uni([3], 'reset')],
  ['a second SETTINGS (7.2.4)', 'H3_FRAME_UNEXPECTED', control(one(SETTINGS))],
  ['DATA on the control stream (7.2.1)', 'H3_FRAME_UNEXPECTED', control(one(DATA, 1))],
  ['HEADERS on the control stream (7.2.2)', 'H3_FRAME_UNEXPECTED', control(one(HEADERS, 0, 0))],
  ['PUSH_PROMISE on the control stream (7.2.5)', 'H3_FRAME_UNEXPECTED', control(one(PUSH_PROMISE, 0))],
  ['PRIORITY of HTTP/2 (7.2.8)', 'H3_FRAME_UNEXPECTED', control(one(0x02))],
  ['PING of HTTP/2 (7.2.8)', 'H3_FRAME_UNEXPECTED', control(one(0x06))],
  ['WINDOW_UPDATE of HTTP/2 (7.2.8)', 'H3_FRAME_UNEXPECTED', control(one(0x08))],
  ['CONTINUATION of HTTP/2 (7.2.8)', 'H3_FRAME_UNEXPECTED', control(one(0x09))],
  ['a setting of HTTP/2 (7.2.4.1)', 'H3_SETTINGS_ERROR', uni([0, ...one(SETTINGS, 0x04, 1)])],
  ['a setting that comes twice (7.2.4)', 'H3_SETTINGS_ERROR', uni([0, ...one(SETTINGS, 0x06, 1, 0x06, 1)])],
  ['a setting without its value (7.1)', 'H3_FRAME_ERROR', uni([0, ...one(SETTINGS, 0x06)])],
  ['SETTINGS larger than any (facts row 35)', 'H3_EXCESSIVE_LOAD', uni([0, SETTINGS, 0x80, 0x00, 0x80, 0x00])],
  ['GOAWAY without an id (7.1)', 'H3_FRAME_ERROR', control(one(GOAWAY))],
  ['GOAWAY longer than its id (7.1)', 'H3_FRAME_ERROR', control(one(GOAWAY, 0, 0))],
  ['GOAWAY cut in its id (7.1)', 'H3_FRAME_ERROR', control(one(GOAWAY, 0x40))],
  ['GOAWAY that rises (5.2)', 'H3_ID_ERROR', control(one(GOAWAY, 4), one(GOAWAY, 8))],
  ['CANCEL_PUSH of what was never promised (7.2.3)', 'H3_ID_ERROR', control(one(CANCEL_PUSH, 0))],
  [
    'GOAWAY of a length that nothing has (7.1)',
    'H3_EXCESSIVE_LOAD',
    control(Uint8Array.of(GOAWAY, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
  ],
  ['a dynamic table larger than permitted (RFC 9204 4.3.1)', 'QPACK_ENCODER_STREAM_ERROR', uni([2, 0x3f, 0xff, 0xff, 0xff, 0x07])],
  ['an acknowledgment of nothing (RFC 9204 4.4.1)', 'QPACK_DECODER_STREAM_ERROR', uni([3, 0x80])],
  ['an increment of nothing (RFC 9204 4.4.3)', 'QPACK_DECODER_STREAM_ERROR', uni([3, 0x00])],
]

const CLIENTS: readonly Row[] = [
  ['a push stream of a client (6.2.2)', 'H3_STREAM_CREATION_ERROR', uni([1, 0])],
  ['MAX_PUSH_ID that falls (7.2.7)', 'H3_ID_ERROR', control(one(MAX_PUSH_ID, 5), one(MAX_PUSH_ID, 4))],
  ['PRIORITY_UPDATE of what is no request (RFC 9218 7.2)', 'H3_ID_ERROR', control(one(PRIORITY_UPDATE, 2))],
  ['PRIORITY_UPDATE of a push (RFC 9218 7.2)', 'H3_ID_ERROR', control(one(PRIORITY_UPDATE_PUSH, 0))],
  ['DATA before HEADERS (4.1)', 'H3_FRAME_UNEXPECTED', bidi(one(DATA, 1))],
  ['DATA behind trailers (4.1)', 'H3_FRAME_UNEXPECTED', bidi(join(GET, one(HEADERS, 0, 0), one(DATA, 1)))],
  ['SETTINGS on a request stream (7.2.4)', 'H3_FRAME_UNEXPECTED', bidi(one(SETTINGS))],
  ['GOAWAY on a request stream (7.2.6)', 'H3_FRAME_UNEXPECTED', bidi(one(GOAWAY, 0))],
  ['MAX_PUSH_ID on a request stream (7.2.7)', 'H3_FRAME_UNEXPECTED', bidi(one(MAX_PUSH_ID, 0))],
  ['CANCEL_PUSH on a request stream (7.2.3)', 'H3_FRAME_UNEXPECTED', bidi(one(CANCEL_PUSH, 0))],
  ['PUSH_PROMISE of a client (7.2.5)', 'H3_FRAME_UNEXPECTED', bidi(one(PUSH_PROMISE, 0))],
  ['a request cut in a frame (7.1)', 'H3_FRAME_ERROR', bidi(GET.subarray(0, 5), 'fin')],
  ['a section that cannot be decoded (RFC 9204 2.2.3)', 'QPACK_DECOMPRESSION_FAILED', bidi(one(HEADERS, 0, 0, 0xff, 0xff, 0x7f))],
  ['a section cut in its prefix (RFC 9204 4.5.1)', 'QPACK_DECOMPRESSION_FAILED', bidi(one(HEADERS, 0))],
  ['an empty section (RFC 9204 4.5.1)', 'QPACK_DECOMPRESSION_FAILED', bidi(one(HEADERS))],
]

const SERVERS: readonly Row[] = [
  ['a push stream, and no push was allowed (4.6)', 'H3_ID_ERROR', uni([1, 0])],
  ['a bidirectional stream of a server (6.1)', 'H3_STREAM_CREATION_ERROR', bidi([0])],
  ['MAX_PUSH_ID of a server (7.2.7)', 'H3_FRAME_UNEXPECTED', control(one(MAX_PUSH_ID, 0))],
  ['PRIORITY_UPDATE of a server (RFC 9218 7.2)', 'H3_FRAME_UNEXPECTED', control(one(PRIORITY_UPDATE, 0))],
  ['GOAWAY that names no request (7.2.6)', 'H3_ID_ERROR', control(one(GOAWAY, 3))],
]

describe('of a client, to a server', () => {
  for (const [what, code, ...attacks] of [...EITHER, ...CLIENTS]) {
    test(`${what}: ${code}`, async () => {
      const { quic, session, address } = await attackedServer()
      for (const attack of attacks) await say(quic, attack)
      await closesWith(quic, code)
      await assert.rejects(session.closed, { name: 'HttpError', code: 'ERR_HTTP3_PROTOCOL', errorCode: BigInt(HTTP3_ERRORS[code]) })
      await servesOthers(address)
    })
  }
})

describe('of a server, to a client', () => {
  for (const [what, code, ...attacks] of [...EITHER, ...SERVERS]) {
    test(`${what}: ${code}`, async () => {
      const { quic, client, request } = await attackedClient()
      for (const attack of attacks) await say(quic, attack)
      await closesWith(quic, code)
      await assert.rejects(client.closed, { name: 'HttpError', code: 'ERR_HTTP3_PROTOCOL', errorCode: BigInt(HTTP3_ERRORS[code]) })
      await assert.rejects(request.response(), { name: 'HttpError' })
    })
  }
})

describe('of a server, in a response', () => {
  const rows: readonly (readonly [string, Http3ErrorName, Uint8Array, 'fin'?])[] = [
    ['DATA before HEADERS (4.1)', 'H3_FRAME_UNEXPECTED', one(DATA, 1)],
    ['PUSH_PROMISE, and no push was allowed (7.2.5)', 'H3_ID_ERROR', one(PUSH_PROMISE, 0)],
    ['SETTINGS (7.2.4)', 'H3_FRAME_UNEXPECTED', one(SETTINGS)],
    ['an end in the middle of a frame (7.1)', 'H3_FRAME_ERROR', headers([':status', '200']).subarray(0, 2), 'fin'],
  ]
  for (const [what, code, bytes, end] of rows) {
    test(`${what}: ${code}`, async () => {
      const { quic, client, request, stream } = await attackedClient()
      stream.writeSync(bytes)
      if (end === 'fin') stream.endSync()
      await closesWith(quic, code)
      await assert.rejects(client.closed, { code: 'ERR_HTTP3_PROTOCOL' })
      await assert.rejects(request.response(), { code: 'ERR_HTTP3_PROTOCOL', errorCode: BigInt(HTTP3_ERRORS[code]) })
    })
  }
})

test('our critical streams that the peer stops: H3_CLOSED_CRITICAL_STREAM (6.2.1)', async () => {
  const { quic, session } = await attackedServer()
  quic.onstream = (stream) => stream.stopSending(HTTP3_ERRORS.H3_NO_ERROR)
  await closesWith(quic, 'H3_CLOSED_CRITICAL_STREAM')
  await assert.rejects(session.closed, { code: 'ERR_HTTP3_PROTOCOL' })
})

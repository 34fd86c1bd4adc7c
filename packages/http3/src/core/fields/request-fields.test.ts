import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { UNKNOWN_LENGTH } from './field-lines.ts'
import type { FieldSection } from './field-section.ts'
import { checkRequestFields, joinCookies } from './request-fields.ts'

const GET: FieldSection = [':method', 'GET', ':scheme', 'https', ':authority', 'a.example', ':path', '/']
const CONNECT: FieldSection = [':method', 'CONNECT', ':authority', 'a.example:443']
const EXTENDED: FieldSection = [...GET.with(1, 'CONNECT'), ':protocol', 'websocket']

/** GET with one pseudo-header field changed; undefined leaves it out. */
function changed(name: string, value: string | undefined): FieldSection {
  const at = GET.indexOf(name)
  return value === undefined ? GET.toSpliced(at, 2) : GET.with(at + 1, value)
}

const VALID: Readonly<Record<string, FieldSection>> = {
  'a plain request': GET,
  'host in place of :authority': [...changed(':authority', undefined), 'host', 'a.example'],
  'host like :authority': [...GET, 'host', 'a.example'],
  'OPTIONS *': [':method', 'OPTIONS', ':scheme', 'https', ':authority', 'a.example', ':path', '*'],
  'another scheme, without an authority': [':method', 'GET', ':scheme', 'urn', ':path', 'isbn:0'],
  'te: trailers': [...GET, 'te', 'Trailers'],
  'a value with a tab, and one in Latin-1': [...GET, 'x', 'a\tb', 'y', 'caf\xe9'],
  'an empty value': [...GET, 'x', ''],
  'a name with every symbol that a token may have': [...GET, "!#$%&'*+-.^_`|~09az", '1'],
  '__proto__ as a name': [...GET, '__proto__', 'x', 'constructor', 'y'],
  'a method nobody knows': changed(':method', 'BREW'),
  'a query': changed(':path', '/a?b=%20&c'),
}

const MALFORMED: Readonly<Record<string, FieldSection>> = {
  'nothing at all': [],
  'no :method': changed(':method', undefined),
  'no :scheme': changed(':scheme', undefined),
  'no :path': changed(':path', undefined),
  'neither :authority nor host': changed(':authority', undefined),
  'an empty :method': changed(':method', ''),
  'a :method with a space': changed(':method', 'GET /x HTTP/1.1'),
  'an empty :path': changed(':path', ''),
  'a :path that is no path': changed(':path', 'a.example/'),
  'an asterisk for GET': changed(':path', '*'),
  'a :path with a space': changed(':path', '/ HTTP/1.1'),
  'a :path with a fragment': changed(':path', '/#x'),
  'a :path with CR and LF': changed(':path', '/\r\nhost: b.example'),
  'an empty :authority': changed(':authority', ''),
  'userinfo in :authority': changed(':authority', 'user@a.example'),
  'a path in :authority': changed(':authority', 'a.example/x'),
  'an empty :scheme': changed(':scheme', ''),
  'a :scheme with a colon': changed(':scheme', 'https://'),
  'host that differs from :authority': [...GET, 'host', 'b.example'],
  'host twice': [...GET, 'host', 'a.example', 'host', 'a.example'],
  'an empty host': [...changed(':authority', undefined), 'host', ''],
  ':method twice': [':method', 'GET', ...GET],
  ':path twice, alike': [...GET, ':path', '/'],
  'an unknown pseudo-header field': [...GET, ':version', '3'],
  'a pseudo-header field of responses': [':status', '200', ...GET],
  'a pseudo-header field behind a field': ['x', '1', ...GET],
  'upper case in a name': [...GET, 'X-Upper', '1'],
  'an empty name': [...GET, '', '1'],
  'a name with a space': [...GET, 'x y', '1'],
  'a name with a colon': [...GET, 'x:y', '1'],
  'a name beyond ASCII': [...GET, 'caf\xe9', '1'],
  'NUL in a value': [...GET, 'x', 'a\0b'],
  'CR in a value': [...GET, 'x', 'a\rb'],
  'LF in a value': [...GET, 'x', 'a\nb'],
  'CR and LF in a value': [...GET, 'x', 'a\r\nset-cookie: b'],
  'DEL in a value': [...GET, 'x', 'a\x7f'],
  'a space before a value': [...GET, 'x', ' a'],
  'a tab after a value': [...GET, 'x', 'a\t'],
  connection: [...GET, 'connection', 'close'],
  'transfer-encoding': [...GET, 'transfer-encoding', 'chunked'],
  'keep-alive': [...GET, 'keep-alive', 'timeout=5'],
  upgrade: [...GET, 'upgrade', 'websocket'],
  'proxy-connection': [...GET, 'proxy-connection', 'close'],
  'te that asks for more than trailers': [...GET, 'te', 'gzip'],
  'te that asks for trailers and more': [...GET, 'te', 'trailers, gzip'],
  'content-length that is no number': [...GET, 'content-length', '+1'],
  'content-length in hexadecimal': [...GET, 'content-length', '0x10'],
  'content-length as a list': [...GET, 'content-length', '5, 5'],
  'content-length twice': [...GET, 'content-length', '5', 'content-length', '5'],
  'content-length beyond 2^53': [...GET, 'content-length', '9007199254740993'],
  'an empty content-length': [...GET, 'content-length', ''],
  'CONNECT with :scheme': [...CONNECT, ':scheme', 'https'],
  'CONNECT with :path': [...CONNECT, ':path', '/'],
  'CONNECT without :authority': [':method', 'CONNECT'],
  'CONNECT with host alone': [':method', 'CONNECT', 'host', 'a.example:443'],
  ':protocol with GET': [...GET, ':protocol', 'websocket'],
  ':protocol without :scheme': [':method', 'CONNECT', ':authority', 'a.example', ':path', '/', ':protocol', 'websocket'],
  ':protocol without :path': [':method', 'CONNECT', ':scheme', 'https', ':authority', 'a.example', ':protocol', 'websocket'],
  'an empty :protocol': EXTENDED.with(-1, ''),
}

describe('requests that are valid (RFC 9114 sections 4.2 and 4.3.1)', () => {
  for (const [what, fields] of Object.entries(VALID)) {
    test(what, () => assert.deepEqual(checkRequestFields(fields, false), { contentLength: UNKNOWN_LENGTH, tunnel: false }))
  }
})

describe('requests that are malformed (RFC 9114 sections 4.1.2, 4.2, 4.3 and 4.4)', () => {
  for (const [what, fields] of Object.entries(MALFORMED)) {
    test(what, () => assert.throws(() => checkRequestFields(fields, true), { code: 'H3_MESSAGE_ERROR', scope: 'stream' }))
  }
})

test('content-length is told, and leading zeros do not change it', () => {
  assert.equal(checkRequestFields([...GET, 'content-length', '012'], false).contentLength, 12)
})

test('CONNECT opens a tunnel, whatever content-length says', () => {
  assert.deepEqual(checkRequestFields([...CONNECT, 'content-length', '7'], false), { contentLength: UNKNOWN_LENGTH, tunnel: true })
})

test('extended CONNECT is for those who set ENABLE_CONNECT_PROTOCOL (RFC 9220 section 3)', () => {
  assert.equal(checkRequestFields(EXTENDED, true).tunnel, true)
  assert.throws(() => checkRequestFields(EXTENDED, false), { code: 'H3_MESSAGE_ERROR' })
})

test('cookie lines are one to users, at the place of the first (RFC 9114 section 4.2.1)', () => {
  const one = [...GET, 'cookie', 'a=1', 'x', 'y']
  assert.equal(joinCookies(one), one)
  assert.equal(joinCookies(GET), GET)
  assert.deepEqual(joinCookies([...one, 'cookie', 'b=2', 'cookie', 'c=3']), [...GET, 'cookie', 'a=1; b=2; c=3', 'x', 'y'])
  const inValue = [...GET, 'x', 'cookie', 'y', 'cookie']
  assert.equal(joinCookies(inValue), inValue)
})

test('a reason repeats nothing of what a peer made up', () => {
  assert.throws(
    () => checkRequestFields([...GET, ':evil\r\nname', '1'], false),
    (error: Error) => !error.message.includes('evil'),
  )
})

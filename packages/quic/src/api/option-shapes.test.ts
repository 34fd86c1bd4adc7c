// Options that are no numbers: what cannot be meant is refused by name, before a socket is bound or OpenSSL sees it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkEndpointShapes, checkShapes } from './option-shapes.ts'
import type { SessionOptions } from './options.ts'

const FLAGS = ['rejectUnauthorized', 'keylog', 'exporter', 'ackFrequency', 'ecn', 'spinBit', 'qlog', 'enableEarlyData']

/** Values that cannot be meant, and what the message says of each. */
const WRONG: Readonly<Record<string, readonly (readonly [unknown, RegExp])[]>> = {
  ...Object.fromEntries(FLAGS.map((flag) => [flag, ['false', 0, null].map((value) => [value, /it must be true or false/] as const)])),
  endpoint: [
    [5, /is 5; it must be a QuicEndpoint, or options to open one/],
    [null, /is null/],
  ],
  alpn: [[5, /is 5; it must be a name, or an array of names/]],
  servername: [
    [5, /is 5; it must be a host name of 255 bytes at most/],
    ['a\0b', /is a\\u\{0\}b; it must be a host name of 255 bytes at most, without zero bytes/],
    ['x'.repeat(256), /is text; it must be/],
  ],
  sni: [
    [null, /is null; it must be an object that has \{ keys, certs \} by host name/],
    [{ '*': 5 }, /is an object; it must be/],
    [{ '*': { keys: 'PEM' } }, /it must be an object that has \{ keys, certs \}/],
  ],
  ca: [
    [5, /is 5; it must be PEM text, DER bytes, or an array of such/],
    [[5], /is an array; it must be/],
  ],
  certs: [[{}, /is an object; it must be PEM text/]],
  keys: [[['secret'], /is an array; it must be PEM text, or DER bytes/]],
  ciphers: [[5, /is 5; it must be text with a name in it/]],
  groups: [['', /is empty; it must be text with a name in it/]],
  preferredAddress: [['127.0.0.1:1', /is 127.0.0.1:1; it must be an object/]],
  transportParams: [[null, /is null; it must be an object/]],
  versions: [[1, /is 1; it must be an array of version numbers/]],
  signal: [[{}, /is an object; it must be an AbortSignal/]],
  sessionTicket: [['c2VjcmV0', /is text; it must be a Buffer or Uint8Array/]],
  token: [[[1, 2], /is an array; it must be a Buffer or Uint8Array/]],
  sessionStore: [[new Map(), /is an object; it must be null, or a SessionStore, with take\(\) and put\(\)/]],
  ticketKey: [['secret', /is text; it must be a Buffer or Uint8Array, or an array of such/]],
  earlyDataGuard: [[() => true, /is a function; it must be an EarlyDataGuard, with admit\(\)/]],
  earlyDataTerms: [[{ granted: () => new Uint8Array(1) }, /it must be EarlyDataTerms, with granted\(\) and honours\(\)/]],
}

for (const [option, values] of Object.entries(WRONG)) {
  test(`${option}: ${values.length} values that cannot be meant are refused by name`, () => {
    for (const [value, message] of values) {
      const options = { [option]: value } as SessionOptions
      assert.throws(
        () => checkShapes(options),
        (error: { code: string; message: string }) => {
          assert.equal(error.code, 'ERR_QUIC_OPTION')
          assert.ok(error.message.startsWith(`Option ${option} `), error.message)
          assert.match(error.message, message)
          assert.doesNotMatch(error.message, /secret|c2VjcmV0/)
          return true
        },
      )
    }
    checkShapes({ [option]: undefined } as SessionOptions)
  })
}

test('options that are none are refused, and an endpoint has rows of its own', () => {
  for (const options of [null, 5, 'alpn']) assert.throws(() => checkShapes(options as SessionOptions), { code: 'ERR_QUIC_OPTION' })
  assert.throws(() => checkEndpointShapes({ address: 5 as unknown as string }), {
    message: /endpoint.address is 5; it must be text: host:port/,
  })
  checkEndpointShapes({ address: '127.0.0.1:0', generateConnectionId: (length) => new Uint8Array(length) })
})

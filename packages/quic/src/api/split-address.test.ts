import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Destinations } from './split-address.ts'

test('an address is a host and a port, and known again when it is asked for after others', () => {
  const destinations = new Destinations()
  for (const [address, host, port, isLiteral] of [
    ['127.0.0.1:4433', '127.0.0.1', 4433, true],
    ['localhost:1', 'localhost', 1, false],
    ['[::1]:65535', '::1', 65_535, true],
    ['[::1]:65535', '::1', 65_535, true],
    ['127.0.0.1:4433', '127.0.0.1', 4433, true],
  ] as const)
    assert.deepEqual(destinations.of(address), { host, port, isLiteral })
})

test('what is none is refused, first and after others', () => {
  const destinations = new Destinations()
  const refused = { code: 'ERR_QUIC_OPTION', message: /^Option address is .*; write host:port/ }
  for (const address of ['', ':1', 'localhost', 'localhost:0', 'localhost:65536', '::1:1']) {
    assert.throws(() => destinations.of(address), refused)
    assert.equal(destinations.of('localhost:1').port, 1)
    assert.throws(() => destinations.of(address), refused)
  }
})

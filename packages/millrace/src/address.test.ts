import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAddress, isLoopback, parseAddress, resolveAddress } from './address.ts'
import { trustFor } from './tls/trust.ts'

test('an address is host and port, and is written back as it was read', () => {
  for (const text of ['localhost:4241', '127.0.0.1:0', '[::1]:65535', 'edge.example:1'])
    assert.equal(formatAddress(parseAddress(text)), text)
})

test('what is no address is told by its option', () => {
  for (const text of ['', 'localhost', ':1', 'localhost:', 'localhost:65536', '::1:1', '[localhost]:1', 'a b:1x']) {
    assert.throws(() => parseAddress(text, 'edge'), {
      code: 'ERR_MILLRACE_OPTION',
      message: /^edge '.*' is not host:port; write for example localhost:4241/,
    })
  }
})

test('names become numbers, IPv4 first', async () => {
  assert.equal(await resolveAddress({ host: 'localhost', port: 1 }), '127.0.0.1:1')
  assert.equal(await resolveAddress({ host: '::1', port: 1 }), '[::1]:1')
})

test('certificates are verified everywhere but on loopback, unless the user says otherwise', () => {
  const trust = (host: string, options = {}) => trustFor({ host, port: 1 }, options)
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) assert.equal(trust(host).rejectUnauthorized, false, host)
  for (const host of ['10.0.0.1', '127.evil.example', 'localhost.example', '::2', 'edge.example', '0.0.0.0'])
    assert.equal(trust(host).rejectUnauthorized, true, host)
  assert.deepEqual(trust('127.0.0.1', { ca: 'pem' }), { rejectUnauthorized: true, ca: 'pem' })
  assert.deepEqual(trust('edge.example', { insecure: true }), { rejectUnauthorized: false, servername: 'edge.example' })
  assert.ok(isLoopback('127.0.0.1'))
})

import assert from 'node:assert/strict'
import { isIPv6 } from 'node:net'
import { test } from 'node:test'
import { parseUdpTarget, udpTarget } from './udp-target.ts'

test('a target is a host and a port', () => {
  assert.deepEqual(parseUdpTarget('example.com:443'), { host: 'example.com', port: 443 })
  assert.deepEqual(parseUdpTarget('[2001:db8::1]:53'), { host: '2001:db8::1', port: 53 })
  assert.deepEqual(parseUdpTarget('192.0.2.1:65535'), { host: '192.0.2.1', port: 65_535 })
  for (const text of [
    '',
    'example.com',
    ':443',
    'example.com:',
    'example.com:0',
    'example.com:65536',
    'example.com:+1',
    'example.com:1e3',
    'a:01',
  ])
    assert.equal(parseUdpTarget(text), null, text)
})

test('IPv6 addresses are those that node:net knows', () => {
  const texts = ['::', '::1', '1::', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7::', '::ffff:1.2.3.4', '1:2:3:4:5:6:1.2.3.4', 'FE80::1']
  const wrong = [
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'g::',
    '::1.2.3',
    '::1.2.3.256',
    '1.2.3.4::',
    ':1::',
    '1:2:3:4:5:6:7:8::',
  ]
  for (const text of [...texts, ...wrong]) assert.equal(udpTarget(text, '1') !== null, isIPv6(text), text)
})

test('names that a resolver might take for an address are none', () => {
  for (const host of ['1', '127.1', '0x7f000001', '1.2.3', '1.2.3.256', '01.2.3.4', 'a.1', 'a.0x', '1.2.3.4.'])
    assert.equal(udpTarget(host, '1'), null, host)
  for (const host of ['1.a', '0xg', 'a1', '1-2', 'xn--bcher-kva.example']) assert.notEqual(udpTarget(host, '1'), null, host)
})

test('names are those of DNS', () => {
  for (const host of ['', '.', 'a..b', '.a', '-a', 'a-', `${'a'.repeat(64)}.b`, `${'ab.'.repeat(85)}c`, 'a b', 'a/b', 'a%b', 'ü', 'a\0'])
    assert.equal(udpTarget(host, '1'), null, host)
})

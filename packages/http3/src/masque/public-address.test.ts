import assert from 'node:assert/strict'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { isPublic, OwnAddresses } from './public-address.ts'

function family(address: string): 4 | 6 {
  return isIPv6(address) ? 6 : 4
}

test('hosts of the internet are public', () => {
  for (const address of [
    '1.1.1.1',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '223.255.255.255',
    '2606:4700::1',
    '2a00::1',
    '2001:4860:4860::8888',
  ])
    assert.ok(isPublic(address, family(address)), address)
})

test('what is special is not, in whatever clothes (RFC 6890)', () => {
  const special = [
    '0.1.2.3',
    '172.16.0.0',
    '192.0.0.8',
    '198.19.0.1',
    '203.0.113.9',
    '240.0.0.1',
    '::7f00:1',
    '::ffff:8.8.8.8',
    '64:ff9b:1::1',
    '100::1',
    '5f00::1',
    'fec0::1',
    '2001:20::1',
  ]
  for (const address of special) assert.ok(!isPublic(address, family(address)), address)
})

test('own addresses are those of the interfaces, loopback, and what is said to be', () => {
  const own = new OwnAddresses([{ address: '8.8.4.4', family: 4 }])
  for (const { address } of Object.values(networkInterfaces()).flatMap((each) => each ?? []))
    assert.ok(own.includes(address, family(address)), address)
  for (const address of ['127.3.4.5', '::1', '0.0.0.0', '::', '::ffff:127.0.0.1', '8.8.4.4', '::ffff:8.8.4.4'])
    assert.ok(own.includes(address, family(address)), address)
  for (const address of ['8.8.8.8', '2606:4700::1']) assert.ok(!own.includes(address, family(address)), address)
})

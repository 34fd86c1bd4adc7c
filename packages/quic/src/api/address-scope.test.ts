// RFC 9000 section 21.5.6.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UdpSocket } from '@millrace/native'
import { reachesAsFar } from './address-scope.ts'
import { reachable } from './preferred-address.ts'

/** From the nearest to the farthest. */
const SCOPES = [
  ['127.0.0.1', '127.9.9.9', '::1'],
  ['169.254.1.1', 'fe80::1', 'febf::1'],
  ['10.1.2.3', '100.64.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fdff::1', '::ffff:10.0.0.1'],
  ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2001:db8::1', '::ffff:8.8.8.8'],
]

test('an address is taken that reaches as far as the server’s own, or farther', () => {
  for (const [offeredScope, offered] of SCOPES.entries()) {
    for (const [knownScope, known] of SCOPES.entries()) {
      for (const one of offered)
        for (const other of known) assert.equal(reachesAsFar(one, other), offeredScope >= knownScope, `${one} for ${other}`)
    }
  }
})

test('what is nobody’s address is never taken', () => {
  for (const offered of [
    '0.0.0.0',
    '0.1.2.3',
    '::',
    '224.0.0.1',
    '239.1.1.1',
    '255.255.255.255',
    '240.0.0.1',
    'ff02::1',
    '::ffff:255.255.255.255',
  ])
    for (const known of ['127.0.0.1', '8.8.8.8', '::1', '2001:db8::1']) assert.equal(reachesAsFar(offered, known), false, offered)
})

test('a server of the internet does not send its clients into their own network', () => {
  const socket = {
    local: { family: 4, address: '0.0.0.0', port: 1 },
    resolve: (address: string, port: number) => ({ family: 4, address, port }),
  }
  const offered = (...bytes: readonly number[]): Parameters<typeof reachable>[0] => ({
    ipv4: { address: Uint8Array.from(bytes), port: 4433 },
    ipv6: null,
    connectionId: new Uint8Array(8),
    statelessResetToken: new Uint8Array(16),
  })
  const taken = (server: string, ...bytes: readonly number[]): string | undefined =>
    reachable(offered(...bytes), socket as unknown as UdpSocket, server)?.address
  assert.equal(taken('203.0.113.1', 198, 51, 100, 7), '198.51.100.7')
  for (const inside of [
    [127, 0, 0, 1],
    [192, 168, 0, 1],
    [169, 254, 169, 254],
  ] as const)
    assert.equal(taken('203.0.113.1', ...inside), undefined)
  assert.equal(taken('192.168.0.2', 192, 168, 0, 1), '192.168.0.1')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublic } from './address-policy.ts'
import { parseTarget, targetPath } from './target.ts'

test('targets go into paths and come back (RFC 9298 section 3)', () => {
  for (const target of [
    { host: 'target.example', port: 443 },
    { host: '192.0.2.6', port: 1 },
    { host: '2001:db8::42', port: 65_535 },
  ]) {
    assert.deepEqual(parseTarget(targetPath(target)), target)
  }
  assert.equal(targetPath({ host: '2001:db8::42', port: 443 }), '/.well-known/masque/udp/2001%3Adb8%3A%3A42/443/')
})

test('what is no target is none', () => {
  const paths = [
    'a/0/',
    'a/65536/',
    'a/443',
    'a/443/x',
    '/443/',
    'a b/443/',
    'a%2fb/443/',
    'fe80::1%25eth0/443/',
    '%/443/',
    'a/4e2/',
    'a/+80/',
    'a\u0000/80/',
    `${'a.'.repeat(200)}/80/`,
  ]
  for (const path of paths) assert.equal(parseTarget(`/.well-known/masque/udp/${path}`), null, path)
  assert.equal(parseTarget('/elsewhere/a/443/'), null)
  for (const target of [
    { host: '', port: 1 },
    { host: 'a', port: 0 },
    { host: 'fe80::1%lo', port: 9 },
  ])
    assert.throws(() => targetPath(target), TypeError)
})

test('addresses of this machine, this network and nobody are not public, in whatever clothes', () => {
  const own = ['8.8.4.4', '2001:4860::1']
  for (const address of ['8.8.8.8', '1.1.1.1', '2606:4700::1']) assert.ok(isPublic(address, own), address)
  const others = [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
  ]
  const sixes = [
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    'fe80::1',
    'fd00::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'ff02::1',
  ]
  for (const address of [...others, ...sixes, ...own]) assert.ok(!isPublic(address, own), address)
})

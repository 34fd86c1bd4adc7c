import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DEFAULT_TEMPLATE, expandTemplate, matchTemplate, parseTemplate } from './uri-template.ts'

const TARGETS = [
  { host: 'target.example', port: 443 },
  { host: '192.0.2.6', port: 1 },
  { host: '2001:db8::42', port: 65_535 },
  { host: '_service.a-b.example.', port: 53 },
]

/** Those of RFC 9298 section 2, and others of its kind. */
const TEMPLATES = [
  DEFAULT_TEMPLATE,
  '/masque?h={target_host}&p={target_port}',
  '/masque{?target_host,target_port}',
  '/masque?a=b{&target_port,target_host}',
  '/udp/{target_host,target_port}',
  '/udp{?token,target_host,target_port}',
]

describe('a URI template for UDP proxies (RFC 9298 section 2)', () => {
  test('is expanded as RFC 6570 has it', () => {
    const expanded = (template: string): string => expandTemplate(parseTemplate(template)!, TARGETS[2]!)
    assert.deepEqual(TEMPLATES.map(expanded), [
      '/.well-known/masque/udp/2001%3Adb8%3A%3A42/65535/',
      '/masque?h=2001%3Adb8%3A%3A42&p=65535',
      '/masque?target_host=2001%3Adb8%3A%3A42&target_port=65535',
      '/masque?a=b&target_port=65535&target_host=2001%3Adb8%3A%3A42',
      '/udp/2001%3Adb8%3A%3A42,65535',
      '/udp?target_host=2001%3Adb8%3A%3A42&target_port=65535',
    ])
  })

  test('recognises what it was expanded to, and nothing that is cut or longer', () => {
    for (const text of TEMPLATES) {
      const template = parseTemplate(text)!
      for (const target of TARGETS) {
        const path = expandTemplate(template, target)
        assert.deepEqual(matchTemplate(template, path), target, path)
        assert.equal(matchTemplate(template, `${path}/`), 'none', path)
        for (let length = 0; length < path.length; length++) assert.notDeepEqual(matchTemplate(template, path.slice(0, length)), target)
      }
    }
  })

  const wrong = [
    '',
    'masque/{target_host}/{target_port}',
    '/{target_host}/',
    '/{target_host}/{target_host}/',
    '/{target_host}/{target_port}/{target_port}',
    '/{target_host}{target_port}',
    '/{target_host}-{target_port}',
    '/{target_host}/{target_port}end',
    '/{+target_host}/{target_port}/',
    '/{#target_host}/{target_port}/',
    '/{.target_host}/{target_port}/',
    '/{/target_host,target_port}',
    '/{;target_host,target_port}',
    '/{target_host*}/{target_port}/',
    '/{target_host:3}/{target_port}/',
    '/{target_host}/{target_port/',
    '/{target_host}/target_port}/',
    '/{target_host}/{target_port}/#a',
    '/ü/{target_host}/{target_port}/',
    '/a b/{target_host}/{target_port}/',
  ]
  test('is refused where section 2 does not allow it, or a path could be read in two ways', () => {
    for (const text of wrong) assert.equal(parseTemplate(text), null, text)
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AltSvcCache, type StoredAlternative } from './alt-svc-cache.ts'
import { MAX_ALT_SVC_AGE_SECONDS, MAX_ALT_SVC_ORIGINS } from './limits.ts'

const ORIGIN = 'https://origin.example'

function cache(): { store: Map<string, readonly StoredAlternative[]>; altSvc: AltSvcCache } {
  const store = new Map<string, readonly StoredAlternative[]>()
  return { store, altSvc: new AltSvcCache(store) }
}

function ports(altSvc: AltSvcCache, now: number, origin: string = ORIGIN): number[] {
  return altSvc.find(origin, now).map(({ port }) => port)
}

describe('alternatives (RFC 7838)', () => {
  test('are kept as long as they are fresh, counted from when the response was made (section 3.1)', () => {
    const { store, altSvc } = cache()
    altSvc.learn(ORIGIN, 'h3=":1"; ma=100, h3=":2"; ma=60', 50, 1_000)
    assert.deepEqual(ports(altSvc, 10_999), [1, 2])
    assert.deepEqual(ports(altSvc, 11_000), [1])
    assert.deepEqual(ports(altSvc, 51_000), [])
    assert.equal(store.size, 0, 'what is stale is forgotten')
  })

  test('with ma=0, or older than their freshness, are none', () => {
    const { altSvc } = cache()
    altSvc.learn(ORIGIN, 'h3=":1"; ma=0', 0, 0)
    altSvc.learn(ORIGIN, 'h3=":1"; ma=10', 10, 0)
    assert.deepEqual(ports(altSvc, 0), [])
  })

  test('are kept for a month at most', () => {
    const { altSvc } = cache()
    altSvc.learn(ORIGIN, 'h3=":1"; ma=99999999999999999999', 0, 0)
    assert.deepEqual(ports(altSvc, MAX_ALT_SVC_AGE_SECONDS * 1000 - 1), [1])
    assert.deepEqual(ports(altSvc, MAX_ALT_SVC_AGE_SECONDS * 1000), [])
  })

  test('are replaced by the next field, and taken back by "clear" (section 3)', () => {
    const { altSvc } = cache()
    altSvc.learn(ORIGIN, 'h3=":1"', 0, 0)
    altSvc.learn(ORIGIN, ['h2=":443"', 'h3=":2"'], 0, 0)
    assert.deepEqual(ports(altSvc, 0), [2])
    altSvc.learn(ORIGIN, 'what is this', 0, 0)
    assert.deepEqual(ports(altSvc, 0), [2], 'a field that cannot be read says nothing')
    altSvc.learn(ORIGIN, 'clear', 0, 0)
    assert.deepEqual(ports(altSvc, 0), [])
  })

  test('are believed from https alone (section 2.1)', () => {
    const { altSvc } = cache()
    altSvc.learn('http://origin.example', 'h3=":1"', 0, 0)
    assert.deepEqual(ports(altSvc, 0, 'http://origin.example'), [])
  })

  test('outlast a change of the network only where they say so (section 2.2)', () => {
    const { altSvc } = cache()
    altSvc.learn(ORIGIN, 'h3=":1", h3=":2"; persist=1', 0, 0)
    altSvc.learn('https://other.example', 'h3=":3"', 0, 0)
    altSvc.networkChanged()
    assert.deepEqual(ports(altSvc, 0), [2])
    assert.deepEqual(ports(altSvc, 0, 'https://other.example'), [])
  })

  test('of more origins than are kept push out the oldest, and a flood of lines is read up to its limit', () => {
    const { store, altSvc } = cache()
    for (let index = 0; index < MAX_ALT_SVC_ORIGINS + 10; index++) altSvc.learn(`https://${index}.example`, 'h3=":1"', 0, 0)
    assert.equal(store.size, MAX_ALT_SVC_ORIGINS)
    assert.deepEqual(ports(altSvc, 0, 'https://9.example'), [])
    assert.deepEqual(ports(altSvc, 0, 'https://10.example'), [1])
    altSvc.learn(ORIGIN, Array<string>(100_000).fill('h3=":1"'), 0, 0)
    assert.deepEqual(ports(altSvc, 0), [])
  })

  test('name the host of the origin where they name a port alone, also one of IPv6', () => {
    const { altSvc } = cache()
    altSvc.learn('https://[2001:db8::1]:8443', 'h3=":1"', 0, 0)
    assert.equal(altSvc.find('https://[2001:db8::1]:8443', 0)[0]?.host, '2001:db8::1')
  })
})

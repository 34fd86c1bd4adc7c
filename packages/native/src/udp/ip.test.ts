import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatIpv4, formatIpv6, isMapped, mapIpv4, parseIp } from './ip.ts'

describe('IP addresses', () => {
  const sixteen = fc.array(fc.oneof(fc.constant(0), fc.nat(255)), { minLength: 16, maxLength: 16 }).map((bytes) => Uint8Array.from(bytes))

  it('IPv6 text is what RFC 5952 says, as WHATWG URLs write it too, and reads back', () => {
    fc.assert(
      fc.property(sixteen, (bytes) => {
        const text = formatIpv6(bytes)
        assert.equal(`[${text}]`, new URL(`http://[${text}]`).hostname)
        assert.deepEqual(parseIp(text), { family: 6, bytes, zone: 0 })
      }),
    )
  })

  it('IPv4 text reads back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
        assert.deepEqual(parseIp(formatIpv4(bytes)), { family: 4, bytes, zone: 0 })
      }),
    )
  })

  it('IPv6 text with an IPv4 tail and with a zone', () => {
    assert.deepEqual(parseIp('::ffff:192.0.2.7').bytes, mapIpv4(Uint8Array.of(192, 0, 2, 7)))
    assert.deepEqual(parseIp('64:ff9b::192.0.2.7').bytes.subarray(10), Uint8Array.of(0, 0, 192, 0, 2, 7))
    assert.equal(parseIp('fe80::1%3').zone, 3)
    assert.equal(formatIpv6(parseIp('fe80::1').bytes, 0, 3), 'fe80::1%3')
  })

  it('knows a mapped address', () => {
    assert.ok(isMapped(mapIpv4(Uint8Array.of(1, 2, 3, 4))))
    assert.ok(!isMapped(parseIp('::fffe:1.2.3.4').bytes))
    assert.ok(!isMapped(parseIp('1::ffff:1.2.3.4').bytes))
  })

  for (const text of [
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '01.2.3.4',
    ':::',
    '1::2::3',
    '1.2.3.4%1',
    'fe80::1%eth0',
    '::1%1%2',
    '::1%',
    '[::1]',
  ]) {
    it(`refuses '${text}'`, () => {
      assert.throws(() => parseIp(text), { code: 'ERR_NATIVE_OPTION' })
    })
  }
})

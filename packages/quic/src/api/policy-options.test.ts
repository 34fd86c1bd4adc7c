// Options about peers that are not known yet: what each permits, what it is when it is not set, and that a wrong one is refused by its name and range.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCertificate } from '../../../native/test/certificates.ts'
import { MAX_CONNECTIONS } from '../endpoint/limits.ts'
import type { PeerPolicy } from '../endpoint/policy.ts'
import { listen } from '../index.ts'
import { checkPolicyOptions, type PolicyOptions } from './policy-options.ts'

const DAY = 86_400_000

interface Ranged {
  readonly option: keyof PolicyOptions
  readonly least: number
  readonly most: number
  /** What it comes to when it is not set. */
  readonly byDefault: number
  readonly read: (policy: PeerPolicy) => number
  /** What the least comes to, where that is not itself. */
  readonly leastMeans?: number
}

const MILLION = 1_000_000

const RANGED: readonly Ranged[] = [
  {
    option: 'maxConnectionsTotal',
    least: 0,
    most: MAX_CONNECTIONS,
    byDefault: MAX_CONNECTIONS,
    read: ({ admission }) => admission.maxConnectionsTotal,
    leastMeans: MAX_CONNECTIONS,
  },
  {
    option: 'maxConnectionsPerHost',
    least: 0,
    most: 65_535,
    byDefault: Number.POSITIVE_INFINITY,
    read: ({ admission }) => admission.maxConnectionsPerHost,
    leastMeans: Number.POSITIVE_INFINITY,
  },
  {
    option: 'retryTokenExpiration',
    least: 1,
    most: 60_000,
    byDefault: 5000,
    read: ({ admission }) => admission.tokens.retryLifetimeMillis,
  },
  {
    option: 'tokenExpiration',
    least: 1,
    most: 30 * DAY,
    byDefault: 7 * DAY,
    read: ({ admission }) => admission.tokens.newTokenLifetimeMillis,
  },
  { option: 'retryRate', least: 0, most: MILLION, byDefault: 5000, read: ({ replyRates }) => replyRates.retry.perSecond },
  { option: 'retryBurst', least: 1, most: MILLION, byDefault: 5000, read: ({ replyRates }) => replyRates.retry.burst },
  {
    option: 'versionNegotiationRate',
    least: 0,
    most: MILLION,
    byDefault: 100,
    read: ({ replyRates }) => replyRates.versionNegotiation.perSecond,
  },
  {
    option: 'versionNegotiationBurst',
    least: 1,
    most: MILLION,
    byDefault: 200,
    read: ({ replyRates }) => replyRates.versionNegotiation.burst,
  },
  { option: 'immediateCloseRate', least: 0, most: MILLION, byDefault: 100, read: ({ replyRates }) => replyRates.immediateClose.perSecond },
  { option: 'immediateCloseBurst', least: 1, most: MILLION, byDefault: 200, read: ({ replyRates }) => replyRates.immediateClose.burst },
  { option: 'statelessResetRate', least: 0, most: MILLION, byDefault: 100, read: ({ replyRates }) => replyRates.statelessReset.perSecond },
  { option: 'statelessResetBurst', least: 1, most: MILLION, byDefault: 200, read: ({ replyRates }) => replyRates.statelessReset.burst },
]

for (const { option, least, most, byDefault, read, leastMeans = least } of RANGED) {
  test(`${option}: ${least} to ${most}`, () => {
    const checked = (value: unknown): number => read(checkPolicyOptions({ [option]: value }))
    assert.equal(read(checkPolicyOptions({})), byDefault)
    assert.deepEqual([checked(undefined), checked(least), checked(most)], [byDefault, leastMeans, most])
    for (const value of [least - 1, most + 1, least + 0.5, Number.NaN, Number.POSITIVE_INFINITY, `${least}`, null, true]) {
      assert.throws(() => checked(value), {
        name: 'QuicError',
        code: 'ERR_QUIC_OPTION',
        message: `Option endpoint.${option} is ${value}; it must be a whole number from ${least} to ${most}.`,
      })
    }
  })
}

test('validateAddress: by name or by truth, and nothing else', () => {
  const checked = (validateAddress: unknown): string => checkPolicyOptions({ validateAddress } as PolicyOptions).admission.validateAddress
  const given = [undefined, true, false, 'always', 'never', 'underLoad']
  assert.deepEqual(given.map(checked), ['underLoad', 'always', 'never', 'always', 'never', 'underLoad'])
  for (const value of ['sometimes', '', 1, null, 'constructor', '__proto__', 'toString']) {
    assert.throws(() => checked(value), { code: 'ERR_QUIC_OPTION', message: /validateAddress is .*; it may be never, always, underLoad/ })
  }
})

test('tokenSecret: one to four, of 16 bytes or more, copied; random when there is none', () => {
  const checked = (tokenSecret: unknown): readonly Uint8Array[] =>
    checkPolicyOptions({ tokenSecret } as PolicyOptions).admission.tokens.secrets
  const secret = new Uint8Array(16).fill(7)
  assert.deepEqual(checked(secret), [secret])
  assert.notEqual(checked(secret)[0], secret)
  assert.deepEqual(checked([secret, secret, secret, secret]).length, 4)
  const [random, other] = [checked(undefined), checked(undefined)]
  assert.equal(random[0]!.length, 32)
  assert.notDeepEqual(random, other)
  for (const value of [
    [],
    Array(5).fill(secret),
    new Uint8Array(15),
    [secret, new Uint8Array(3)],
    'a secret of many characters',
    7,
    null,
    {},
  ])
    assert.throws(() => checked(value), { code: 'ERR_QUIC_OPTION', message: /^Option endpoint\.tokenSecret .*(1 to 4|16 bytes or more)/ })
})

test('resetTokenSecret: 16 bytes or more, copied; random when there is none', () => {
  const checked = (resetTokenSecret: unknown): Uint8Array => checkPolicyOptions({ resetTokenSecret } as PolicyOptions).resetTokenSecret
  const secret = new Uint8Array(16).fill(7)
  assert.deepEqual(checked(secret), secret)
  assert.notEqual(checked(secret), secret)
  assert.equal(checked(undefined).length, 32)
  assert.notDeepEqual(checked(undefined), checked(undefined))
  for (const value of [new Uint8Array(15), new Uint8Array(0), 'sixteen characters', null, 1])
    assert.throws(() => checked(value), { code: 'ERR_QUIC_OPTION', message: /^Option endpoint\.resetTokenSecret .*16 bytes or more/ })
})

test('listen refuses them too', async () => {
  const certificate = createCertificate({ name: 'localhost', hosts: ['localhost'] })
  for (const { option, most } of RANGED) {
    await assert.rejects(
      listen(() => {}, { alpn: 'test', sni: { '*': certificate }, endpoint: { [option]: most + 1 } }),
      { code: 'ERR_QUIC_OPTION', message: new RegExp(`endpoint\\.${option} `) },
    )
  }
})

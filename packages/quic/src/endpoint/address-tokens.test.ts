import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { AddressTokens, type TokenVerdict } from './address-tokens.ts'
import { MAX_SEEN_TOKENS } from './limits.ts'
import { SeenTokens } from './seen-tokens.ts'

const HOME = { family: 4, address: '192.0.2.1', port: 1234 } as const
const ORIGINAL = randomBytes(12)
const SOURCE = randomBytes(8)
const NOW = 1_800_000_000_000
const RETRY_LIFE = 5000
const NEW_LIFE = 60_000

function made(secrets: readonly Uint8Array[] = [randomBytes(16)]): AddressTokens {
  return new AddressTokens({ secrets, retryLifetimeMillis: RETRY_LIFE, newTokenLifetimeMillis: NEW_LIFE })
}

function typeOf(verdict: TokenVerdict): string {
  return verdict.type
}

test('a Retry token tells the first destination id, to who shows it where it was sent (RFC 9000 section 8.1.2)', () => {
  const tokens = made()
  const token = tokens.forRetry(1, ORIGINAL, SOURCE, HOME, NOW)
  const verdict = tokens.judge(token, 1, SOURCE, HOME, NOW + 100)
  assert.ok(verdict.type === 'valid')
  assert.deepEqual(verdict.originalDestination, new Uint8Array(ORIGINAL))
})

test('no two tokens are alike, and what is in them is not to be read (section 8.1.4)', () => {
  const tokens = made()
  const [a, b] = [tokens.forRetry(1, ORIGINAL, SOURCE, HOME, NOW), tokens.forRetry(1, ORIGINAL, SOURCE, HOME, NOW)]
  assert.notDeepEqual(a, b)
  assert.equal(a.includes(ORIGINAL), false)
})

/** What makes a Retry token bad: another address, port, id, version, time or server. */
const WRONG: Readonly<Record<string, (tokens: AddressTokens, token: Uint8Array) => TokenVerdict>> = {
  'another address': (tokens, token) => tokens.judge(token, 1, SOURCE, { ...HOME, address: '192.0.2.2' }, NOW),
  'another port': (tokens, token) => tokens.judge(token, 1, SOURCE, { ...HOME, port: 1235 }, NOW),
  'another destination id': (tokens, token) => tokens.judge(token, 1, randomBytes(8), HOME, NOW),
  'another version': (tokens, token) => tokens.judge(token, 0x6b3343cf, SOURCE, HOME, NOW),
  'too late': (tokens, token) => tokens.judge(token, 1, SOURCE, HOME, NOW + RETRY_LIFE + 1),
  'too early': (tokens, token) => tokens.judge(token, 1, SOURCE, HOME, NOW - RETRY_LIFE - 1),
  'another server': (_tokens, token) => made().judge(token, 1, SOURCE, HOME, NOW),
  'cut short': (tokens, token) => tokens.judge(token.subarray(0, -1), 1, SOURCE, HOME, NOW),
  'its first byte alone': (tokens, token) => tokens.judge(token.subarray(0, 1), 1, SOURCE, HOME, NOW),
}

for (const [name, judged] of Object.entries(WRONG)) {
  test(`a Retry token is bad: ${name}`, () => {
    const tokens = made()
    assert.equal(typeOf(judged(tokens, tokens.forRetry(1, ORIGINAL, SOURCE, HOME, NOW))), 'badRetry')
  })
}

test('every flipped bit makes a token worthless', () => {
  const tokens = made()
  const token = tokens.forRetry(1, ORIGINAL, SOURCE, HOME, NOW)
  for (let bit = 0; bit < token.length * 8; bit++) {
    const flipped = Buffer.from(token)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    assert.notEqual(typeOf(tokens.judge(flipped, 1, SOURCE, HOME, NOW)), 'valid', `bit ${bit}`)
  }
})

test('a token for a later connection holds for the host, whatever its port, and for its time (section 8.1.3)', () => {
  const tokens = made()
  const token = tokens.forNextConnection(1, HOME, NOW)
  assert.equal(typeOf(tokens.judge(token, 1, randomBytes(8), { ...HOME, port: 9 }, NOW + NEW_LIFE)), 'valid')
  for (const verdict of [
    tokens.judge(token, 1, SOURCE, { ...HOME, address: '192.0.2.2' }, NOW),
    tokens.judge(token, 1, SOURCE, HOME, NOW + NEW_LIFE + 1),
    tokens.judge(token, 0x6b3343cf, SOURCE, HOME, NOW),
    made().judge(token, 1, SOURCE, HOME, NOW),
    tokens.judge(randomBytes(0), 1, SOURCE, HOME, NOW),
  ]) {
    assert.equal(verdict.type, 'worthless', 'which is not an error')
  }
})

test('one kind of token does not pass for the other', () => {
  const tokens = made()
  for (const token of [tokens.forRetry(1, ORIGINAL, SOURCE, HOME, NOW), tokens.forNextConnection(1, HOME, NOW)]) {
    const other = Buffer.from(token)
    other[0] = other[0] === 0x52 ? 0x4e : 0x52
    assert.notEqual(typeOf(tokens.judge(other, 1, SOURCE, HOME, NOW)), 'valid')
  }
})

test('a token that has served a connection serves no other (section 8.1.4)', () => {
  const tokens = made()
  for (const [token, after] of [
    [tokens.forRetry(1, ORIGINAL, SOURCE, HOME, NOW), 'badRetry'],
    [tokens.forNextConnection(1, HOME, NOW), 'worthless'],
  ] as const) {
    const verdict = tokens.judge(token, 1, SOURCE, HOME, NOW)
    assert.ok(verdict.type === 'valid')
    assert.equal(typeOf(tokens.judge(token, 1, SOURCE, HOME, NOW)), 'valid', 'to be judged is not to be used')
    tokens.spend(verdict.nonce)
    assert.equal(typeOf(tokens.judge(token, 1, SOURCE, HOME, NOW)), after)
  }
})

test('what was used is remembered for a while, and in bounds', () => {
  const seen = new SeenTokens()
  for (let i = 0; i < MAX_SEEN_TOKENS * 3; i++) {
    seen.add(`${i}`)
    assert.ok(seen.has(`${Math.max(0, i - MAX_SEEN_TOKENS / 2)}`))
  }
  assert.equal(seen.has('0'), false)
})

test('a secret whose key has the id of a later one still opens its tokens', () => {
  const byId = new Map<number, Uint8Array>()
  for (;;) {
    const secret = randomBytes(16)
    const token = made([secret]).forNextConnection(1, HOME, NOW)
    const namesake = byId.get(token[1]!)
    byId.set(token[1]!, secret)
    if (namesake === undefined) continue
    for (const secrets of [
      [secret, namesake],
      [namesake, secret],
    ])
      assert.equal(typeOf(made(secrets).judge(token, 1, SOURCE, HOME, NOW)), 'valid')
    return
  }
})

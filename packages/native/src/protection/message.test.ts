// Short messages in AES-128-GCM. NIST SP 800-38D; test cases 1 and 2 of the specification by McGrew and Viega.
import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { openMessage, sealMessage } from './message.ts'

const KEY = Buffer.alloc(16)
const NONCE = Buffer.alloc(12)
const NOTHING = Buffer.alloc(0)

test('the published test cases come out', () => {
  assert.equal(sealMessage(KEY, NONCE, NOTHING, NOTHING).toString('hex'), '58e2fccefa7e3061367f1d57a4e7455a')
  assert.equal(
    sealMessage(KEY, NONCE, NOTHING, Buffer.alloc(16)).toString('hex'),
    '0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf',
  )
})

test('what is sealed is what node:crypto would have sealed, and opens to the message, for any lengths and keys in turn', () => {
  for (const length of [0, 1, 10, 30, 16_384, 40_000]) {
    const [key, nonce, associated, message] = [randomBytes(16), randomBytes(12), randomBytes(length % 77), randomBytes(length)]
    const cipher = createCipheriv('aes-128-gcm', key, nonce)
    cipher.setAAD(associated)
    const expected = Buffer.concat([cipher.update(message), cipher.final(), cipher.getAuthTag()])
    const sealed = sealMessage(key, nonce, associated, message)
    assert.deepEqual(sealed, expected)
    assert.deepEqual(openMessage(key, nonce, associated, sealed), message)
  }
})

test('with another key, nonce, associated text or any bit changed it does not open, and opens as before afterwards', () => {
  const [key, nonce, associated, message] = [randomBytes(16), randomBytes(12), randomBytes(20), randomBytes(30)]
  const sealed = sealMessage(key, nonce, associated, message)
  assert.equal(openMessage(randomBytes(16), nonce, associated, sealed), null)
  assert.equal(openMessage(key, randomBytes(12), associated, sealed), null)
  assert.equal(openMessage(key, nonce, randomBytes(20), sealed), null)
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at]! ^= 1
    assert.equal(openMessage(key, nonce, associated, changed), null)
  }
  for (const length of [0, 15, 16]) assert.equal(openMessage(key, nonce, associated, sealed.subarray(0, length)), null)
  assert.deepEqual(openMessage(key, nonce, associated, sealed), message)
})

test('a key or nonce of another length is refused', () => {
  assert.throws(() => sealMessage(randomBytes(32), NONCE, NOTHING, NOTHING), { code: 'ERR_NATIVE_RANGE' })
  assert.throws(() => openMessage(KEY, randomBytes(16), NOTHING, Buffer.alloc(16)), { code: 'ERR_NATIVE_RANGE' })
})

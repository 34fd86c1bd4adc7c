import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BytesError } from '@millrace/bytes'
import fc from 'fast-check'
import { errorCodeOf, errorTable, MillraceError } from '../error.ts'
import { decodeFarewell, decodeGreeting, encodeFarewell, encodeGreeting, type Greeting, VERSION } from './greeting.ts'

const greetings: fc.Arbitrary<Greeting> = fc.record({
  version: fc.constant(VERSION),
  role: fc.constantFrom('source', 'plugin', 'edge', 'sink'),
  instance: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  name: fc.string({ unit: 'binary', maxLength: 60 }),
  observed: fc.array(fc.integer({ min: 0, max: 0xffff_ffff }), { maxLength: 256 }),
  credentials: fc.uint8Array({ maxLength: 100 }),
})

const plain = (greeting: Greeting): unknown => ({ ...greeting, instance: [...greeting.instance], credentials: [...greeting.credentials] })

describe('a greeting', () => {
  test('arrives as it was sent', () => {
    fc.assert(fc.property(greetings, (greeting) => assert.deepEqual(plain(decodeGreeting(encodeGreeting(greeting))), plain(greeting))))
  })

  test('that is cut anywhere is an error', () => {
    const bytes = encodeGreeting({
      version: 1,
      role: 'plugin',
      instance: new Uint8Array(16),
      name: 'a name',
      observed: [0x11, 0x4000],
      credentials: Buffer.from('c'),
    })
    for (let length = 0; length < bytes.length; length++) assert.throws(() => decodeGreeting(bytes.subarray(0, length)), BytesError)
  })

  test('may have fields behind those that are known', () => {
    const bytes = encodeGreeting({
      version: 1,
      role: 'edge',
      instance: new Uint8Array(16),
      name: 'e',
      observed: [],
      credentials: new Uint8Array(0),
    })
    assert.equal(decodeGreeting(Buffer.concat([bytes, Buffer.from('later')])).name, 'e')
  })

  test('of any bytes throws nothing but MillraceError and BytesError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          decodeGreeting(Buffer.concat([Buffer.from([VERSION]), bytes]))
        } catch (error) {
          assert.ok(error instanceof MillraceError || error instanceof BytesError, String(error))
        }
      }),
    )
  })
})

describe('a farewell', () => {
  test('arrives as it was sent, its reason cut to a kilobyte at a whole character', () => {
    assert.deepEqual(decodeFarewell(encodeFarewell({ code: 7, reason: 'gone' })), { code: 7, reason: 'gone' })
    const { reason } = decodeFarewell(encodeFarewell({ code: 0, reason: '€'.repeat(1000) }))
    assert.equal(reason, '€'.repeat(341))
  })
})

test('every error that goes on the wire has a number of its own', () => {
  const wires = Object.values(errorTable).flatMap(({ wire }) => (wire === null ? [] : [wire]))
  assert.equal(new Set(wires).size, wires.length)
  for (const [code, { wire }] of Object.entries(errorTable)) if (wire !== null) assert.equal(errorCodeOf(wire), code)
  assert.equal(errorCodeOf(0x7777), null)
})

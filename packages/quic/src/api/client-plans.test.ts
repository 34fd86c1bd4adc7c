import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ClientPlans } from './client-plans.ts'
import type { SessionOptions } from './options.ts'
import { PathMemory } from './path-memory.ts'

const OPTIONS: SessionOptions = { alpn: ['a', 'b'], ca: Buffer.from('no certificate'), transportParams: { maxIdleTimeout: 1000 } }

/** Options that say the same, and share nothing. */
function again(): { -readonly [Option in keyof SessionOptions]: SessionOptions[Option] } {
  return { alpn: ['a', 'b'], ca: Buffer.from('no certificate'), transportParams: { maxIdleTimeout: 1000 } }
}

describe('plans of client sessions', () => {
  it('are one for all that ask for the same', () => {
    const plans = new ClientPlans()
    assert.equal(plans.for(again()), plans.for(OPTIONS))
  })

  it('are one whatever is a session’s own', () => {
    const plans = new ClientPlans()
    const own = { servername: 'x', sessionTicket: Buffer.alloc(9), sessionStore: null, token: Buffer.alloc(9), signal: AbortSignal.abort() }
    assert.equal(plans.for({ ...OPTIONS, ...own }), plans.for(OPTIONS))
  })

  it('are others for options that differ in anything else', () => {
    const plans = new ClientPlans()
    const differing: readonly SessionOptions[] = [
      OPTIONS,
      { ...OPTIONS, alpn: ['a'] },
      { ...OPTIONS, ca: Buffer.from('another') },
      { ...OPTIONS, transportParams: { maxIdleTimeout: 1001 } },
      { ...OPTIONS, transportParams: { maxIdleTimeout: 1000, maxAckDelay: 5 } },
      { ...OPTIONS, spinBit: false },
      { ...OPTIONS, carefulResume: new PathMemory() },
      { ...OPTIONS, carefulResume: new PathMemory() },
    ]
    assert.equal(new Set(differing.map((options) => plans.for(options))).size, differing.length)
  })

  it('are of the options as they were given, and others once those were changed', () => {
    const plans = new ClientPlans()
    const options = again()
    const before = plans.for(options)
    ;(options.alpn as string[]).push('c')
    assert.notEqual(plans.for(options), before)
    assert.deepEqual(before.tls.alpn, ['a', 'b'])
    assert.equal(plans.for(again()), before)
    const ca = Buffer.from('no certificate')
    const trusting = plans.for({ ...again(), ca })
    ca[0] = 0
    assert.notEqual(plans.for({ ...again(), ca }), trusting)
    assert.equal(Buffer.from(trusting.tls.ca as Uint8Array).toString(), 'no certificate')
  })

  it('are not kept of what is wrong, and what is a session’s own is checked each time', () => {
    const plans = new ClientPlans()
    plans.for(OPTIONS)
    const wrong: readonly Record<string, unknown>[] = [{ spinBit: 'no' }, { servername: 'a\0b' }, { token: 'text' }, { sessionStore: {} }]
    for (const options of [...wrong, ...wrong]) assert.throws(() => plans.for({ ...OPTIONS, ...options }), { code: 'ERR_QUIC_OPTION' })
  })

  it('are kept for a bounded number of kinds, the latest used', () => {
    const plans = new ClientPlans()
    const first = plans.for(OPTIONS)
    for (let i = 1; i <= 20; i++) {
      plans.for({ ...OPTIONS, keepAlive: i })
      assert.equal(plans.for(OPTIONS), first)
    }
    const early = plans.for({ ...OPTIONS, keepAlive: 20 })
    for (let i = 21; i <= 40; i++) plans.for({ ...OPTIONS, keepAlive: i })
    assert.notEqual(plans.for({ ...OPTIONS, keepAlive: 20 }), early)
  })
})

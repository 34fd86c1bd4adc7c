import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Agent } from './agent.ts'
import { type AgentOptions, checkAgentOptions, timeout } from './agent-options.ts'

describe('options of an agent', () => {
  const defaults = {
    headStart: 0,
    maxSessions: 256,
    maxRequests: 256,
    keepAliveTimeout: 20_000,
    connectTimeout: 10_000,
    headersTimeout: 300_000,
    bodyTimeout: 300_000,
    http3: 'discovered',
    earlyData: true,
  }

  test('have the defaults that their comments name', () => {
    const { clock, ...checked } = checkAgentOptions({})
    assert.deepEqual(checked, defaults)
    const times = [Date.now(), clock.now(), Date.now()]
    assert.deepEqual(
      times.toSorted((a, b) => a - b),
      times,
    )
  })

  const ranges: readonly (readonly [name: keyof AgentOptions, least: number, most: number])[] = [
    ['headStart', 0, 10_000],
    ['maxSessions', 1, 65_536],
    ['maxRequests', 1, 65_536],
    ['keepAliveTimeout', 1, 600_000],
    ['connectTimeout', 1, 600_000],
    ['headersTimeout', 0, 2 ** 31 - 1],
    ['bodyTimeout', 0, 2 ** 31 - 1],
  ]
  for (const [name, least, most] of ranges)
    test(`${name} is a whole number from ${least} to ${most}`, () => {
      for (const value of [least, most]) assert.equal(checkAgentOptions({ [name]: value })[name as 'headStart'], value)
      for (const value of [least - 1, most + 1, least + 0.5, Number.NaN, '5'])
        assert.throws(() => checkAgentOptions({ [name]: value } as AgentOptions), {
          code: 'UND_ERR_INVALID_ARG',
          message: new RegExp(`^Option ${name} is .*; it must be a whole number from ${least} to ${most}\\.$`),
        })
    })

  const wrong: readonly (readonly [options: Record<string, unknown>, message: string])[] = [
    [{ http3: 'never' }, 'Option http3 is "never"; it may be discovered, assumed, only.'],
    [{ earlyData: 1 }, 'Option earlyData is 1; it must be true or false.'],
    [{ certs: 'x' }, 'Option certs and keys go together; give both or neither.'],
    [{ keys: 'x' }, 'Option certs and keys go together; give both or neither.'],
  ]
  for (const [options, message] of wrong)
    test(`${JSON.stringify(options)} is refused when the agent is made`, () => {
      assert.throws(() => new Agent(options), { code: 'UND_ERR_INVALID_ARG', message })
    })

  test('give way to what a request says of its timeouts', () => {
    assert.equal(timeout('headersTimeout', undefined, 7), 7)
    assert.equal(timeout('headersTimeout', null, 7), 7)
    assert.equal(timeout('headersTimeout', 0, 7), 0)
    for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      assert.throws(() => timeout('bodyTimeout', value, 7), /invalid bodyTimeout/)
  })
})

// The fuzzer finds what is planted, makes it small, and finds it again; and what is committed holds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '@millrace/netsim'
import { readCorpus } from './corpus.ts'
import { fuzz, judge, minimised } from './fuzz.ts'
import { MAX_INPUT, mutate } from './mutate.ts'
import { readOptions } from './options.ts'
import type { Target } from './target.ts'
import { TARGETS } from './targets/index.ts'

/** Reads a length and as many bytes, and forgets one case. */
const planted: Target = {
  name: 'planted',
  declared: (error) => error instanceof RangeError,
  run(input) {
    if (input.length < 2) throw new RangeError('too short')
    if (input[1] === 0xff && input.length > 4) throw new TypeError('forgotten')
    return `${input[0]! % 4}`
  },
}

const corpus = [new Uint8Array(40).fill(7)]
const upTo = (most: number) => (runs: number) => runs >= most

test('a planted defect is found, and made as small as it can be', () => {
  const { crash } = fuzz(planted, corpus, 1, upTo(200_000))
  assert.match(String(crash?.what), /TypeError: forgotten/)
  assert.equal(crash!.input.length, 5)
  assert.match(String(judge(planted, crash!.input)), /TypeError: forgotten/)
})

test('a seed finds the same after as many inputs', () => {
  const [first, second] = [7, 7].map((seed) => fuzz(planted, corpus, seed, upTo(200_000)))
  assert.ok(first!.crash !== null)
  assert.deepEqual(first, second)
})

test('declared errors are outcomes and no defects', () => {
  const outcomes: string[] = []
  assert.equal(
    judge(planted, new Uint8Array(1), (outcome) => outcomes.push(outcome)),
    null,
  )
  assert.deepEqual(outcomes, ['RangeError too short'])
})

test('an input that takes too long is a defect', () => {
  const slow: Target = {
    ...planted,
    run() {
      const until = performance.now() + 1100
      while (performance.now() < until);
      return ''
    },
  }
  assert.match(String(judge(slow, new Uint8Array(1))), /^it takes 1\d{3} ms$/)
})

test('what cannot be made smaller stays as it is', () => {
  const input = Uint8Array.of(0, 0xff, 0, 0, 0)
  assert.deepEqual(minimised(planted, input, judge(planted, input)!), input)
})

test('changed inputs differ, and stay within their length', () => {
  const random = new Random(1)
  const base = new Uint8Array(MAX_INPUT)
  const changed = Array.from({ length: 500 }, () => mutate(base, base, random))
  assert.ok(changed.every(({ length }) => length <= MAX_INPUT))
  assert.ok(changed.filter((input) => input.some((byte) => byte !== 0)).length > 250)
})

for (const target of TARGETS) {
  test(`${target.name}: the corpus is there, and holds with some thousand changes`, () => {
    const inputs = readCorpus(target.name)
    assert.ok(inputs.length > 1)
    const { crash, outcomes } = fuzz(target, inputs, 1, upTo(target.name === 'core' ? 500 : 5000))
    assert.equal(crash, null, `${crash?.what} ${Buffer.from(crash?.input ?? []).toString('hex')}`)
    assert.ok(outcomes > 2)
  })
}

test("the core's corpus has 0-RTT that a server takes, and 0-RTT that a client has to say again", () => {
  const core = TARGETS.find(({ name }) => name === 'core')!
  const outcomes = new Set(readCorpus('core').map((input) => core.run(input)))
  assert.ok(
    [...outcomes].some((outcome) => /^server .* early$/.test(outcome)),
    [...outcomes].join('\n'),
  )
  assert.ok(
    [...outcomes].some((outcome) => /^client .* refused$/.test(outcome)),
    [...outcomes].join('\n'),
  )
})

test('the command line is checked', () => {
  assert.deepEqual(readOptions(['--seconds', '5', '--target', 'core'], ['core'], 9), {
    help: false,
    seconds: 5,
    target: 'core',
    seed: 9,
    input: null,
  })
  assert.match(String(readOptions(['--target', 'x'], ['core'], 9)), /--target is one of core/)
  assert.match(String(readOptions(['--input', 'x'], ['core'], 9)), /--input needs --target/)
  assert.match(String(readOptions(['--seconds', '0'], ['core'], 9)), /--seconds is an integer from 1/)
})

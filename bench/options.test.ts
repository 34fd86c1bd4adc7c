import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Benchmark } from './harness/benchmark.ts'
import { parseOptions } from './options.ts'

const BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'speed',
    what: '',
    cases: [
      {
        name: 'down',
        entries: ['ours', 'theirs'].map((name) => ({
          contender: { name, missing: () => null, version: () => null },
          measure: () => Promise.resolve([]),
        })),
      },
    ],
  },
]

test('a benchmark by its name, with everything by default', () => {
  const expected = {
    bench: 'speed',
    quick: false,
    json: false,
    record: false,
    write: false,
    rounds: null,
    minutes: null,
    peers: [],
    cases: [],
  }
  assert.deepEqual(parseOptions(['speed'], BENCHMARKS), expected)
})

test('lists may be given at once or one by one', () => {
  const options = parseOptions(['speed', '--peer', 'ours,theirs', '--case', 'down', '--case', 'up', '--rounds', '7', '--json'], BENCHMARKS)
  assert.notEqual(options, 'help')
  assert.deepEqual(options, {
    bench: 'speed',
    quick: false,
    json: true,
    record: false,
    write: false,
    rounds: 7,
    minutes: null,
    peers: ['ours', 'theirs'],
    cases: ['down', 'up'],
  })
})

test('--write alone runs all, in minutes', () => {
  const options = parseOptions(['--write', '--minutes', '11'], BENCHMARKS)
  assert.deepEqual(options !== 'help' && [options.bench, options.write, options.minutes], [null, true, 11])
})

test('--quick alone runs all', () => {
  const options = parseOptions(['--quick'], BENCHMARKS)
  assert.equal(options !== 'help' && options.bench, null)
})

for (const [args, complaint] of [
  [[], /name one of speed/],
  [['weight'], /name one of speed/],
  [['speed', 'weight'], /name one of speed/],
  [['speed', '--rounds', '0'], /--rounds takes/],
  [['speed', '--minutes', 'x'], /--minutes takes/],
  [['speed', '--peer', 'nobody'], /--peer nobody: there are ours, theirs/],
  [['speed', '--record'], /--record goes with --quick/],
  [['speed', '--write', '--quick'], /--write goes with whole/],
  [['speed', '--loud'], /--loud/],
] as const)
  test(`'${args.join(' ')}' is refused with a sentence`, () => {
    assert.throws(() => parseOptions(args, BENCHMARKS), complaint)
  })

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry, Round } from './benchmark.ts'
import { Children } from './children.ts'
import { takeTurns } from './take-turns.ts'

const ROUND: Round = { field: { children: new Children(), folder: '', cert: '', key: '', ca: '' }, quick: true }
const UNHURRIED = { rounds: 3, budgetMillis: Number.POSITIVE_INFINITY }

test('who goes first alternates from round to round', async () => {
  const turns: string[] = []
  const outcomes = await takeTurns({ name: '', entries: [entry('ours', turns), entry('theirs', turns)] }, ROUND, UNHURRIED)
  assert.deepEqual(turns, ['ours', 'theirs', 'theirs', 'ours', 'ours', 'theirs'])
  assert.deepEqual(
    outcomes.map(({ figures, problem }) => [figures.length, problem]),
    [
      [3, null],
      [3, null],
    ],
  )
})

test('who fails is named with the reason and takes no further turn', async () => {
  const turns: string[] = []
  const failing: Entry = { ...entry('theirs', turns), measure: () => Promise.reject(new Error('no answer')) }
  const [ours, theirs] = await takeTurns({ name: '', entries: [entry('ours', turns), failing] }, ROUND, UNHURRIED)
  assert.deepEqual(turns, ['ours', 'ours', 'ours'])
  assert.deepEqual([ours?.problem, theirs?.problem], [null, 'failed: no answer'])
})

test('who is missing is not measured', async () => {
  const turns: string[] = []
  const away = entry('theirs', turns, "missing: 'bash bench/install.sh theirs' compiles it")
  const [, theirs] = await takeTurns({ name: '', entries: [entry('ours', turns), away] }, ROUND, UNHURRIED)
  assert.deepEqual(turns, ['ours', 'ours', 'ours'])
  assert.deepEqual([theirs?.figures, theirs?.problem], [[], "missing: 'bash bench/install.sh theirs' compiles it"])
})

test('without time left the first round is still complete', async () => {
  const turns: string[] = []
  await takeTurns({ name: '', entries: [entry('ours', turns), entry('theirs', turns)] }, ROUND, { rounds: 3, budgetMillis: -1 })
  assert.deepEqual(turns, ['ours', 'theirs'])
})

function entry(name: string, turns: string[], missing: string | null = null): Entry {
  return {
    contender: { name, missing: () => missing, version: () => null },
    measure: () => {
      turns.push(name)
      return Promise.resolve([{ name: '', unit: 'MB/s', better: 'more', value: 1 }])
    },
  }
}

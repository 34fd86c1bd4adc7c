// Cost grows linearly: what one stream costs does not grow with how many there are. Anything that walks all of them for each would cost a hundred times
// as much at a thousand as at ten. Costs are CPU time, and a try that was disturbed is made again: only one that never comes out fails.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cost, QUESTIONS } from './cost.ts'
import { plot } from './plot.ts'

const FEW = 10
const MANY = 1000
/** A thousand no longer fit the processor's caches, which about doubles what each costs; more than that by far is what walking would show. */
const MOST_GROWTH = 5
const TRIES = 5

for (const question of QUESTIONS) {
  test(`${question.name}: at ${MANY} at most ${MOST_GROWTH} times as much for each as at ${FEW}`, () => {
    let growth = Number.POSITIVE_INFINITY
    for (let turn = 0; turn < TRIES && growth > MOST_GROWTH; turn++)
      growth = Math.min(growth, cost(question, MANY, 2) / cost(question, FEW, 2))
    assert.ok(growth <= MOST_GROWTH, `${growth.toFixed(1)} times`)
  })
}

test('a plot has a panel for each curve, with all its points', () => {
  const points = [1, 10, 100].map((count) => ({ count, cost: count + 1 }))
  const svg = plot([{ name: 'a < b & c', unit: 'us per stream', points }], 'title')
  assert.equal(svg.match(/<circle/g)?.length, points.length)
  assert.match(svg, /a &lt; b &amp; c/)
})

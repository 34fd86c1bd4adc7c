// How cost grows with streams and connections: `node -C source bench/report/run.ts [FILE]` plots it, by default into docs/scaling.svg.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from '../machine.ts'
import { curve, QUESTIONS } from './cost.ts'
import { plot } from './plot.ts'

const path = process.argv[2] ?? join(import.meta.dirname, '../../docs/scaling.svg')
const curves = QUESTIONS.map((question) => curve(question))
for (const { name, unit, points } of curves) {
  console.log(`${name}, ${unit}: ${points.map(({ count, cost }) => `${count}: ${cost.toPrecision(3)}`).join(', ')}`)
}
writeFileSync(path, plot(curves, `both sides on one core, in memory, protected; ${describeMachine()}`))
console.log(path)

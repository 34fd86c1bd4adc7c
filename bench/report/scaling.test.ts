// Cost grows linearly: what one stream costs does not grow with how many there are. Anything that walks all of them for each would do a hundred times as much
// at a thousand as at ten. What is compared is work that is counted, not time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Question } from './cost.ts'
import { plot } from './plot.ts'
import { WorkCount } from './work.ts'

const work = await WorkCount.start()
// Not before: what is loaded is counted from its first line.
const { Load } = await import('./load.ts')
const { QUESTIONS } = await import('./cost.ts')
const { open, shakenHands } = await import('../../packages/quic/test/support/connected.ts')

const FEW = 10
const MANY = 1000
/** Timers and acknowledgements fall a little otherwise where more is under way. */
const MOST_GROWTH = 1.25

/** Blocks that run for each stream. */
async function workOf({ size, bytes, streams }: Question, count: number): Promise<number> {
  using load = new Load(size(count))
  load.upload(streams, bytes)
  await work.take()
  load.upload(streams, bytes)
  return (await work.take()) / streams
}

for (const question of QUESTIONS) {
  test(`${question.name}: at ${MANY} no more work for each than at ${FEW}`, async (t) => {
    const [few, many] = [await workOf(question, FEW), await workOf(question, MANY)]
    t.diagnostic(`${few.toFixed(0)} blocks of code for each at ${FEW}, ${many.toFixed(0)} at ${MANY}`)
    assert.ok(few > 50, `${few} blocks: nothing was counted`)
    assert.ok(many <= MOST_GROWTH * few, `${(many / few).toFixed(2)} times as much`)
  })
}

test('what walks all streams is found out: MAX_DATA, which may free each of them, does as much more as there are more', async () => {
  const walks: number[] = []
  for (const count of [FEW, MANY]) {
    const pair = shakenHands({ server: { initialMaxStreamsUni: MANY } })
    for (let opened = 0; opened < count; opened++) open(pair.client, 'uni')
    await work.take()
    pair.client.connection.streams.raiseSendCredit(2 ** 40)
    walks.push(await work.take())
    pair.release()
  }
  assert.ok(walks[1]! > 50 * walks[0]!, `${walks.join(' and ')} blocks`)
})

test('a plot has a panel for each curve, with all its points', () => {
  const points = [1, 10, 100].map((count) => ({ count, cost: count + 1 }))
  const svg = plot([{ name: 'a < b & c', unit: 'us per stream', points }], 'title')
  assert.equal(svg.match(/<circle/g)?.length, points.length)
  assert.match(svg, /a &lt; b &amp; c/)
})

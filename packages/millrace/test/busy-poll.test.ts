import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { test } from 'node:test'
import { connect, Edge } from '../src/index.ts'
import { addressOf, setUp } from './support.ts'

const OUT_OF_RANGE = { code: 'ERR_MILLRACE_OPTION', message: 'busyPollMicros is 0.5; it is a whole number, 0 to 1000000' }

test('an edge stays awake after a datagram for as long as it is told', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let turns = 0
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'Immediate' && ++turns === 1000) resolve()
    },
  })
  const { source } = await setUp({ edge: { busyPollMicros: 1_000_000 } })
  await source.flush()
  hook.enable()
  await promise
  hook.disable()
})

test('busyPollMicros out of range is refused by who listens and by who dials', async () => {
  const workflow = { name: 'test', host: '127.0.0.1', port: 0, plugins: [] }
  await assert.rejects(Edge.listen(workflow, { busyPollMicros: 0.5 }), OUT_OF_RANGE)
  const { edge } = await setUp({})
  await assert.rejects(connect(addressOf(edge), { busyPollMicros: 0.5 }), OUT_OF_RANGE)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definePlugin, outputEchoData, outputThermometerData, runDev, runDevWith } from '../src/index.ts'
import { Collected, stopAfter } from './support.ts'

const echo = definePlugin({ name: 'EchoPlugin', observed: '0x11', mold: '', handle: (value) => `${value}✅` })
const quiet = { report: () => {}, write: () => {}, intervalMillis: 0 }

test('runDevWith shows what the plugin makes of the echo set, until its signal is aborted', async () => {
  const lines = new Collected<string>()
  const stopping = new AbortController()
  const development = await runDevWith(echo, '127.0.0.1:0', outputEchoData, {
    ...quiet,
    signal: stopping.signal,
    write: (line) => lines.add(line),
  })
  await lines.count(3)
  stopping.abort()
  await development.closed
  assert.deepEqual(new Set(lines.items), new Set(['name:millrace!✅']))
  assert.equal(development.plugin.stats.handled, lines.items.length)
})

test('runDev shows packets as trees, so many as it is asked for', async () => {
  const lines: string[] = []
  const development = await runDev(echo, '127.0.0.1:0', { ...quiet, messages: 2, write: (line) => void lines.push(line) })
  await development.closed
  assert.equal(lines.length, 2)
  assert.match(lines[1]!, /\t0x01:\{0x10:02, 0x11:6d 69 6c 6c 72 61 63 65 21 e2 9c 85, 0x20:\{0x13:\[/)
})

test('the thermometer formatter is given the thermometer set', async () => {
  const lines: string[] = []
  const cold = definePlugin({
    name: 'cold',
    observed: '0x20',
    mold: [{ id: { key: 0x10, type: 'string' }, temperature: { key: 0x11, type: 'float32' } }],
    handle: (readings) => readings.map(({ id }) => ({ id, temperature: 0 })),
  })
  const development = stopAfter(
    await runDevWith(cold, '127.0.0.1:0', outputThermometerData, {
      ...quiet,
      messages: 1,
      write: (line) => void lines.push(line),
    }),
  )
  await development.closed
  assert.match(lines[0]!, /\tid:thermometer-1 temperature:0\.00 .*; id:thermometer-2 temperature:0\.00 /)
})

test('an address that is taken is told', async () => {
  const development = stopAfter(await runDev(echo, '127.0.0.1:0', quiet))
  const { host, port } = development.plugin.address!
  await assert.rejects(runDev(echo, `${host}:${port}`, quiet), { code: 'ERR_MILLRACE_LISTEN' })
})

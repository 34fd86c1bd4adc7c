// Programs that stay awake between datagrams because somebody asked for it: by option and by flag.
import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { test } from 'node:test'
import { runProgram } from '../src/cli/program.ts'
import { connect, Edge } from '../src/index.ts'
import { addressOf, Collected, setUp } from './support.ts'

const OUT_OF_RANGE = { code: 'ERR_MILLRACE_OPTION', message: 'busyPollMicros is 0.5; it is a whole number, 0 to 1000000' }

/** Resolves after so many turns of the event loop that somebody asked for. */
async function turnsOf(count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let turns = 0
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'Immediate' && ++turns === count) resolve()
    },
  })
  hook.enable()
  await promise
  hook.disable()
}

/** Runs a command line that listens, connects what `reach` makes of its address, and sees the thread stay awake; then the program ends well. */
async function staysAwake(args: readonly string[], reach: (address: string) => Promise<unknown>): Promise<void> {
  const said = new Collected<string>()
  const stopping = new AbortController()
  const stderr = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      said.add(chunk.toString())
      done()
    },
  })
  const cwd = mkdtempSync(join(tmpdir(), 'millrace-busy-poll-'))
  writeFileSync(join(cwd, 'workflow.yaml'), 'name: w\nhost: 127.0.0.1\nport: 0\nplugins: []\n')
  const index = new URL('../src/index.ts', import.meta.url).href
  const plugin = `import { definePlugin } from '${index}'\nexport default definePlugin({ name: 'p', observed: '0x11', mold: '', handle: (value) => value })\n`
  writeFileSync(join(cwd, 'plugin.ts'), plugin)
  const ended = runProgram(args, { cwd, stdin: Readable.from([]), stdout: stderr, stderr, signal: stopping.signal })
  await said.count(1)
  const [, address = ''] = /listens on UDP ([^\s,]+)/.exec(said.items[0]!) ?? []
  await reach(address)
  await turnsOf(1000)
  stopping.abort()
  assert.equal(await ended, 0)
  rmSync(cwd, { recursive: true })
}

test('an edge stays awake after a datagram for as long as it is told', async () => {
  const { source, edge } = await setUp({ edge: { busyPollMicros: 1_000_000 } })
  await source.flush()
  await turnsOf(1000)
  // It would keep those who follow awake.
  await edge.close()
})

test('so does `millrace edge --busy-poll`', () =>
  staysAwake(['edge', '-c', 'workflow.yaml', '--busy-poll', '1000000'], async (address) => {
    const source = await connect(address, { report: () => {} })
    await source.end()
  }))

test('so does `millrace run --busy-poll`', () =>
  staysAwake(['run', 'plugin.ts', '--listen', '127.0.0.1:0', '--busy-poll', '1000000'], async (address) => {
    const { reports } = await setUp({ places: [{ name: 'p', host: '127.0.0.1', port: Number(address.split(':')[1]) }] })
    await reports.said(/'p' is there/)
  }))

test('busyPollMicros out of range is refused by who listens and by who dials', async () => {
  const workflow = { name: 'test', host: '127.0.0.1', port: 0, plugins: [] }
  await assert.rejects(Edge.listen(workflow, { busyPollMicros: 0.5 }), OUT_OF_RANGE)
  const { edge } = await setUp({})
  await assert.rejects(connect(addressOf(edge), { busyPollMicros: 0.5 }), OUT_OF_RANGE)
})

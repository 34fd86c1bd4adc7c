// The pages in docs/ say what the code does: their program runs, their tables are the code's.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { errorTable } from '../src/error.ts'
import { frameTable } from '../src/protocol/frame.ts'
import { roleTable } from '../src/protocol/greeting.ts'

const docs = fileURLToPath(new URL('../../../docs/', import.meta.url))
const page = (name: string): string => readFileSync(join(docs, name), 'utf8')

test('the blocks of embedding.md are a program that does what they say', async () => {
  const blocks = [...page('embedding.md').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!)
  assert.ok(blocks.length >= 6)
  const program = fileURLToPath(new URL(`./embedding-${process.pid}.ts`, import.meta.url))
  after(() => rmSync(program, { force: true }))
  writeFileSync(program, blocks.join('\n'))
  const { stdout } = await promisify(execFile)(process.execPath, ['-C', 'source', program], { timeout: 300_000 })
  assert.equal(stdout, '64\nname:millrace!✅\n')
})

test('the frames of protocol.md are those of the code', () => {
  const rows = [...page('protocol.md').matchAll(/^\| ([A-Z]+) \| (0x[0-9a-f]{2}) \| (\w+) \|/gm)].map(([, name, type, place]) => [
    name,
    Number(type),
    [place],
  ])
  assert.deepEqual(
    rows,
    Object.entries(frameTable).map(([name, { type, places }]) => [name, type, places]),
  )
})

test('the roles of protocol.md are those of the code', () => {
  const line = /^\| role \| varint \| (.*) \|$/m.exec(page('protocol.md'))![1]!
  assert.deepEqual(Object.fromEntries([...line.matchAll(/(\d) (\w+)/g)].map(([, number, name]) => [name, Number(number)])), roleTable)
})

test('the errors of both pages are those of the code', () => {
  const peers = [...page('protocol.md').matchAll(/^\| (0x[0-9a-f]{2}) \| ([A-Z_]+) \| (.*) \|$/gm)].map(([, wire, name, meaning]) => [
    `ERR_MILLRACE_${name}`,
    { family: 'peer', wire: Number(wire), meaning },
  ])
  const others = [...page('embedding.md').matchAll(/^\| (ERR_MILLRACE_\w+) \| (\w+) \| (.*) \|$/gm)].map(([, code, family, meaning]) => [
    code,
    { family, wire: null, meaning },
  ])
  assert.deepEqual(Object.fromEntries([...peers, ...others]), errorTable)
})

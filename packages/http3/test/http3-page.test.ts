// docs/http3.md says what the code does: its commands make a certificate, its blocks are one program, and what its comments promise is what it prints.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { checkServerOptions } from '../src/server/options.ts'
import { identity } from './support/client.ts'

const page = readFileSync(new URL('../../../docs/http3.md', import.meta.url), 'utf8')
const run = promisify(execFile)
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code!)

test('the blocks of http3.md make a certificate, and are a program that prints what their comments say', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-http3-page-'))
  after(() => rmSync(directory, { recursive: true }))
  const [certificate, hash] = blocks('sh') as [string, string]
  await run('sh', ['-c', certificate], { cwd: directory })
  const { stdout: spki } = await run('sh', ['-c', hash], { cwd: directory })
  assert.match(spki, /^[A-Za-z0-9+/]{43}=\n$/)

  const code = blocks('ts').join('\n')
  const promised = [...code.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, line]) => line!)
  assert.ok(promised.length >= 3)
  const program = fileURLToPath(new URL(`./http3-page-${process.pid}.ts`, import.meta.url))
  after(() => rmSync(program, { force: true }))
  writeFileSync(program, code)
  const { stdout } = await run(process.execPath, ['-C', 'source', program], {
    cwd: directory,
    timeout: 300_000,
    env: { ...process.env, PORT: '0' },
  })
  assert.deepEqual(stdout.trim().split('\n'), promised)
})

test('the defaults of http3.md are those of the code', () => {
  const { timeouts, ...rest } = checkServerOptions(identity)
  const defaults: object = { ...rest, ...timeouts }
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) m?s \|/gm)].map(([, name, value]) => [name, Number(value)] as const)
  assert.ok(rows.length >= 4)
  for (const [name, value] of rows) assert.equal(Reflect.get(defaults, name!), value, String(name))
})

// docs/sessions.md says what the code does: its blocks are one program, and what its comments promise is what it prints.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const CERTIFICATES = `
import { createCertificate } from '../../native/test/certificates.ts'
const authority = createCertificate({ name: 'Devices', isAuthority: true })
const device = createCertificate({ name: 'device 7', issuer: authority })
const server = createCertificate({ name: 'localhost', hosts: ['127.0.0.1'] })
`

test('the blocks of sessions.md are a program that prints what their comments say', async () => {
  const page = readFileSync(new URL('../../../docs/sessions.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!)
  assert.ok(blocks.length >= 6)
  const promised = [...blocks.join('').matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, line]) => line!)
  assert.ok(promised.length >= 4)
  const program = fileURLToPath(new URL(`./sessions-page-${process.pid}.ts`, import.meta.url))
  after(() => rmSync(program, { force: true }))
  writeFileSync(program, CERTIFICATES + blocks.join('\n').replaceAll("'@millrace/quic'", "'../src/index.ts'"))
  const { stdout } = await promisify(execFile)(process.execPath, ['-C', 'source', program], { timeout: 300_000 })
  // The server tells of each of two sessions, at its own time.
  const printed = stdout.trim().split('\n')
  assert.deepEqual(
    printed.filter((line) => line.startsWith('CN=')),
    ['CN=device 7', 'CN=device 7'],
  )
  assert.deepEqual(
    printed.filter((line) => !line.startsWith('CN=')),
    promised.filter((line) => !line.startsWith('CN=')),
  )
})

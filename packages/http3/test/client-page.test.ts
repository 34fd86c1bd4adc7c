// docs/http3-client.md says what the code does: its blocks are one program, and what its comments promise is what it prints.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createServer } from '../src/index.ts'
import { certificate } from './support/loopback.ts'

test('the blocks of http3-client.md are a program that prints what their comments say', async () => {
  const server = createServer({ key: certificate.keys, cert: certificate.certs }, (request, response) => {
    if (request.url === '/never') return
    if (request.url === '/hello') response.end('hello')
    else if (request.url === '/trailers') {
      response.addTrailers({ 'x-sum': '7' })
      response.end()
    } else request.pipe(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  const page = readFileSync(new URL('../../../docs/http3-client.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!)
  assert.equal(blocks.length, 5)
  const promised = [...blocks.join('').matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, line]) => line!)
  const given = `import assert from 'node:assert/strict'\nconst [base, ca] = process.argv.slice(2) as [string, string]\n`
  const program = fileURLToPath(new URL(`./client-page-${process.pid}.ts`, import.meta.url))
  after(() => rmSync(program, { force: true }))
  writeFileSync(program, given + blocks.join('\n').replaceAll("'@millrace/http3'", "'../src/index.ts'"))
  const base = `https://localhost:${(server.address() as AddressInfo).port}`
  const { stdout } = await promisify(execFile)(process.execPath, ['-C', 'source', program, base, certificate.certs], { timeout: 300_000 })
  assert.deepEqual(stdout.trim().split('\n'), promised)
})

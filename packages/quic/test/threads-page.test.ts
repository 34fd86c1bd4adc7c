// docs/threads.md shows the example that it speaks of, and that one does what it says.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../scripts/support/free-port.ts'
import { certificate, dial, readAll } from './support/server.ts'

const EXAMPLE = fileURLToPath(new URL('../../../examples/threads/server.ts', import.meta.url))

test('the page shows the example as it is', () => {
  const page = readFileSync(new URL('../../../docs/threads.md', import.meta.url), 'utf8')
  assert.deepEqual(
    [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code),
    [readFileSync(EXAMPLE, 'utf8')],
  )
})

test('the example serves a port with a thread for each core', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-threads-'))
  after(() => rmSync(directory, { recursive: true }))
  const files = { key: join(directory, 'key.pem'), certificate: join(directory, 'certificate.pem') }
  writeFileSync(files.key, certificate.keys)
  writeFileSync(files.certificate, certificate.certs)
  const address = `127.0.0.1:${await freePort()}`
  const server = spawn(process.execPath, ['-C', 'source', EXAMPLE, files.key, files.certificate, address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  after(() => server.kill())
  const listening = new Set<string>()
  for await (const line of createInterface({ input: server.stdout })) {
    assert.match(line, /^thread \d+ listens at/)
    listening.add(line)
    if (listening.size === availableParallelism()) break
  }
  for (let count = 0; count < 8; count++) {
    const session = await dial(address, { alpn: 'echo/1' })
    const stream = await session.createBidirectionalStream()
    void stream.end(`hello ${count}`)
    assert.equal((await readAll(stream)).toString(), `hello ${count}`)
    await session.close()
  }
  server.kill()
  await once(server, 'exit')
})

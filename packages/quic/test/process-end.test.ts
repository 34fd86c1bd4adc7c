// Whether an endpoint keeps its process alive: a client that keeps sessions for later may say that it should not.
import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { certificate, echo, serve } from './support/server.ts'

const directory = await mkdtemp(join(tmpdir(), 'millrace-end-'))
after(() => rm(directory, { recursive: true }))
const ca = join(directory, 'ca.pem')
writeFileSync(ca, String(certificate.certs))

/** Connects, exchanges a word, does what it is told, and says so; sessions and endpoint stay open. */
const CLIENT = `
import { readFileSync } from 'node:fs'
import { connect, QuicEndpoint } from '${new URL('../src/index.ts', import.meta.url).href}'
const [address, ca, ...words] = process.argv.slice(1)
const endpoint = await QuicEndpoint.open()
const session = await connect(address, { alpn: 'test', ca: readFileSync(ca), endpoint, keepAlive: 1000 })
const stream = await session.createBidirectionalStream()
await stream.end('word')
for await (const chunks of stream) void chunks
for (const word of words) endpoint[word]()
console.log('idle')
session.closed.then(() => console.log('closed'))
`

function client(address: string, ...words: string[]): ChildProcessByStdio<null, Readable, null> {
  return spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', CLIENT, address, ca, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

test('a process ends whose endpoint was told not to keep it, with a session open and alive', async () => {
  const { address } = await serve(echo)
  const child = client(address, 'ref', 'unref')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('a process stays while an endpoint keeps it, also one that was let go before, and hears how its session ends', async () => {
  const { address, sessions } = await serve(echo)
  const child = client(address, 'unref', 'ref')
  after(() => child.kill())
  let said = ''
  for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    said += chunk
    if (said === 'idle\n') for (const session of sessions) void session.close()
    if (said.endsWith('closed\n')) break
  }
  assert.equal(said, 'idle\nclosed\n')
})

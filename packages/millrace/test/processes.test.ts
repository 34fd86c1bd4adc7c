// The parts as users run them: in processes of their own, over UDP on 127.0.0.1.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../scripts/support/free-port.ts'
import { Program } from './program.ts'
import { numbered, setUp, texts } from './support.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const bin = join(root, 'packages/millrace/bin/millrace.js')
const directory = mkdtempSync(join(tmpdir(), 'millrace-processes-'))
after(() => rmSync(directory, { recursive: true }))

const millrace = (args: readonly string[], input?: string): Program => new Program([bin, ...args], { cwd: directory, input })

test('init makes a project that runs outside the repository: edge, plugin and a source of lines', async () => {
  const made = millrace(['init', 'project'])
  assert.equal(await made.ended, 0)
  const edge = millrace(['edge', '-c', 'project/workflow.yaml', '--listen', '127.0.0.1:0', '--print', 'echo'])
  const [, address] = await edge.said(
    /^millrace: edge 'project' listens on UDP (127\.0\.0\.1:\d+), certificate SHA-256 [0-9a-f]{64}, ready in \d+ ms$/,
  )
  const plugin = millrace(['run', 'project/plugin.ts', '--edge', address!])
  const source = millrace(['source', '-', '--tag', '0x11', '--edge', address!], '{"value":"a"}\n{"value":"b"}\n')
  assert.equal(await source.ended, 0)
  assert.deepEqual(source.stderr.items, ['millrace: 2 messages sent and confirmed'])
  assert.deepEqual(await edge.stdout.count(2), ['name:a✅', 'name:b✅'])

  edge.child.kill('SIGINT')
  assert.equal(await edge.ended, 0)
  await edge.said(/^millrace: edge 'project' drained: 2 messages in, 2 out$/)
  plugin.child.kill('SIGINT')
  assert.equal(await plugin.ended, 0)
})

test('dev tries a plugin of that project out', async () => {
  const dev = millrace(['dev', 'project/plugin.ts', '--listen', '127.0.0.1:0', '--print', 'echo', '--interval', '0', '--messages', '3'])
  assert.equal(await dev.ended, 0)
  assert.deepEqual(dev.stdout.items, ['name:millrace!✅', 'name:millrace!✅', 'name:millrace!✅'])
})

test('a plugin process that is killed and started again gets what it had not finished', async () => {
  const port = await freePort()
  const begin = (): Program => millrace(['run', 'project/plugin.ts', '--listen', `127.0.0.1:${port}`])
  const plugins = [{ name: 'EchoPlugin', host: '127.0.0.1', port }]
  const { edge, source, output, reports } = await setUp({ places: plugins, edge: { idleTimeoutMillis: 600 } })
  const first = begin()
  await reports.said(/'EchoPlugin' is there/)
  await source.write('0x11', '0')
  await output.count(1)
  first.child.kill('SIGKILL')
  await first.ended
  for (const text of numbered(200).slice(1)) await source.write('0x11', text)
  await source.flush()
  assert.equal(edge.stats.delivered, 1)
  begin()
  assert.deepEqual(
    texts(await output.count(200)),
    numbered(200, (text) => `${text}✅`),
  )
})

test('a plugin file that does not compile exits 2 with one line', async () => {
  const run = millrace(['run', '/dev/null/plugin.ts', '--edge', 'localhost:1'])
  assert.equal(await run.ended, 2)
  assert.equal(run.stderr.items.length, 1)
})

test('a second interrupt ends an edge that is still draining', async () => {
  const edge = millrace(['edge', '-c', 'project/workflow.yaml', '--listen', '127.0.0.1:0'])
  const [, address] = await edge.said(/listens on UDP (\S+),/)
  const source = millrace(['source', '-', '--tag', '0x11', '--edge', address!], '"waits for a plugin that never comes"\n')
  assert.equal(await source.ended, 0)
  edge.child.kill('SIGINT')
  await edge.said(/closing: 1 messages are still with plugin 'EchoPlugin'/)
  edge.child.kill('SIGINT')
  assert.equal(await edge.ended, 130)
})

test('npm start prints so many messages as it is asked for and exits 0', async () => {
  const start = new Program(['-C', 'source', join(root, 'examples/echo/start.ts'), '--messages', '5', '--port', String(await freePort())], {
    cwd: directory,
  })
  assert.equal(await start.ended, 0, start.stderr.items.join('\n'))
  assert.deepEqual(start.stdout.items, new Array(5).fill('name:millrace!✅'))
})

test('npm start goes on until it is interrupted, drains and exits 0', async () => {
  const start = new Program(['-C', 'source', join(root, 'examples/echo/start.ts'), '--port', String(await freePort())], { cwd: directory })
  await start.stdout.count(3)
  start.child.kill('SIGINT')
  assert.equal(await start.ended, 0, start.stderr.items.join('\n'))
  const [, taken, left] = await start.said(/drained: (\d+) messages in, (\d+) out/)
  assert.equal(taken, left)
  assert.equal(start.stdout.items.length, Number(left))
})

test('npm start says when one of its parts dies, stops the others and exits 1', async () => {
  const port = await freePort()
  const start = new Program(['-C', 'source', join(root, 'examples/echo/start.ts'), '--port', String(port)], { cwd: directory })
  await start.stdout.count(2)
  // Nobody reads what leaves the chain any more: the edge ends, as it would before `| head`.
  start.child.stdout!.destroy()
  assert.equal(await start.ended, 1)
  await start.said(/^start: edge died \(0\); stopping the rest$/)
  // The edge has left its port.
  const next = millrace(['edge', '-c', 'project/workflow.yaml', '--listen', `127.0.0.1:${port}`])
  await next.said(/listens on UDP/)
  next.child.kill('SIGINT')
  assert.equal(await next.ended, 0)
})

test('npm start says when its port is in use, and exits 3', async () => {
  const holder = createSocket('udp4')
  holder.bind(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address()
  const start = new Program(['-C', 'source', join(root, 'examples/echo/start.ts'), '--port', String(port)], { cwd: directory })
  assert.equal(await start.ended, 3)
  assert.deepEqual(start.stderr.items, [
    `millrace: cannot listen on UDP 127.0.0.1:${port}: the port is in use; stop the program that holds it or choose another port`,
  ])
  holder.close()
})

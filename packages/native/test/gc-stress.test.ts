import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { it } from 'node:test'

it('memory that C knows survives garbage collection, and Workers may end at any point', async () => {
  const script = new URL('./gc-stress.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['-C', 'source', '--expose-gc', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  assert.deepEqual({ code, signal, errors }, { code: 0, signal: null, errors: '' })
  assert.equal(output, '24 rounds, 24 workers\n')
})

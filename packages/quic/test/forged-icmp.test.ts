// Who forges ICMP messages makes datagrams no smaller than QUIC's least (CVE-2024-53259; RFC 9000 section 14.2.1), on a kernel that believes them.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Outcome } from './support/under-forged-icmp.ts'

const PROGRAM = fileURLToPath(new URL('support/under-forged-icmp.ts', import.meta.url))
const isBatched = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')
/** Without it the test would need the machine's own network, on which nothing is to be forged. */
const mayUnshare = isBatched && spawnSync('unshare', ['-n', 'ip', 'link', 'show', 'lo']).status === 0

test('forged "packet too big" messages of 600 bytes change no size: the batched socket goes on with 1452 bytes, the portable one with 1200', {
  skip: !mayUnshare && 'needs Linux, root, and a network namespace of its own: unshare(1) and ip(8)',
}, async () => {
  const { stdout } = await promisify(execFile)('unshare', ['-n', process.execPath, '-C', 'source', PROGRAM], { timeout: 300_000 })
  const { believed, byKind } = JSON.parse(stdout) as Outcome
  assert.deepEqual(believed, [true, true], 'the kernel itself was taken in')
  assert.deepEqual(byKind, {
    batched: { largest: 1452, pathMtu: 1452, echoed: 300_000, sendErrors: 0 },
    portable: { largest: 1200, pathMtu: 1200, echoed: 300_000, sendErrors: 0 },
  })
})

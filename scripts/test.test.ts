import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

/** Runs the script as npm does. Inside of a test, node --test would take itself for a part of the run around it. */
function runTests(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const command = ['--conditions=source', '--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'test.ts'), ...args]
  return spawnSync(process.execPath, command, { env, encoding: 'utf8', timeout: 60_000 })
}

test('words choose files, options go to the runner, and its summary is seen', () => {
  const { status, stdout } = runTests('scripts/support/certificate', '--test-name-pattern=seven days')
  assert.equal(status, 0)
  assert.match(stdout, /✔ the certificate is valid from an hour before it was made, for seven days/)
  assert.match(stdout, /^ℹ pass 1$/m)
})

test('a word that no path has is said, and is not a success', () => {
  const { status, stderr } = runTests('no/such/file')
  assert.equal(status, 2)
  assert.equal(stderr, "no test file has 'no/such/file' in its path\n")
})

test('an option that the runner refuses fails the run', () => {
  assert.notEqual(runTests('scripts/support/certificate', '--test-shard=nonsense').status, 0)
})

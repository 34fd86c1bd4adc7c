import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions } from './options.ts'

test('ranges of seeds, and one to replay', () => {
  assert.deepEqual(readOptions(['--seeds', '2000', '--from', '7', '--workers', '2']), {
    help: false,
    from: 7,
    seeds: 2000,
    seed: null,
    workers: 2,
  })
  const one = readOptions(['--seed', '4711'])
  assert.ok(typeof one === 'object' && one.seed === 4711)
})

test('what makes no sense is named', () => {
  assert.match(String(readOptions(['--seeds', 'many'])), /^--seeds is an integer from 1 to .*, not 'many'/)
  assert.match(String(readOptions(['--seed', '-1'])), /^Option '--seed' argument is ambiguous|^--seed is an integer/)
  assert.doesNotMatch(String(readOptions(['--seed', '-1'])), /\n/)
  // Each seed that fails must be one that can be replayed.
  assert.match(String(readOptions(['--from', '4294967295', '--seeds', '2'])), /^--seeds is an integer from 1 to 1, not '2'/)
  assert.match(String(readOptions(['--sed'])), /Unknown option '--sed'/)
})

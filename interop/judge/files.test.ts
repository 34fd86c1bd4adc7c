import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { difference, writeContent } from './files.ts'

let served = ''
let received = ''

beforeEach(() => {
  served = mkdtempSync(join(tmpdir(), 'served-'))
  received = mkdtempSync(join(tmpdir(), 'received-'))
  writeContent(join(served, 'a'), 3000)
})

afterEach(() => {
  for (const folder of [served, received]) rmSync(folder, { recursive: true })
})

const verdict = () => difference([{ name: 'a' }], served, received)
const arrive = () => copyFileSync(join(served, 'a'), join(received, 'a'))

test('a file that arrived whole differs in nothing', () => {
  arrive()
  assert.equal(verdict(), null)
})

test('a file that did not arrive is named', () => {
  assert.equal(verdict(), 'a was not received')
})

test('one changed byte is found', () => {
  arrive()
  const bytes = readFileSync(join(received, 'a'))
  bytes[1234] = (bytes[1234] as number) ^ 1
  writeFileSync(join(received, 'a'), bytes)
  assert.equal(verdict(), 'a differs from byte 1234 on (3000 of 3000 bytes)')
})

test('a file cut short and a file too long are told apart from the whole', () => {
  arrive()
  truncateSync(join(received, 'a'), 2999)
  assert.equal(verdict(), 'a differs from byte 2999 on (2999 of 3000 bytes)')
  arrive()
  writeFileSync(join(received, 'a'), 'x', { flag: 'a' })
  assert.equal(verdict(), 'a has 3001 bytes, 3000 were sent')
})

test('a file that nobody asked for is named', () => {
  arrive()
  writeFileSync(join(received, 'b'), '')
  assert.equal(verdict(), 'b was received and not asked for')
})

test('content follows from the name, and differs between names', () => {
  writeContent(join(received, 'a'), 3000)
  assert.equal(verdict(), null)
  writeContent(join(received, 'b'), 3000)
  assert.notDeepEqual(readFileSync(join(received, 'a')), readFileSync(join(received, 'b')))
})

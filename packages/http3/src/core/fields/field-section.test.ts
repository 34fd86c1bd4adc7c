import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldValue } from './field-section.ts'

test('the first line of a name is its value, and a value is never taken for a name', () => {
  const fields = ['a', 'b', 'b', '1', 'b', '2']
  assert.equal(fieldValue(fields, 'b'), '1')
  assert.equal(fieldValue(fields, '1'), undefined)
})

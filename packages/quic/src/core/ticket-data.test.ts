import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeTicketData, encodeTicketData } from './ticket-data.ts'

const DATA = { parameters: Uint8Array.of(1, 2, 3), terms: Uint8Array.of(4, 5) }

test('what a server seals comes back, with and without terms', () => {
  assert.deepEqual(decodeTicketData(encodeTicketData(DATA)), DATA)
  const bare = { ...DATA, terms: new Uint8Array(0) }
  assert.deepEqual(decodeTicketData(encodeTicketData(bare)), bare)
})

test('what is cut before its terms, empty or of another layout is no promise of ours', () => {
  const encoded = encodeTicketData(DATA)
  for (let length = 0; length < 6; length++) assert.equal(decodeTicketData(encoded.subarray(0, length)), null)
  assert.equal(decodeTicketData(Uint8Array.of(1, ...encoded.subarray(1))), null)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, Writer } from '@millrace/bytes'
import { MAX_PATH_RESPONSES } from '../limits.ts'
import { decodeFrame } from '../wire/frames/index.ts'
import { PathResponses } from './path-responses.ts'

const challenge = (n: number): Uint8Array => new Uint8Array(8).fill(n)

function said(responses: PathResponses, room = 500): number[] {
  const writer = new Writer(new Uint8Array(room))
  const wrote = responses.fill(writer)
  assert.equal(wrote, writer.offset > 0)
  const reader = new Reader(writer.target, 0, writer.offset)
  const values: number[] = []
  while (reader.remaining > 0) {
    const frame = decodeFrame(reader, '1rtt')
    assert.ok(frame.type === 'pathResponse')
    values.push(frame.data[0]!)
  }
  return values
}

test('each challenge is answered once, with its own bytes', () => {
  const responses = new PathResponses()
  assert.equal(responses.wantsToSend, false)
  responses.challenged(challenge(1))
  responses.challenged(challenge(2))
  assert.equal(responses.wantsToSend, true)
  assert.deepEqual(said(responses), [1, 2])
  assert.equal(responses.wantsToSend, false)
  assert.deepEqual(said(responses), [])
})

test('what does not fit waits for the next packet', () => {
  const responses = new PathResponses()
  for (const n of [1, 2, 3]) responses.challenged(challenge(n))
  assert.deepEqual(said(responses, 8), [])
  assert.deepEqual(said(responses, 20), [1, 2])
  assert.deepEqual(said(responses), [3])
})

test('of a flood only the newest are answered', () => {
  const responses = new PathResponses()
  for (let n = 0; n < 200; n++) responses.challenged(challenge(n))
  assert.deepEqual(
    said(responses),
    Array.from({ length: MAX_PATH_RESPONSES }, (_, i) => 200 - MAX_PATH_RESPONSES + i),
  )
})

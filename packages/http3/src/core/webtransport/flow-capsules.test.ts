// Capsules of flow control, made from their table. draft-ietf-webtrans-http3 section 5.6.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Writer } from '@millrace/bytes'
import { CapsuleReader } from '../capsules/capsule-reader.ts'
import {
  decodeFlowCapsule,
  encodeFlowCapsule,
  FLOW_CAPSULES,
  FORBIDDEN_CAPSULES,
  isFlowCapsule,
  LARGEST_FLOW_CAPSULE,
} from './flow-capsules.ts'

const number = (value: bigint): Uint8Array => {
  const writer = new Writer(new Uint8Array(8))
  writer.varint(value)
  return writer.target.subarray(0, writer.offset)
}

test('the types are those of section 9.6', () => {
  assert.deepEqual(
    FLOW_CAPSULES.map(({ type }) => type),
    [0x190b4d3d, 0x190b4d3f, 0x190b4d40, 0x190b4d41, 0x190b4d43, 0x190b4d44],
  )
  assert.ok(!isFlowCapsule(0x2843) && !isFlowCapsule(0x190b4d3c) && !isFlowCapsule(0x190b4d45))
})

for (const { name, type, says, of } of FLOW_CAPSULES) {
  test(`${name} comes back as it was sent, and must be one number`, () => {
    for (const limit of [0, 63, 64, 2 ** 40, 2 ** 53]) {
      let read = 0
      const reader = new CapsuleReader({
        largest: (seen) => (isFlowCapsule(seen) ? LARGEST_FLOW_CAPSULE : undefined),
        capsule: (seen, payload) => {
          read++
          assert.deepEqual(decodeFlowCapsule(seen, payload), { says, of, limit })
        },
      })
      reader.push(encodeFlowCapsule({ says, of, limit }))
      reader.finish()
      assert.equal(read, 1)
    }
    for (const payload of [[], [0x40], [1, 0], [0xc0, 0, 0, 0, 0, 0, 0]]) {
      assert.throws(() => decodeFlowCapsule(type, Uint8Array.from(payload)), { code: 'H3_MESSAGE_ERROR', scope: 'stream' })
    }
  })

  test(`${name} ${of === 'data' ? 'may have any value' : 'beyond 2^60 is WT_FLOW_CONTROL_ERROR (section 5.6.2)'}`, () => {
    const [most, beyond] = [number(1n << 60n), number((1n << 62n) - 1n)]
    assert.equal(decodeFlowCapsule(type, most).limit, 2 ** 60)
    if (of === 'data') assert.equal(decodeFlowCapsule(type, beyond).limit, 2 ** 62)
    else assert.throws(() => decodeFlowCapsule(type, beyond), { code: 'WT_FLOW_CONTROL_ERROR', scope: 'stream' })
  })
}

test('limits of single streams may not be said (section 5.4)', () => {
  for (const type of FORBIDDEN_CAPSULES) {
    assert.ok(isFlowCapsule(type))
    assert.throws(() => decodeFlowCapsule(type, Uint8Array.of(0, 9)), { code: 'WT_FLOW_CONTROL_ERROR', scope: 'stream' })
  }
})

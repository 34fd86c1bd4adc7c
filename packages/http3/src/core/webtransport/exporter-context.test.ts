// draft-ietf-webtrans-http3 section 4.8.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exporterContext } from './exporter-context.ts'

test('session, label and context stand one after the other, with their lengths', () => {
  const made = exporterContext(0x1_0000_0008, Uint8Array.of(1, 2), Uint8Array.of(3))
  assert.deepEqual([...made], [0, 0, 0, 1, 0, 0, 0, 8, 2, 1, 2, 1, 3])
  assert.deepEqual([...exporterContext(0xffff_fffc, new Uint8Array(0), new Uint8Array(0))], [0, 0, 0, 0, 255, 255, 255, 252, 0, 0])
})

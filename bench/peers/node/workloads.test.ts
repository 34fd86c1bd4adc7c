import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection, Connector } from './connector.ts'
import { workload } from './workloads.ts'

const NONE = { port: 0, ca: '', mode: '', kind: 'full', numbers: { bytes: 0, streams: 1, count: 0, inflight: 1, size: 0, rate: 0 } }

test('answers in flight at once are all counted', async () => {
  const result = await lastPart('requests', { count: 40, inflight: 8, size: 100 })
  assert.equal(result.bytes, 40 * 100)
})

test('handshakes in parallel are all counted', async () => {
  const result = await lastPart('handshakes', { count: 40, inflight: 8 })
  assert.equal(result.bytes, 40)
})

test('streams share the bytes that are to come down', async () => {
  const result = await lastPart('download', { bytes: 1000, streams: 10 })
  assert.equal(result.bytes, 1000)
})

/** What a workload's one part says, on connections that answer everything in the next turn. */
async function lastPart(name: string, numbers: Partial<typeof NONE.numbers>): Promise<Readonly<Record<string, number>>> {
  const connection: Connection = {
    exchange: (_sent, wanted) => new Promise((resolve) => setImmediate(resolve, wanted)),
    echo: async () => () => {},
    close: async () => {},
  }
  const connector: Connector = { connect: async () => connection }
  const parts = workload(connector, { ...NONE, workload: name, numbers: { ...NONE.numbers, ...numbers } })
  await parts.next()
  const { value } = await parts.next()
  return value ?? {}
}

// Datagrams whose coalesced packets are for nobody, through real sockets.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bound, firstDatagrams, send } from './support/datagrams.ts'
import { dial, echo, serve } from './support/server.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapUsed(): number {
  collect()
  return process.memoryUsage().heapUsed
}

test('packets with other ids behind a valid one leave nothing behind (CVE-2025-54939)', async () => {
  const server = await serve(echo)
  const [initial] = await firstDatagrams(1)
  const socket = await bound()
  const before = heapUsed()
  const { port } = server.endpoint.address
  for (let i = 0; i < 2000; i++) {
    const parts = Array.from({ length: 9 }, () => smallInitial())
    await send(socket, Buffer.concat([initial!.subarray(0, 1200), ...parts]), port)
  }
  const session = await dial(server.address)
  await session.opened
  await session.close()
  assert.ok(heapUsed() - before < 4 * 1024 * 1024, `${heapUsed() - before} bytes more`)
  assert.ok(server.sessions.length <= 2, 'the client, and the one whose packet was sent again and again')
  socket.close()
  server.endpoint.destroy()
  await server.endpoint.closed
})

/** Forty bytes that look like an Initial packet for somebody else. */
function smallInitial(): Buffer {
  const bytes = randomBytes(60)
  bytes[0] = 0xc3
  bytes.writeUInt32BE(1, 1)
  bytes[5] = 8
  bytes[14] = 0
  bytes[15] = 0
  bytes.writeUInt16BE(0x4000 | 42, 16)
  return bytes
}

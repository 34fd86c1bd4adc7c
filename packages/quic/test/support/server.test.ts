// Tests close what they opened, whatever becomes of them: a test that fails before it comes to that would keep its file from ending.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bound } from './datagrams.ts'
import { dial, echo, serve } from './server.ts'

test('what a test leaves open is closed when it ends', async (t) => {
  const ended: Promise<unknown>[] = []
  await t.test('one that leaves a server, a session and a socket', async () => {
    const server = await serve(echo)
    const session = await dial(server.address)
    await session.opened
    const socket = await bound()
    const closed = new Promise<void>((resolve) => socket.once('close', resolve))
    ended.push(server.endpoint.closed, session.closed, closed)
  })
  assert.equal(ended.length, 3)
  await Promise.all(ended)
})

test('an endpoint may be destroyed after it was closed, and twice', async () => {
  const { endpoint } = await serve(echo)
  await endpoint.close()
  endpoint.destroy()
  endpoint.destroy()
  await endpoint.closed
})

// A server under attack, and a session of somebody who does no harm. Through real sockets.
import assert from 'node:assert/strict'
import type { QuicSession } from '../../src/index.ts'
import type { Ends } from './impostor.ts'
import { dial, echo, readAll, type Server, serve } from './server.ts'

/** For the length of a heap snapshot nothing is heard, which on a busy machine is long: nobody is to be taken for dead meanwhile. Milliseconds. */
export const PATIENT = { maxIdleTimeout: 600_000 }

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export interface Stage {
  readonly server: Server
  readonly bystander: QuicSession
}

/** A server, and a session of somebody who does no harm. `readsAll`: from others, too. */
export async function stage(
  options: Parameters<typeof serve>[1] = {},
  { readsAll = true }: { readonly readsAll?: boolean } = {},
): Promise<Stage> {
  const server: Server = await serve((stream) => (readsAll || stream.session === server.sessions[0] ? echo(stream) : undefined), {
    ...options,
    transportParams: { ...PATIENT, ...options.transportParams },
  })
  const bystander = await dial(server.address, { transportParams: PATIENT })
  await echoes(bystander)
  return { server, bystander }
}

export async function echoes(session: QuicSession): Promise<void> {
  const stream = await session.createBidirectionalStream()
  void stream.end('still here')
  assert.equal((await readAll(stream)).toString(), 'still here')
}

/** Waits until both ends have said their farewells (RFC 9000 section 10.2), and forgets all of the server's sessions but the bystander's. */
export async function forgetSessions(server: Server, ended: readonly Ends[]): Promise<void> {
  for (const { client } of ended) await client.session.endpoint.closed
  while (ended.some((ends) => !ends.server.connection.finished)) await turn()
  server.sessions.length = 1
}

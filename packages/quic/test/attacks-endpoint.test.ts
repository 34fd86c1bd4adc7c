// Every rule broken, through real sockets: the one connection ends with its code, others never notice, and nothing of it stays in memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Connection } from '../src/core/connection.ts'
import { TRANSPORT_ERRORS } from '../src/core/errors.ts'
import { Stream } from '../src/core/streams/stream.ts'
import { Member } from '../src/endpoint/member.ts'
import { QuicSession, QuicStream } from '../src/index.ts'
import { bothEnds, type Ends } from './support/impostor.ts'
import { growthOfRounds, liveObjects } from './support/memory.ts'
import type { Server } from './support/server.ts'
import { echoes, forgetSessions, stage } from './support/stage.ts'
import { OPTIONS, VIOLATIONS, type Violation } from './support/violations.ts'

/** Bytes that a session which broke a rule may leave beyond one that did not: a small part of what a session holds. */
const OF_A_SESSION = 4 * 1024
/** Rounds that count. */
const ROUNDS = 3
/** What sessions are made of. */
const KINDS = [Connection, Member, QuicSession, QuicStream, Stream] as const
/** Of that, what there is of both ends of a session whose streams have ended. */
const ONE_SESSION = { Connection: 2, Member: 2, QuicSession: 2, QuicStream: 0, Stream: 0 }

test('every violation ends the connection with its code, and no other, and nothing of it stays', async (t) => {
  // What is read gives new credit, which the next packet then does not exceed.
  const { server, bystander } = await stage({ transportParams: OPTIONS.server! }, { readsAll: false })
  for (const violation of VIOLATIONS) {
    await t.test(`${violation.what}: ${violation.code}`, async () => {
      await endsAsItShould(violation, server)
      await echoes(bystander)
    })
  }
  await bystander.close()
  const broken = await growthOfRounds(ROUNDS, async () => {
    const ended: Ends[] = []
    for (const violation of VIOLATIONS) ended.push(await endsAsItShould(violation, server))
    await forgetSessions(server, ended)
  })
  assert.deepEqual(living(), ONE_SESSION)
  // The runner keeps something of each session, to end it where a test does not: as much of those that do no harm.
  const peaceful = await growthOfRounds(ROUNDS, async () => {
    const ended: Ends[] = []
    for (const _ of VIOLATIONS) ended.push(await endInPeace(server))
    await forgetSessions(server, ended)
  })
  assert.deepEqual(living(), ONE_SESSION)
  const [objects, bytes] = (['objects', 'bytes'] as const).map((what) => (broken[what] - peaceful[what]) / VIOLATIONS.length)
  t.diagnostic(`a session that broke a rule leaves ${objects} objects and ${bytes} bytes more than one that did no harm`)
  assert.ok(objects! < 1, `${objects} objects more for each session, each time`)
  assert.ok(bytes! < OF_A_SESSION, `${bytes} bytes more for each session, each time`)
})

async function endInPeace(server: Server): Promise<Ends> {
  const ends = await bothEnds(server, { transportParams: OPTIONS.client! })
  await ends.client.session.close()
  ends.client.session.endpoint.destroy()
  return ends
}

async function endsAsItShould(violation: Violation, server: Server): Promise<Ends> {
  const ends = await bothEnds(server, { transportParams: OPTIONS.client! })
  assert.equal(await verdictOn(violation, ends), BigInt(TRANSPORT_ERRORS[violation.code]), violation.what)
  return ends
}

/** Sends a violation, and waits for what its victim makes of it. */
async function verdictOn({ say, prelude, sealing, from, prepare }: Violation, ends: Ends): Promise<bigint | null> {
  prepare?.(ends)
  const [attacker, victim] = from === 'server' ? [ends.server, ends.client] : [ends.client, ends.server]
  for (const content of prelude?.(ends) ?? []) attacker.say(content)
  attacker.say(say(ends), sealing?.bits)
  const verdict = await victim.verdict()
  attacker.session.destroy()
  ends.client.session.endpoint.destroy()
  return verdict
}

/** How many objects there are of all sessions of this process together. */
function living(): Record<string, number> {
  return Object.fromEntries(KINDS.map((kind) => [kind.name, liveObjects(kind)]))
}

// Every rule broken, and every flood sent, through real sockets: the one connection ends with its code or goes on as it was, others never notice, and
// nothing of it stays in memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Connection } from '../src/core/connection.ts'
import { TRANSPORT_ERRORS, type TransportErrorName } from '../src/core/errors.ts'
import { MAX_CRYPTO_BUFFER } from '../src/core/limits.ts'
import { Stream } from '../src/core/streams/stream.ts'
import { Member } from '../src/endpoint/member.ts'
import { QuicSession, QuicStream } from '../src/index.ts'
import { CHEAP, flood } from './support/cheap-frames.ts'
import type { Content } from './support/hostile.ts'
import { bothEnds, type Ends, type Impostor } from './support/impostor.ts'
import { growthOfRounds, liveObjects } from './support/memory.ts'
import { dial, echo, readAll, type Server, serve } from './support/server.ts'
import { newId, OPTIONS, VIOLATIONS, type Violation } from './support/violations.ts'

/** Bytes that a session which broke a rule may leave beyond one that did not: a small part of what a session holds. */
const OF_A_SESSION = 4 * 1024
/** Bytes that each round of a flood may leave: two for each of its 40,000 frames would be more. */
const OF_A_FLOOD = 64 * 1024
/** Rounds that count. */
const ROUNDS = 3
/** Packets sent at once: what a socket's buffer surely holds. */
const BURST = 20
const PACKETS = 400
/** Objects that each round of a flood may leave: the runner keeps 50 of a session, which it may have to end, and one for four packets would be more. */
const OBJECTS = PACKETS / 4

/** For the length of a heap snapshot nothing is heard, which on a busy machine is long: nobody is to be taken for dead meanwhile. Milliseconds. */
const PATIENT = { maxIdleTimeout: 600_000 }

/** What sessions are made of. */
const KINDS = [Connection, Member, QuicSession, QuicStream, Stream] as const
/** Of that, what there is of both ends of a session whose streams have ended. */
const ONE_SESSION = { Connection: 2, Member: 2, QuicSession: 2, QuicStream: 0, Stream: 0 }

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function echoes(session: QuicSession): Promise<void> {
  const stream = await session.createBidirectionalStream()
  void stream.end('still here')
  assert.equal((await readAll(stream)).toString(), 'still here')
}

interface Stage {
  readonly server: Server
  readonly bystander: QuicSession
}

/** A server, and a session of somebody who does no harm. `readsAll`: from others, too. */
async function stage(options: Parameters<typeof serve>[1] = {}, { readsAll = true } = {}): Promise<Stage> {
  const server: Server = await serve((stream) => (readsAll || stream.session === server.sessions[0] ? echo(stream) : undefined), {
    ...options,
    transportParams: { ...PATIENT, ...options.transportParams },
  })
  const bystander = await dial(server.address, { transportParams: PATIENT })
  await echoes(bystander)
  return { server, bystander }
}

/** Packets one after the other, until there were so many or the session has ended. */
async function pour(from: Impostor, packets: number, content: (packet: number) => readonly Content[]): Promise<void> {
  for (let packet = 0; packet < packets; packet++) {
    from.say(content(packet))
    if (packet % BURST === BURST - 1) await turn()
  }
}

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

/** Waits until both ends have said their farewells (RFC 9000 section 10.2), and forgets all of the server's sessions but the bystander's. */
async function forgetSessions(server: Server, ended: readonly Ends[]): Promise<void> {
  for (const { client } of ended) await client.session.endpoint.closed
  while (ended.some((ends) => !ends.server.connection.finished)) await turn()
  server.sessions.length = 1
}

/** How many objects there are of all sessions of this process together. */
function living(): Record<string, number> {
  return Object.fromEntries(KINDS.map((kind) => [kind.name, liveObjects(kind)]))
}

/** Floods after which the connection is as good as before. */
const BORNE: Readonly<Record<string, { readonly from: keyof Ends; readonly content: (packet: number) => readonly Content[] }>> = {
  ...Object.fromEntries(Object.entries(CHEAP).map(([what, content]) => [what, { from: 'client', content }])),
  PATH_CHALLENGE: { from: 'client', content: (packet) => flood({ type: 'pathChallenge', data: new Uint8Array(8).fill(packet) }, 100) },
  'STREAM frames of an ended stream': {
    from: 'client',
    content: () => flood({ type: 'stream', stream: 2, offset: 0, fin: true, data: new Uint8Array(1) }, 100),
  },
  NEW_TOKEN: { from: 'server', content: (packet) => flood({ type: 'newToken', token: new Uint8Array(40).fill(packet) }, 20) },
}

for (const [what, { from, content }] of Object.entries(BORNE)) {
  test(`${what} without end, through real sockets: all sessions go on, and nothing is kept`, async (t) => {
    const { server, bystander } = await stage()
    const ends = await bothEnds(server, { transportParams: PATIENT })
    const growth = await growthOfRounds(ROUNDS, async () => {
      await pour(ends[from], PACKETS, content)
      await echoes(ends.client.session)
      await echoes(bystander)
    })
    t.diagnostic(`${growth.objects} objects and ${growth.bytes} bytes a round`)
    assert.ok(growth.objects < OBJECTS, `${growth.objects} objects more, each time`)
    assert.ok(growth.bytes < OF_A_FLOOD, `${growth.bytes} bytes more, each time`)
    await ends.client.session.close()
    await bystander.close()
  })
}

/** Floods that end the connection. */
const REFUSED: Readonly<Record<string, { readonly code: TransportErrorName; readonly content: (packet: number) => readonly Content[] }>> = {
  'NEW_CONNECTION_ID that retires the one before': {
    code: 'CONNECTION_ID_LIMIT_ERROR',
    content: (packet) => Array.from({ length: 20 }, (_, i) => newId(10 + packet * 20 + i, 10 + packet * 20 + i, (packet * 20 + i) % 200)),
  },
  'CRYPTO with a gap before each byte': {
    code: 'CRYPTO_BUFFER_EXCEEDED',
    content: (packet) =>
      Array.from({ length: 150 }, (_, i) => ({ type: 'crypto', offset: 4096 + packet * 300 + i * 2, data: Uint8Array.of(1) }) as const),
  },
  'CRYPTO at ever larger offsets': {
    code: 'CRYPTO_BUFFER_EXCEEDED',
    content: (packet) => [{ type: 'crypto', offset: 4096 + (packet * MAX_CRYPTO_BUFFER) / 50, data: new Uint8Array(1000) }],
  },
  'STREAM with a gap before each byte': {
    code: 'INTERNAL_ERROR',
    content: (packet) =>
      Array.from(
        { length: 150 },
        (_, i) => ({ type: 'stream', stream: 0, offset: 1 + packet * 300 + i * 2, fin: false, data: Uint8Array.of(1) }) as const,
      ),
  },
}

for (const [what, { code, content }] of Object.entries(REFUSED)) {
  test(`${what}, through real sockets: ${code}, and other sessions go on`, async (t) => {
    const { server, bystander } = await stage()
    const growth = await growthOfRounds(ROUNDS, async () => {
      const ends = await bothEnds(server)
      await pour(ends.client, PACKETS, content)
      assert.equal(await ends.server.verdict(), BigInt(TRANSPORT_ERRORS[code]))
      await echoes(bystander)
      ends.client.session.endpoint.destroy()
      await forgetSessions(server, [ends])
    })
    t.diagnostic(`${growth.objects} objects and ${growth.bytes} bytes a round`)
    assert.ok(growth.objects < OBJECTS, `${growth.objects} objects more, each time`)
    assert.ok(growth.bytes < OF_A_FLOOD, `${growth.bytes} bytes more, each time`)
    await bystander.close()
  })
}

// Every flood sent through real sockets: the one connection ends with its code or goes on as it was, others never notice, and nothing of it stays in memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TRANSPORT_ERRORS, type TransportErrorName } from '../src/core/errors.ts'
import { MAX_CRYPTO_BUFFER } from '../src/core/limits.ts'
import { CHEAP, flood } from './support/cheap-frames.ts'
import type { Content } from './support/hostile.ts'
import { bothEnds, type Ends, type Impostor } from './support/impostor.ts'
import { growthOfRounds } from './support/memory.ts'
import { echoes, forgetSessions, PATIENT, stage, turn } from './support/stage.ts'
import { newId } from './support/violations.ts'

/** Bytes that each round may leave: two for each of the 40,000 frames of one flood would be more. */
const OF_A_FLOOD = 64 * 1024
/** Rounds that count. */
const ROUNDS = 3
/** Packets sent at once: what a socket's buffer surely holds. */
const BURST = 20
const PACKETS = 400
/** Objects that each round may leave: one for four packets of one flood would be more. */
const OBJECTS = PACKETS / 4

/** Packets one after the other, until there were so many or the session has ended. */
async function pour(from: Impostor, packets: number, content: (packet: number) => readonly Content[]): Promise<void> {
  for (let packet = 0; packet < packets; packet++) {
    from.say(content(packet))
    if (packet % BURST === BURST - 1) await turn()
  }
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

test('floods without end, through real sockets: all sessions go on, and nothing is kept', async (t) => {
  const { server, bystander } = await stage()
  const ends = await bothEnds(server, { transportParams: PATIENT })
  // All in one round: a look at the heap takes longer than a flood, and together they may leave no more than one of them might.
  const growth = await growthOfRounds(ROUNDS, async () => {
    for (const [what, { from, content }] of Object.entries(BORNE)) {
      await pour(ends[from], PACKETS, content)
      await echoes(ends.client.session)
      await echoes(bystander)
      assert.equal(ends.server.session.destroyed, false, what)
    }
  })
  t.diagnostic(`${growth.objects} objects and ${growth.bytes} bytes a round`)
  assert.ok(growth.objects < OBJECTS, `${growth.objects} objects more, each time`)
  assert.ok(growth.bytes < OF_A_FLOOD, `${growth.bytes} bytes more, each time`)
  await ends.client.session.close()
  await bystander.close()
})

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

test('floods that end their connection with the code of each, through real sockets: other sessions go on, and nothing is kept', async (t) => {
  const { server, bystander } = await stage()
  const growth = await growthOfRounds(ROUNDS, async () => {
    for (const [what, { code, content }] of Object.entries(REFUSED)) {
      const ends = await bothEnds(server)
      await pour(ends.client, PACKETS, content)
      assert.equal(await ends.server.verdict(), BigInt(TRANSPORT_ERRORS[code]), what)
      await echoes(bystander)
      ends.client.session.endpoint.destroy()
      await forgetSessions(server, [ends])
    }
  })
  // The runner keeps something of each session, to end it where a test does not: as much of those that do no harm.
  const peaceful = await growthOfRounds(ROUNDS, async () => {
    for (const _ of Object.keys(REFUSED)) {
      const ends = await bothEnds(server)
      await ends.client.session.close()
      ends.client.session.endpoint.destroy()
      await forgetSessions(server, [ends])
    }
  })
  const [objects, bytes] = [growth.objects - peaceful.objects, growth.bytes - peaceful.bytes]
  t.diagnostic(`${objects} objects and ${bytes} bytes a round`)
  assert.ok(objects < OBJECTS, `${objects} objects more, each time`)
  assert.ok(bytes < OF_A_FLOOD, `${bytes} bytes more, each time`)
  await bystander.close()
})

// A peer that does not keep to the limits of its session, or says what it may not about them. draft-ietf-webtrans-http3 section 5.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { QuicSession, QuicStream } from '@millrace/quic'
import { encodeCapsule } from '../src/core/capsules/capsule.ts'
import { CapsuleReader } from '../src/core/capsules/capsule-reader.ts'
import { draftSettings } from '../src/core/webtransport/drafts.ts'
import { decodeFlowCapsule, encodeFlowCapsule, LARGEST_FLOW_CAPSULE, type Limited } from '../src/core/webtransport/flow-capsules.ts'
import { TakenCredit } from '../src/core/webtransport/session-credit.ts'
import { BIDI_SIGNAL, streamHeader, UNI_STREAM } from '../src/core/webtransport/wire.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import type { WebTransportSession } from '../src/webtransport/session.ts'
import { text, webTransportServer } from './support/web-transport.ts'
import { NEWEST, plainClient } from './support/web-transport-peers.ts'

const PEER = { data: 1000, bidi: 10, uni: 10 }
const FLOW_CONTROL_ERROR = 0x045d4487n

interface Attack {
  readonly quic: QuicSession
  readonly stream: Http3Stream
  readonly session: WebTransportSession
  /** Another session on the same connection, which has to be none the worse. */
  bystander(): Promise<void>
}

/** A client that says what it likes, in a session with these limits. */
async function attack(limits: { maxSessionData?: number; maxSessionStreams?: number } = {}): Promise<Attack> {
  let accepted = Promise.withResolvers<WebTransportSession>()
  const server = await webTransportServer((request) => accepted.resolve(request.accept()), limits)
  const h3 = await plainClient(server, draftSettings(4, PEER))
  const ask = async (): Promise<{ stream: Http3Stream; session: WebTransportSession }> => {
    accepted = Promise.withResolvers()
    const stream = await h3.request(NEWEST)
    await stream.response()
    const session = await accepted.promise
    session.closed.catch(() => undefined)
    return { stream, session }
  }
  const { stream, session } = await ask()
  return {
    quic: h3.quic,
    stream,
    session,
    async bystander() {
      const other = await ask()
      const opened = await h3.quic.createUnidirectionalStream()
      opened.writeSync(Buffer.concat([streamHeader(UNI_STREAM, Number(other.stream.id)), Buffer.from('unharmed')]))
      opened.endSync()
      assert.equal(await text((await other.session.incomingUnidirectionalStreams.getReader().read()).value!), 'unharmed')
    },
  }
}

async function endsBy({ stream, session, bystander }: Attack, code: bigint): Promise<void> {
  await assert.rejects(session.closed, { name: 'WebTransportError', source: 'session' })
  await assert.rejects(
    async () => {
      while ((await stream.read()) !== null);
    },
    { errorCode: code },
  )
  await bystander()
}

for (const [direction, signal] of [
  ['uni', UNI_STREAM],
  ['bidi', BIDI_SIGNAL],
] as const) {
  test(`one ${direction} stream more than the session allows ends it: WT_FLOW_CONTROL_ERROR, whether or not the others were reset (section 5.6.2)`, async () => {
    const victim = await attack({ maxSessionStreams: 4 })
    for (let count = 0; count < 5; count++) {
      const opened = await (direction === 'uni' ? victim.quic.createUnidirectionalStream() : victim.quic.createBidirectionalStream())
      opened.closed.catch(() => undefined)
      const header = streamHeader(signal, Number(victim.stream.id))
      opened.writeSync(header)
      // The other half of a bidirectional one is open: its place is not free.
      if (direction === 'bidi') opened.resetStream(0, { reliableSize: header.length })
    }
    await endsBy(victim, FLOW_CONTROL_ERROR)
  })
}

describe('more bytes than the session allows end it: WT_FLOW_CONTROL_ERROR (section 5.6.4)', () => {
  async function sends(victim: Attack, bytes: number): Promise<QuicStream> {
    const opened = await victim.quic.createUnidirectionalStream()
    opened.closed.catch(() => undefined)
    opened.writeSync(Buffer.concat([streamHeader(UNI_STREAM, Number(victim.stream.id)), new Uint8Array(bytes)]))
    return opened
  }

  /** Until all of it has arrived: what is read before gives credit for more. */
  async function untilArrived(victim: Attack, stream: QuicStream, bytes: number): Promise<void> {
    while (stream.stats.bytesAcknowledged < bytes) await victim.bystander()
  }

  test('on one stream, once it is read', async () => {
    const victim = await attack({ maxSessionData: 10_000 })
    await untilArrived(victim, await sends(victim, 10_001), 10_001)
    await assert.rejects(async () => {
      for await (const readable of victim.session.incomingUnidirectionalStreams) await text(readable)
    })
    await endsBy(victim, FLOW_CONTROL_ERROR)
  })

  test('on several that nobody reads, once another comes', async () => {
    const victim = await attack({ maxSessionData: 10_000 })
    for (let count = 0; count < 11; count++) await untilArrived(victim, await sends(victim, 1000), 1000)
    await sends(victim, 0)
    await endsBy(victim, FLOW_CONTROL_ERROR)
  })

  test('in the final size of one that is reset, though they never came', async () => {
    const victim = await attack({ maxSessionData: 10_000 })
    const opened = await sends(victim, 20_000)
    while (opened.stats.bytesUnsent > 0) await opened.moved()
    opened.resetStream(0, { reliableSize: streamHeader(UNI_STREAM, Number(victim.stream.id)).length })
    await opened.closed.catch(() => undefined)
    await sends(victim, 0)
    await endsBy(victim, FLOW_CONTROL_ERROR)
  })

  test('headers of streams are none of them, and the last byte is allowed', async () => {
    const victim = await attack({ maxSessionData: 10_000, maxSessionStreams: 4 })
    await sends(victim, 10_000)
    const { value } = await victim.session.incomingUnidirectionalStreams.getReader().read()
    const reader = value!.getReader()
    for (let length = 0; length < 10_000; ) length += (await reader.read()).value!.length
    await victim.bystander()
    victim.session.close()
  })
})

const limit = (of: Limited, count: number): Uint8Array => encodeFlowCapsule({ says: 'limit', of, limit: count })

/** What a peer may not say about limits, and the code that ends the session. */
const BAD: Readonly<Record<string, readonly [said: readonly Uint8Array[], code: bigint]>> = {
  'WT_MAX_DATA that shrinks': [[limit('data', 5000), limit('data', 4000)], FLOW_CONTROL_ERROR],
  'WT_MAX_DATA that says what the settings said': [[limit('data', PEER.data)], FLOW_CONTROL_ERROR],
  'WT_MAX_STREAMS (unidirectional) that shrinks': [[limit('uni', 20), limit('uni', 19)], FLOW_CONTROL_ERROR],
  'WT_MAX_STREAMS (bidirectional) twice': [[limit('bidi', 20), limit('bidi', 20)], FLOW_CONTROL_ERROR],
  'WT_MAX_STREAMS beyond 2^60': [[limit('uni', 2 ** 61)], FLOW_CONTROL_ERROR],
  'WT_STREAMS_BLOCKED beyond 2^60': [[encodeFlowCapsule({ says: 'blocked', of: 'bidi', limit: 2 ** 61 })], FLOW_CONTROL_ERROR],
  'WT_MAX_STREAM_DATA, which QUIC says': [[encodeCapsule(0x190b4d3e, Uint8Array.of(0, 9))], FLOW_CONTROL_ERROR],
  'WT_STREAM_DATA_BLOCKED, which QUIC says': [[encodeCapsule(0x190b4d42, Uint8Array.of(0, 9))], FLOW_CONTROL_ERROR],
  'WT_MAX_DATA without a number': [[encodeCapsule(0x190b4d3d, new Uint8Array(0))], 0x10en],
  'WT_MAX_DATA of 17 bytes': [[encodeCapsule(0x190b4d3d, new Uint8Array(17))], 0x10en],
}

for (const [what, [said, code]] of Object.entries(BAD)) {
  test(`${what} ends the session, and the connection goes on (sections 5.4 and 5.6)`, async () => {
    const victim = await attack()
    for (const capsule of said) victim.stream.writeSync(capsule)
    await endsBy(victim, code)
  })
}

test('a session that is blocked says so once for each limit, however often it tries (section 5.6.3)', async () => {
  const victim = await attack()
  for (let count = 0; count < 10; count++) await victim.session.createUnidirectionalStream()
  for (let count = 0; count < 100; count++) await assert.rejects(victim.session.createUnidirectionalStream())
  victim.session.close()
  const heard: number[] = []
  for (let chunk = await victim.stream.read(); chunk !== null; chunk = await victim.stream.read()) heard.push(...chunk)
  assert.deepEqual(heard, [...encodeFlowCapsule({ says: 'blocked', of: 'uni', limit: 10 })])
})

test('streams and bytes without end are let in as fast as they are done with, and what is said of it stays small', async () => {
  const victim = await attack({ maxSessionData: 10_000, maxSessionStreams: 4 })
  const accepting = (async () => {
    const streams = victim.session.incomingUnidirectionalStreams.getReader()
    for (let count = 0; count < 200; count++) assert.equal((await text((await streams.read()).value!)).length, 2000)
  })()
  const credit = { uni: new TakenCredit(4), bidi: new TakenCredit(4), data: new TakenCredit(10_000) }
  let heard = 0
  let moved = Promise.withResolvers<void>()
  const reader = new CapsuleReader({
    largest: () => LARGEST_FLOW_CAPSULE,
    capsule: (type, payload) => {
      const { of, limit: raised } = decodeFlowCapsule(type, payload)
      assert.ok(credit[of].raise(raised))
      moved.resolve()
      moved = Promise.withResolvers()
    },
  })
  const listening = (async () => {
    for (let chunk = await victim.stream.read(); chunk !== null; chunk = await victim.stream.read()) {
      heard += chunk.length
      reader.push(chunk)
    }
  })()
  for (let count = 0; count < 200; count++) {
    while (credit.uni.take(1) === 0) await moved.promise
    const opened = await victim.quic.createUnidirectionalStream()
    opened.writeSync(streamHeader(UNI_STREAM, Number(victim.stream.id)))
    for (let left = 2000; left > 0; ) {
      const taken = credit.data.take(left)
      if (taken === 0) await moved.promise
      else opened.writeSync(new Uint8Array(taken))
      left -= taken
    }
    opened.endSync()
  }
  await accepting
  victim.stream.end()
  await Promise.all([listening, victim.session.closed])
  assert.ok(heard > 0 && heard <= 200 * 2 * 10, `${heard} bytes of capsules`)
})

// What a hostile peer can try with WebTransport. draft-ietf-webtrans-http3 sections 4 to 6 and 8.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { connect, type QuicSession } from '@millrace/quic'
import { createCertificate } from '../../native/test/certificates.ts'
import { encodeCapsule } from '../src/core/capsules/capsule.ts'
import {
  BIDI_SIGNAL,
  BUFFERED_STREAM_REJECTED,
  CLOSE_SESSION_CAPSULE,
  SESSION_GONE,
  streamHeader,
  UNI_STREAM,
} from '../src/core/webtransport/wire.ts'
import { Http3Session } from '../src/session/http3-session.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import { MAX_EARLY_STREAMS, MAX_UNACCEPTED_STREAMS } from '../src/webtransport/limits.ts'
import { webTransportSettings } from '../src/webtransport/server.ts'
import type { WebTransportSession } from '../src/webtransport/session.ts'
import { hashOf, text, type WebTransportServer, webTransportServer, write } from './support/web-transport.ts'

interface Attacker {
  readonly quic: QuicSession
  readonly h3: Http3Session
  ask(): Promise<Http3Stream>
}

/** A client that says what it likes. */
async function attacker(server: WebTransportServer): Promise<Attacker> {
  const quic = await connect(new URL(server.url).host, { alpn: 'h3', servername: 'localhost', ca: server.certificate.certs })
  after(() => quic.destroy())
  const h3 = Http3Session.client(quic, { ...webTransportSettings(), enableConnectProtocol: false })
  h3.closed.catch(() => undefined)
  await h3.settings
  const fields = [':method', 'CONNECT', ':protocol', 'webtransport', ':scheme', 'https', ':authority', 'localhost', ':path', '/']
  return { quic, h3, ask: () => h3.request(fields) }
}

/** A server that accepts, and the sessions that it accepted. */
async function accepting(): Promise<{ server: WebTransportServer; accepted: () => Promise<WebTransportSession> }> {
  const waiting: WebTransportSession[] = []
  let wake = Promise.withResolvers<void>()
  const server = await webTransportServer((request) => {
    waiting.push(request.accept())
    wake.resolve()
  })
  return {
    server,
    async accepted() {
      while (waiting.length === 0) {
        await wake.promise
        wake = Promise.withResolvers()
      }
      return waiting.shift()!
    },
  }
}

test('a session id that no request can have ends the connection with H3_ID_ERROR (section 4)', async () => {
  for (const direction of ['uni', 'bidi'] as const) {
    for (const id of [1, 2, 3, 7]) {
      const { server } = await accepting()
      const { quic } = await attacker(server)
      const stream = await (direction === 'uni' ? quic.createUnidirectionalStream() : quic.createBidirectionalStream())
      stream.writeSync(streamHeader(direction === 'uni' ? UNI_STREAM : BIDI_SIGNAL, id))
      await assert.rejects(quic.closed, { errorCode: 0x108n }, `${direction} ${id}`)
    }
  }
})

test('streams for sessions that never come are held up to a limit, and the rest refused (section 4.6)', async () => {
  const { server } = await accepting()
  const { quic } = await attacker(server)
  const refused: bigint[] = []
  const over = Promise.withResolvers<void>()
  for (let count = 0; count < MAX_EARLY_STREAMS + 5; count++) {
    const stream = await quic.createUnidirectionalStream()
    stream.onstopsending = (code) => {
      refused.push(code)
      if (refused.length === 5) over.resolve()
    }
    stream.closed.catch(() => undefined)
    stream.writeSync(streamHeader(UNI_STREAM, 4000 + 4 * count))
  }
  await over.promise
  assert.deepEqual(new Set(refused), new Set([BigInt(BUFFERED_STREAM_REJECTED)]))
})

test('streams that came before their session are given to it (section 4.6)', async () => {
  const { server, accepted } = await accepting()
  const { quic, ask } = await attacker(server)
  const early = await quic.createUnidirectionalStream()
  // The first request has stream 0; byte by byte, as hostile networks cut.
  for (const byte of [...streamHeader(UNI_STREAM, 0), ...Buffer.from('early')]) early.writeSync(Uint8Array.of(byte))
  early.endSync()
  const stream = await ask()
  await stream.response()
  const session = await accepted()
  assert.equal(await text((await session.incomingUnidirectionalStreams.getReader().read()).value!), 'early')
})

test('a stream of a session that has ended is refused with WT_SESSION_GONE (section 6)', async () => {
  const { server, accepted } = await accepting()
  const { quic, ask } = await attacker(server)
  const stream = await ask()
  const session = await accepted()
  session.close()
  await session.closed
  const late = await quic.createUnidirectionalStream()
  const refused = Promise.withResolvers<bigint>()
  late.onstopsending = (code) => refused.resolve(code)
  late.closed.catch(() => undefined)
  late.writeSync(streamHeader(UNI_STREAM, Number(stream.id)))
  assert.equal(await refused.promise, BigInt(SESSION_GONE))
})

test('streams that nobody accepts are held up to a limit, whether or not they were reset, and their records go with them (CVE-2026-21438)', async () => {
  const { server, accepted } = await accepting()
  const { quic, ask } = await attacker(server)
  const stream = await ask()
  await stream.response()
  const session = await accepted()
  let refused = 0
  const over = Promise.withResolvers<void>()
  for (let count = 0; count < MAX_UNACCEPTED_STREAMS + 20; count++) {
    const opened = await quic.createUnidirectionalStream()
    opened.onstopsending = () => {
      if (++refused === 20) over.resolve()
    }
    opened.closed.catch(() => undefined)
    opened.writeSync(Buffer.concat([streamHeader(UNI_STREAM, Number(stream.id)), Buffer.from('x')]))
    // Those that are given up make room for others, as the limits of QUIC count.
    opened.resetStream(0)
    if (count % 50 === 49) await quic.createBidirectionalStream().then((probe) => probe.destroy())
  }
  session.close()
  await session.closed
  over.resolve()
  await over.promise
})

const CLOSE = (payload: Uint8Array) => encodeCapsule(CLOSE_SESSION_CAPSULE, payload)
const LONG_CLAIM = Buffer.from([0x68, 0x43, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])

/** What a CONNECT stream may not carry. */
const BAD_CAPSULES: Readonly<Record<string, Uint8Array>> = {
  'a CLOSE that claims 2^62 - 1 bytes (CVE-2026-21434)': LONG_CLAIM,
  'a CLOSE with a reason of 1025 bytes': CLOSE(new Uint8Array(1029)),
  'a CLOSE without a code': CLOSE(new Uint8Array(3)),
  'a CLOSE whose reason is not UTF-8': CLOSE(Uint8Array.of(0, 0, 0, 0, 0xff)),
}

for (const [what, bytes] of Object.entries(BAD_CAPSULES)) {
  test(`the session ends with H3_MESSAGE_ERROR, the connection goes on: ${what}`, async () => {
    const { server, accepted } = await accepting()
    const { ask } = await attacker(server)
    const stream = await ask()
    await stream.response()
    const session = await accepted()
    stream.writeSync(bytes)
    await assert.rejects(session.closed, { name: 'WebTransportError', source: 'session' })
    await assert.rejects(stream.read(), { errorCode: 0x10en })
    const next = await ask()
    await next.response()
  })
}

test('a stream that ends in the middle of a capsule breaks the session (RFC 9297 section 3.3)', async () => {
  const { server, accepted } = await accepting()
  const { ask } = await attacker(server)
  const stream = await ask()
  await stream.response()
  const session = await accepted()
  stream.writeSync(CLOSE(new Uint8Array(10)).subarray(0, 6))
  stream.end()
  await assert.rejects(session.closed, { name: 'WebTransportError' })
})

test('a flood of capsules that nobody knows is read and forgotten (CVE-2026-57497)', async () => {
  const { server, accepted } = await accepting()
  const { ask } = await attacker(server)
  const stream = await ask()
  await stream.response()
  const session = await accepted()
  const capsule = encodeCapsule(0x190b4d3f, new Uint8Array(100_000))
  for (let count = 0; count < 100; count++) await stream.write(capsule)
  stream.writeSync(CLOSE(Uint8Array.of(0, 0, 0, 9)))
  stream.end()
  assert.deepEqual(await session.closed, { closeCode: 9, reason: '' })
})

test('who does not read holds up a close no longer than anything else (CVE-2026-21435)', async () => {
  const { server, accepted } = await accepting()
  const transport = server.client()
  const session = await accepted()
  await transport.ready
  const stuck = (await session.createUnidirectionalStream()).getWriter()
  const endless = (async () => {
    while (true) await stuck.write(new Uint8Array(100_000))
  })()
  session.close({ closeCode: 3 })
  await assert.rejects(endless, { name: 'WebTransportError' })
  assert.deepEqual(await transport.closed, { closeCode: 3, reason: '' })
})

test('serverCertificateHashes: the right hash connects, another is told from it before anything is sent', async () => {
  const now = Date.now()
  const certificate = createCertificate({
    name: 'edge',
    hosts: ['127.0.0.1'],
    notBefore: new Date(now - 1000),
    notAfter: new Date(now + 86_400_000),
  })
  let asked = 0
  const server = await webTransportServer(
    async (request) => {
      asked++
      await write(await request.accept().createUnidirectionalStream(), 'trusted')
    },
    { certificate },
  )
  const trusting = (value: Uint8Array) =>
    server.client('/', { quic: { ca: [], servername: 'edge' }, serverCertificateHashes: [{ algorithm: 'sha-256', value }] })
  const good = hashOf(certificate).value
  const transport = trusting(good)
  const { value } = await transport.incomingUnidirectionalStreams.getReader().read()
  assert.equal(await text(value!), 'trusted')
  transport.close()
  await assert.rejects(trusting(good.with(3, good[3]! ^ 1)).ready, { name: 'WebTransportError', message: /not trusted: its hash/ })
  assert.equal(asked, 1)
})

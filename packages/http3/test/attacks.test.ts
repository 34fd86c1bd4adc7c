// Attacks on HTTP/3, sent to real endpoints: what they may take is bounded, and other clients go on. docs/security.md lists them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { QuicError, type QuicStream } from '@millrace/quic'
import { type FieldSection, fieldValue } from '../src/core/fields/field-section.ts'
import { MAX_FIELD_LINES, MAX_IDLE_FRAMES, MAX_MALFORMED_MESSAGES, QPACK_BLOCKED_STREAMS } from '../src/core/limits.ts'
import { GrowingBytes } from '../src/core/qpack/growing-bytes.ts'
import { writePrefixedInteger } from '../src/core/qpack/prefixed-integer.ts'
import { frame, MAX_FRAME_HEADER, writeFrameHeader } from '../src/core/wire/frame-header.ts'
import { DATA, GOAWAY, HEADERS, PRIORITY_UPDATE } from '../src/core/wire/frame-types.ts'
import { reservedValue } from '../src/core/wire/grease.ts'
import { HTTP3_ERRORS, http3ErrorName } from '../src/core/wire/http3-error.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import {
  answer,
  attackedClient,
  attackedServer,
  CONTROL,
  closesWith,
  delivered,
  headers,
  join,
  say,
  servesOthers,
} from './support/hostile.ts'
import { get, loopback, post, readAll } from './support/loopback.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const OK: FieldSection = [':status', '200']
const VALUE_LENGTH = 4000

/** An encoder stream that makes the table large enough and inserts `x-large` with a value of 4000 bytes. RFC 9204 section 4.3. */
function insertion(): Uint8Array {
  const bytes = new GrowingBytes()
  bytes.u8(2)
  writePrefixedInteger(bytes, 0x20, 5, 8192)
  writePrefixedInteger(bytes, 0x40, 5, 7)
  bytes.bytes(Buffer.from('x-large'))
  writePrefixedInteger(bytes, 0, 7, VALUE_LENGTH)
  bytes.bytes(Buffer.alloc(VALUE_LENGTH, 'v'))
  return bytes.take()
}

/** A HEADERS frame that names the one entry of the dynamic table so many times, a byte each, behind what `before` says. RFC 9204 section 4.5. */
function references(count: number, before: FieldSection): Uint8Array {
  const plain = headers(before)
  const section = plain.subarray(writeFrameHeader(new Uint8Array(MAX_FRAME_HEADER), HEADERS, plain.length - 2))
  return frame(HEADERS, join([0x02, 0x00], section.subarray(2), Buffer.alloc(count, 0x80)))
}

/** The status that the server answers with. */
async function status(stream: QuicStream): Promise<string> {
  const chunk = await stream.read()
  assert.ok(chunk !== null && chunk[0] === HEADERS)
  return Buffer.from(chunk).toString('latin1')
}

describe('sections that become large when they are decoded (CVE-2025-64702, CVE-2026-40898)', () => {
  test('a request of 100 bytes that stands for 400 KB is answered with 431, and the connection goes on', async () => {
    const seen: string[] = []
    const { quic, address } = await attackedServer((stream) => {
      seen.push(stream.requestFields[7]!)
      answer(stream)
    })
    await delivered(await say(quic, { kind: 'uni', bytes: insertion() }))
    const stream = await say(quic, { kind: 'bidi', bytes: references(100, get('/large')), end: 'fin' })
    assert.match(await status(stream), /431|\xd6/)
    await stream.closed
    await status(await say(quic, { kind: 'bidi', bytes: references(2, get('/small')), end: 'fin' }))
    assert.deepEqual(seen, ['/small'])
    await servesOthers(address)
  })

  test('trailers that do end the stream with H3_EXCESSIVE_LOAD', async () => {
    const read = Promise.withResolvers<unknown>()
    const { quic } = await attackedServer((stream) => {
      stream.respond(OK)
      read.resolve(readAll(stream).catch((error: unknown) => error))
    })
    await delivered(await say(quic, { kind: 'uni', bytes: insertion() }))
    const stream = await say(quic, { kind: 'bidi', bytes: join(headers(post()), references(100, [])) })
    assert.equal(((await read.promise) as { errorCode: bigint }).errorCode, BigInt(HTTP3_ERRORS.H3_EXCESSIVE_LOAD))
    await assert.rejects(readQuic(stream), { code: 'ERR_QUIC_STREAM_RESET', errorCode: BigInt(HTTP3_ERRORS.H3_EXCESSIVE_LOAD) })
    assert.equal(quic.destroyed, false)
  })

  test('a response that does is refused by the client', async () => {
    const { quic, request, stream } = await attackedClient()
    await delivered(await say(quic, { kind: 'uni', bytes: insertion() }))
    stream.writeSync(references(100, OK))
    await assert.rejects(request.response(), { code: 'ERR_HTTP3_PROTOCOL', errorCode: BigInt(HTTP3_ERRORS.H3_EXCESSIVE_LOAD) })
  })

  test('too many lines, and a section that is too long already encoded, are answered with 431', async () => {
    const { quic } = await attackedServer(() => assert.fail('no request is valid'), { maxFieldSectionSize: 2 ** 20 })
    const lines = get('/', Array.from({ length: MAX_FIELD_LINES }, () => ['x', '']).flat())
    await status(await say(quic, { kind: 'bidi', bytes: headers(lines), end: 'fin' }))
    await status(await say(quic, { kind: 'bidi', bytes: frame(HEADERS, new Uint8Array(2 ** 20 + 1)).subarray(0, 10_000) }))
  })
})

describe('QPACK', () => {
  test('as many streams may be blocked as our setting says, and not one more', async () => {
    const { quic } = await attackedServer()
    const blocked = references(1, get())
    for (let count = 0; count < QPACK_BLOCKED_STREAMS; count++) await say(quic, { kind: 'bidi', bytes: blocked })
    // A stream that was closed makes room for the next, whose limit QUIC has set as well.
    await say(quic, { kind: 'uni', bytes: CONTROL })
    assert.equal(quic.destroyed, false)
    const settings = { qpackBlockedStreams: 2 }
    const strict = await attackedServer(answer, settings)
    for (let count = 0; count < 3; count++) await say(strict.quic, { kind: 'bidi', bytes: blocked })
    await closesWith(strict.quic, 'QPACK_DECOMPRESSION_FAILED')
  })

  test('content behind a blocked section is not read, so that the sender gets no credit for it (XQUIC #838)', async () => {
    const { quic, session } = await attackedServer()
    const stream = await say(quic, { kind: 'bidi', bytes: references(1, post()) })
    const flood = (async () => {
      const chunk = frame(DATA, new Uint8Array(65_536))
      while (!quic.destroyed) await stream.write(chunk)
    })()
    flood.catch(() => {})
    await until(() => stream.stats.bytesUnsent > 0 && session.quic.stats.bytesReceived > 1_000_000)
    assert.equal(session.openStreams, 1)
    assert.ok(stream.stats.bytesUnsent > 0)
    quic.destroy()
  })

  test('insertions without end take no more than the table, and block nobody (CVE-2024-24989, CVE-2024-24990)', async () => {
    const { quic, address, session } = await attackedServer()
    const one = insertion().subarray(1)
    const encoder = await say(quic, { kind: 'uni', bytes: insertion() })
    await delivered(encoder)
    const before = memory()
    for (let count = 0; count < 2000; count++) await encoder.write(one)
    await delivered(encoder)
    assert.ok(memory() - before < 8_000_000)
    assert.equal(session.destroyed, false)
    await servesOthers(address)
  })
})

describe('rapid reset (CVE-2023-44487): requests that are given up as soon as they are made', () => {
  test("leave nothing behind, by the thousand; that they end the connection where they come faster than anyone can have use for is QUIC's part", async () => {
    const { quic, address, session } = await attackedServer(answerRoot)
    const request = headers(get('/given-up'))
    const before = memory()
    const attack = async (): Promise<void> => {
      for (let count = 0; count < 3000; count++) {
        const stream = await quic.createBidirectionalStream()
        stream.writeSync(request)
        if (count % 50 === 0) await turn()
        stream.destroy(undefined, { code: HTTP3_ERRORS.H3_REQUEST_CANCELLED })
      }
    }
    const ended = await attack().catch((error: unknown) => error)
    if (ended !== undefined) {
      await assert.rejects(quic.closed, (error: unknown) => error instanceof QuicError && error.message.includes('given up faster'))
    }
    await until(() => session.openStreams === 0)
    assert.ok(memory() - before < 8_000_000)
    await servesOthers(address)
  })

  test('turned round, where the requests are malformed so that we reset them (CVE-2025-8671): H3_EXCESSIVE_LOAD', async () => {
    const { quic, address } = await attackedServer((stream) => {
      answerRoot(stream)
      readAll(stream).catch(() => {})
    })
    const request = join(headers(post('/malformed', ['content-length', '0'])), frame(DATA, new Uint8Array(1)))
    const flood = (async () => {
      for (let count = 0; count <= MAX_MALFORMED_MESSAGES; count++) await say(quic, { kind: 'bidi', bytes: request, end: 'fin' })
    })()
    flood.catch(() => {})
    await closesWith(quic, 'H3_EXCESSIVE_LOAD')
    await servesOthers(address)
  })
})

describe('floods of frames that say nothing', () => {
  test('on a request stream they end the connection', async () => {
    for (const nothing of [frame(DATA, new Uint8Array(0)), frame(reservedValue(0.5), new Uint8Array(0))]) {
      const { quic } = await attackedServer((stream) => {
        readAll(stream).catch(() => {})
      })
      const flood = Buffer.concat(Array.from({ length: MAX_IDLE_FRAMES + 1 }, () => nothing))
      await say(quic, { kind: 'bidi', bytes: join(headers(post()), flood) })
      await closesWith(quic, 'H3_EXCESSIVE_LOAD')
    }
  })

  test('on the control stream they leave nothing behind', async () => {
    const { quic, session, address } = await attackedServer()
    const control = await say(quic, { kind: 'uni', bytes: CONTROL })
    const updates = Array.from({ length: 1000 }, (_, index) =>
      frame(PRIORITY_UPDATE, join([0x80, 0, index >> 6, (index << 2) & 0xff], Buffer.from('u=1'))),
    )
    const flood = join(...updates, frame(reservedValue(0.1), new Uint8Array(10_000)), frame(GOAWAY, Uint8Array.of(0)))
    await control.write(flood)
    await delivered(control)
    const before = memory()
    for (let count = 0; count < 100; count++) await control.write(flood)
    await delivered(control)
    assert.ok(memory() - before < 8_000_000)
    assert.equal(session.destroyed, false)
    await servesOthers(address)
  })
})

test('streams of unknown types are stopped with H3_STREAM_CREATION_ERROR, however many (RFC 9114 section 6.2)', async () => {
  const { quic, session, address } = await attackedServer()
  let stopped = 0
  for (let count = 0; count < 500; count++) {
    const stream = await say(quic, { kind: 'uni', bytes: [0x21] })
    stream.onstopsending = (code) => {
      if (code === BigInt(HTTP3_ERRORS.H3_STREAM_CREATION_ERROR)) stopped++
    }
    if (count % 50 === 49) await until(() => stopped > count - 50)
  }
  await until(() => stopped === 500)
  assert.equal(session.destroyed, false)
  await servesOthers(address)
})

test('streams that end before their type are nothing (RFC 9114 section 6.2)', async () => {
  const { quic, session, address } = await attackedServer()
  await (await say(quic, { kind: 'uni', bytes: [], end: 'fin' })).closed
  await (await say(quic, { kind: 'uni', bytes: [0xc0, 0], end: 'fin' })).closed
  await say(quic, { kind: 'uni', bytes: [0x40], end: 'reset' })
  await status(await say(quic, { kind: 'bidi', bytes: headers(get()), end: 'fin' }))
  assert.equal(session.destroyed, false)
  await servesOthers(address)
})

test('a request whose header section does not come to an end is given up, and others on the connection are served (CVE-2022-30591)', async () => {
  const { quic, address } = await attackedServer(answer, { headersTimeout: 1 })
  const stream = await say(quic, { kind: 'bidi', bytes: headers(get()).subarray(0, 3) })
  await assert.rejects(stream.read(), (error: QuicError) => http3ErrorName(error.errorCode) === 'H3_REQUEST_REJECTED')
  await status(await say(quic, { kind: 'bidi', bytes: headers(get()), end: 'fin' }))
  await servesOthers(address)
})

test('a length that is announced costs nothing before it comes', async () => {
  const { quic, session } = await attackedServer()
  const before = memory()
  for (let count = 0; count < 90; count++) await say(quic, { kind: 'bidi', bytes: [HEADERS, 0x80, 0x00, 0xff, 0xff, 0] })
  await until(() => session.openStreams === 90)
  assert.ok(memory() - before < 4_000_000)
})

test('datagrams for requests that never come are kept in small number (RFC 9297 section 2.1)', async () => {
  const quicOptions = { transportParams: { maxDatagramFrameSize: 65_535 } }
  const { quic, session, address } = await attackedServer(answer, { enableDatagrams: true }, quicOptions)
  const before = memory()
  const payload = Buffer.alloc(1100)
  payload.writeUInt32BE(0x8000_1000, 0)
  for (let count = 0; count < 5000; count++) {
    await quic.sendDatagram(payload)
    if (count % 50 === 0) await turn()
  }
  // What the sockets still hold is not what is kept.
  await quic.datagramsDrained()
  await servesOthers(address)
  assert.ok(memory() - before < 8_000_000)
  assert.equal(session.destroyed, false)
})

for (const [what, payload] of [
  ['without the number of its request', []],
  ['whose number is cut', [0xc0]],
  ['for a request that QUIC cannot have', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
] as const) {
  if (payload.length === 0) continue
  test(`a datagram ${what}: H3_DATAGRAM_ERROR (RFC 9297 section 2.1)`, async () => {
    const quicOptions = { transportParams: { maxDatagramFrameSize: 65_535 } }
    const { quic } = await attackedServer(answer, { enableDatagrams: true }, quicOptions)
    await quic.sendDatagram(Uint8Array.from(payload))
    await closesWith(quic, 'H3_DATAGRAM_ERROR')
  })
}

test('requests while the server shuts down: those behind GOAWAY are rejected and safe to send again, those before it are answered (CVE-2024-35200)', async () => {
  const open: Http3Stream[] = []
  const { client, server } = await loopback((stream) => open.push(stream))
  const before = await client.request(get('/before'), { endStream: true })
  await until(() => open.length === 1)
  const gone = Promise.withResolvers<void>()
  client.ongoaway = () => gone.resolve()
  const shut = server.shutdown()
  await gone.promise
  await assert.rejects(client.request(get('/behind'), { endStream: true }), { code: 'ERR_HTTP3_REFUSED', retryable: true })
  open[0]!.respond(OK, { endStream: true })
  assert.deepEqual(await before.response(), OK)
  assert.equal(await before.read(), null)
  await shut
  await client.closed
})

test('a client that opens requests behind GOAWAY all the same has them rejected', async () => {
  const { quic, session } = await attackedServer(() => {})
  const kept = await say(quic, { kind: 'bidi', bytes: headers(get()) })
  await until(() => session.openStreams === 1)
  const shut = session.shutdown()
  shut.catch(() => {})
  let rejected = false
  while (!rejected) {
    const late = await say(quic, { kind: 'bidi', bytes: headers(get()), end: 'fin' })
    late.onreset = (code) => {
      rejected = http3ErrorName(code) === 'H3_REQUEST_REJECTED'
    }
    await delivered(late)
  }
  kept.destroy()
})

function answerRoot(stream: Http3Stream): void {
  if (fieldValue(stream.requestFields, ':path') === '/') answer(stream)
}

async function readQuic(stream: QuicStream): Promise<void> {
  while ((await stream.read()) !== null);
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** Waits for what the event loop brings about, not for time. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn()
}

function memory(): number {
  // The second one waits for what the first one frees beside the program.
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

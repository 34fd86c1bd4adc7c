// SETTINGS that a client remembers for 0-RTT, and a server that must not take them back. RFC 9114 section 7.2.4.2, RFC 9204 section 3.2.3, RFC 9220,
// RFC 9297 section 2.1.1.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { connect, listen, MemoryEarlyDataGuard, MemorySessionStore, type QuicEndpoint, type QuicSession } from '@millrace/quic'
import { frame } from '../src/core/wire/frame-header.ts'
import { SETTINGS } from '../src/core/wire/frame-types.ts'
import type { Http3ErrorName } from '../src/core/wire/http3-error.ts'
import { DEFAULT_SETTINGS, encodeSettings, type Http3Settings } from '../src/core/wire/settings.ts'
import { Http3Session, http3EarlyDataTerms } from '../src/index.ts'
import type { Http3Stream } from '../src/session/http3-stream.ts'
import type { Http3Options } from '../src/session/options.ts'
import { join } from './support/hostile.ts'
import { certificate, get } from './support/loopback.ts'
import { logOf, readLog } from './support/qlog.ts'

/** Servers one after the other on one port, which take each other's tickets, and a client that goes to them. */
class Acquaintance {
  readonly #store = new MemorySessionStore()
  readonly #shared = { enableEarlyData: true, ticketKey: randomBytes(32), earlyDataGuard: new MemoryEarlyDataGuard() }
  #endpoint: QuicEndpoint | null = null
  #port = 0

  /** A server of ours. */
  async serve(options: Http3Options, onrequest: (stream: Http3Stream) => unknown = answer): Promise<void> {
    const began = (quic: QuicSession): void => {
      Http3Session.server(quic, options).onrequest = onrequest
    }
    await this.#listen(began, { earlyDataTerms: http3EarlyDataTerms(options) })
  }

  /** A server that says such SETTINGS whatever it said before. */
  async lie(settings: Http3Settings): Promise<void> {
    const control = join([0x00], frame(SETTINGS, encodeSettings(settings, null)))
    await this.#listen((quic) => {
      quic.onstream = () => undefined
      quic.createUnidirectionalStream().then(
        (stream) => stream.writeSync(control),
        () => undefined,
      )
    }, {})
  }

  async dial(options: Http3Options = {}, qlog = false): Promise<Http3Session> {
    const quic = await connect(`127.0.0.1:${this.#port}`, {
      alpn: 'h3',
      servername: 'localhost',
      ca: certificate.certs,
      sessionStore: this.#store,
      enableEarlyData: true,
      qlog,
    })
    after(() => quic.destroy())
    return Http3Session.client(quic, options)
  }

  /** Goes there once, until there is a ticket. */
  async visit(options: Http3Options = {}): Promise<void> {
    const session = await this.dial(options)
    await new Promise<unknown>((resolve) => {
      session.quic.onsessionticket = resolve
    })
    session.destroy()
    await session.closed
  }

  async #listen(began: (quic: QuicSession) => void, options: Partial<Parameters<typeof listen>[1]>): Promise<void> {
    await this.#endpoint?.close()
    const given = { alpn: 'h3', sni: { '*': certificate }, endpoint: { address: `127.0.0.1:${this.#port}` }, ...this.#shared, ...options }
    const endpoint = await listen(began, given)
    after(() => endpoint.destroy())
    this.#endpoint = endpoint
    this.#port = endpoint.address.port
  }
}

function answer(stream: Http3Stream): void {
  stream.respond([':status', '200', 'x-early', String(stream.early)], { endStream: true })
}

const WEBSOCKET = [':method', 'CONNECT', ':protocol', 'websocket', ...get().slice(2)]

test('an extended CONNECT goes with the first flight, where the server took them the last time', async () => {
  const acquaintance = new Acquaintance()
  await acquaintance.serve({ enableConnectProtocol: true })
  await acquaintance.visit()
  const session = await acquaintance.dial()
  const stream = await session.request(WEBSOCKET)
  assert.equal(session.quic.alpnProtocol, null, 'the handshake is not done')
  assert.deepEqual(await stream.response(), [':status', '200', 'x-early', 'true'])
  assert.equal((await session.settings).enableConnectProtocol, true)
  session.destroy()
})

test('the log says which SETTINGS were restored', async () => {
  const acquaintance = new Acquaintance()
  await acquaintance.serve({ enableConnectProtocol: true, maxFieldSectionSize: 2000 })
  await acquaintance.visit()
  const session = await acquaintance.dial({}, true)
  const log = logOf(session)
  await session.settings
  session.destroy()
  const restored = readLog(await log).all('parameters_restored')
  assert.deepEqual(restored, [
    { max_table_capacity: 65_536, max_field_section_size: 2000, blocked_streams_count: 100, extended_connect: 1, h3_datagram: 0 },
  ])
})

test('HTTP datagrams go with the first flight, where both sides took them the last time (RFC 9297 section 2.1.1)', async () => {
  const acquaintance = new Acquaintance()
  const heard = Promise.withResolvers<string>()
  const options = { enableDatagrams: true }
  await acquaintance.serve(options, (stream) => {
    stream.ondatagram = (payload) => heard.resolve(`${stream.early} ${Buffer.from(payload)}`)
    answer(stream)
  })
  await acquaintance.visit(options)
  const session = await acquaintance.dial(options)
  const stream = await session.request(get())
  assert.ok(stream.maxDatagramSize > 0)
  assert.equal(stream.sendDatagram(Buffer.from('hello')), true)
  assert.equal(await heard.promise, 'true hello')
  session.destroy()
})

test('a field section that the server would not have taken the last time is not sent early', async () => {
  const acquaintance = new Acquaintance()
  await acquaintance.serve({ maxFieldSectionSize: 2000 })
  await acquaintance.visit()
  const session = await acquaintance.dial()
  await assert.rejects(session.request(get('/', ['x-large', 'x'.repeat(2000)])), {
    code: 'ERR_HTTP3_FIELDS',
    message: /the peer takes 2000/,
  })
  assert.equal(session.quic.alpnProtocol, null)
  session.destroy()
})

for (const [what, now] of [
  ['field sections', { maxFieldSectionSize: 4999 }],
  ['QPACK table', { qpackMaxTableCapacity: 4095 }],
  ['other QPACK table, though a larger one', { qpackMaxTableCapacity: 4097 }],
  ['blocked streams', { qpackBlockedStreams: 9 }],
  ['extended CONNECT', { enableConnectProtocol: false }],
  ['datagrams', { enableDatagrams: false }],
  ["extension's setting", { settings: new Map([[0x2b60, 4]]) }],
] as const satisfies readonly (readonly [string, Http3Options])[]) {
  const before: Http3Options = {
    maxFieldSectionSize: 5000,
    qpackMaxTableCapacity: 4096,
    qpackBlockedStreams: 10,
    enableConnectProtocol: true,
    enableDatagrams: true,
    settings: new Map([[0x2b60, 5]]),
  }
  test(`a server that has shrunk refuses 0-RTT, and serves: ${what}`, async () => {
    const acquaintance = new Acquaintance()
    await acquaintance.serve(before)
    await acquaintance.visit(before)
    await acquaintance.serve({ ...before, ...now })
    const session = await acquaintance.dial(before)
    const stream = await session.request(get(), { endStream: true })
    assert.deepEqual(await stream.response(), [':status', '200', 'x-early', 'false'])
    const { earlyDataAttempted, earlyDataAccepted } = await session.quic.opened
    assert.deepEqual({ earlyDataAttempted, earlyDataAccepted }, { earlyDataAttempted: true, earlyDataAccepted: false })
    await session.shutdown()
  })
}

test('a server that has grown accepts', async () => {
  const acquaintance = new Acquaintance()
  await acquaintance.serve({})
  await acquaintance.visit()
  await acquaintance.serve({
    enableConnectProtocol: true,
    enableDatagrams: true,
    qpackBlockedStreams: 101,
    settings: new Map([[0x2b60, 1]]),
  })
  const session = await acquaintance.dial()
  const stream = await session.request(get(), { endStream: true })
  assert.deepEqual(await stream.response(), [':status', '200', 'x-early', 'true'])
  await session.shutdown()
})

const GIVEN: Http3Settings = {
  maxFieldSectionSize: 5000,
  qpackMaxTableCapacity: 4096,
  qpackBlockedStreams: 10,
  enableConnectProtocol: true,
  h3Datagram: true,
  extensions: new Map([[0x2b60, 5]]),
}

for (const [what, now, code] of [
  ['less of a limit', { maxFieldSectionSize: 4999 }, 'H3_SETTINGS_ERROR'],
  ['no limit where there was one', { maxFieldSectionSize: Number.POSITIVE_INFINITY }, 'H3_SETTINGS_ERROR'],
  ['fewer blocked streams', { qpackBlockedStreams: 9 }, 'H3_SETTINGS_ERROR'],
  ['no extended CONNECT', { enableConnectProtocol: false }, 'H3_SETTINGS_ERROR'],
  ['no datagrams', { h3Datagram: false }, 'H3_SETTINGS_ERROR'],
  ["less of an extension's", { extensions: new Map([[0x2b60, 4]]) }, 'H3_SETTINGS_ERROR'],
  ["nothing of an extension's", { extensions: new Map() }, 'H3_SETTINGS_ERROR'],
  ['another table', { qpackMaxTableCapacity: 8192 }, 'QPACK_DECODER_STREAM_ERROR'],
  ['no table', { qpackMaxTableCapacity: 0 }, 'QPACK_DECODER_STREAM_ERROR'],
] as const satisfies readonly (readonly [string, Partial<Http3Settings>, Http3ErrorName])[]) {
  test(`a server that accepts 0-RTT and then gives ${what}: ${code}`, async () => {
    const acquaintance = new Acquaintance()
    const options = { enableDatagrams: true, settings: new Map([[0x2b60, 1]]) }
    await acquaintance.lie(GIVEN)
    await acquaintance.visit(options)
    await acquaintance.lie({ ...GIVEN, ...now })
    const session = await acquaintance.dial(options)
    void session.request(get(), { endStream: true }).catch(() => undefined)
    assert.equal((await session.quic.opened).earlyDataAccepted, true)
    // What closes is ours: the code goes to the liar.
    await assert.rejects(session.closed, { message: new RegExp(`^${code}: 0-RTT is accepted, but`) })
    await session.quic.closed.catch(() => undefined)
  })
}

test("the same is no error where 0-RTT was not accepted, nor an extension's setting that means nothing to us", async () => {
  const acquaintance = new Acquaintance()
  await acquaintance.lie(GIVEN)
  await acquaintance.visit()
  await acquaintance.lie({ ...GIVEN, extensions: new Map() })
  const unaware = await acquaintance.dial()
  await unaware.settings
  assert.equal((await unaware.quic.opened).earlyDataAccepted, true)
  unaware.destroy()
  // A ticket of such a server has no terms, so that one of ours refuses.
  await acquaintance.visit()
  await acquaintance.serve({})
  const refused = await acquaintance.dial()
  assert.equal((await refused.settings).enableConnectProtocol, DEFAULT_SETTINGS.enableConnectProtocol)
  assert.equal((await refused.quic.opened).earlyDataAccepted, false)
  await refused.shutdown()
})

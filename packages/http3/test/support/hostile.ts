// A peer that says over QUIC whatever a test wants, to a real HTTP/3 endpoint on loopback.
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { connect, listen, QuicError, type QuicSession, type QuicStream, type SessionOptions } from '@millrace/quic'
import type { FieldSection } from '../../src/core/fields/field-section.ts'
import { QpackEncoder } from '../../src/core/qpack/encoder.ts'
import { frame } from '../../src/core/wire/frame-header.ts'
import { HEADERS, SETTINGS } from '../../src/core/wire/frame-types.ts'
import { HTTP3_ERRORS, type Http3ErrorName, http3ErrorName } from '../../src/core/wire/http3-error.ts'
import { Http3Session } from '../../src/session/http3-session.ts'
import type { Http3Stream } from '../../src/session/http3-stream.ts'
import type { Http3Options } from '../../src/session/options.ts'
import { certificate, get } from './loopback.ts'

/** A peer's control stream with SETTINGS that say nothing. */
export const CONTROL: Uint8Array = Uint8Array.of(0x00, SETTINGS, 0x00)

/** A HEADERS frame, without the dynamic table. */
export function headers(fields: FieldSection): Uint8Array {
  return frame(HEADERS, new QpackEncoder().encode(0, fields))
}

export function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Buffer.concat(parts.map((part) => Uint8Array.from(part)))
}

export interface ServerUnderAttack {
  /** `127.0.0.1:port`. */
  readonly address: string
  readonly sessions: Http3Session[]
  /** The attacker. */
  readonly quic: QuicSession
  /** The server's end of it. */
  readonly session: Http3Session
}

/** Answers 200, and reads nothing. */
export function answer(stream: Http3Stream): void {
  stream.respond([':status', '200'], { endStream: true })
}

/** A server of ours, and a client that speaks QUIC alone. */
export async function attackedServer(
  onrequest: (stream: Http3Stream) => unknown = answer,
  options: Http3Options = {},
  quicOptions: Partial<SessionOptions> = {},
): Promise<ServerUnderAttack> {
  const sessions: Http3Session[] = []
  const endpoint = await listen(
    (quic) => {
      const session = Http3Session.server(quic, options)
      session.onrequest = onrequest
      sessions.push(session)
    },
    { alpn: 'h3', sni: { '*': certificate }, endpoint: { address: '127.0.0.1:0' }, ...quicOptions },
  )
  after(() => endpoint.destroy())
  const address = `127.0.0.1:${endpoint.address.port}`
  const quic = await dial(address, quicOptions)
  return { address, sessions, quic, session: sessions[0]! }
}

async function dial(address: string, options: Partial<SessionOptions> = {}): Promise<QuicSession> {
  const quic = await connect(address, { alpn: 'h3', servername: 'localhost', ca: certificate.certs, ...options })
  after(() => quic.destroy())
  await quic.opened
  return quic
}

/** A client of ours with a request under way, and a server that speaks QUIC alone. */
export async function attackedClient(
  options: Http3Options = {},
): Promise<{ client: Http3Session; quic: QuicSession; request: Http3Stream; stream: QuicStream }> {
  const accepted = Promise.withResolvers<QuicSession>()
  const arrived = Promise.withResolvers<QuicStream>()
  const endpoint = await listen(
    (quic) => {
      quic.onstream = (stream) => {
        if (stream.direction === 'bidi') arrived.resolve(stream)
      }
      accepted.resolve(quic)
    },
    { alpn: 'h3', sni: { '*': certificate }, endpoint: { address: '127.0.0.1:0' } },
  )
  after(() => endpoint.destroy())
  const client = Http3Session.client(await dial(`127.0.0.1:${endpoint.address.port}`), options)
  const request = await client.request(get(), { endStream: true })
  return { client, quic: await accepted.promise, request, stream: await arrived.promise }
}

/** What one stream of the attacker's says, and how it ends; not at all by default. */
export interface Attack {
  readonly kind: 'uni' | 'bidi'
  readonly bytes: Uint8Array | readonly number[]
  readonly end?: 'fin' | 'reset'
}

export async function say(quic: QuicSession, { kind, bytes, end }: Attack): Promise<QuicStream> {
  const stream = kind === 'uni' ? await quic.createUnidirectionalStream() : await quic.createBidirectionalStream()
  stream.writeSync(Uint8Array.from(bytes))
  if (end === 'fin') stream.endSync()
  if (end === 'reset') {
    // What was said before goes out first: a reset drops what was not sent.
    await delivered(stream)
    stream.resetStream(HTTP3_ERRORS.H3_REQUEST_CANCELLED)
  }
  return stream
}

/** Resolves when the peer has acknowledged all that was written. */
export async function delivered(stream: QuicStream): Promise<void> {
  while (stream.stats.bytesAcknowledged < stream.stats.bytesSent) {
    if (stream.session.destroyed) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The session ends, with this code of HTTP/3's. */
export async function closesWith(quic: QuicSession, code: Http3ErrorName): Promise<void> {
  await assert.rejects(quic.closed, (error) => {
    assert.ok(error instanceof QuicError)
    assert.equal(`${error.type} ${http3ErrorName(error.errorCode)}: ${error.reason}`.split(':')[0], `application ${code}`, error.reason)
    return true
  })
}

/** Another client is served as ever. */
export async function servesOthers(address: string): Promise<void> {
  const session = Http3Session.client(await dial(address))
  const stream = await session.request(get(), { endStream: true })
  assert.equal((await stream.response())[1], '200')
  session.destroy()
}

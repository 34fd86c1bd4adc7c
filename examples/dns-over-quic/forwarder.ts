// Takes questions by DNS over QUIC and asks a resolver by TCP, which neither truncates nor can be forged from afar. RFC 9250, RFC 7766.
import { connect as connectTcp } from 'node:net'
import { type EndpointOptions, type Identity, listen, type QuicEndpoint, type QuicSession, type QuicStream } from '@millrace/quic'
import { type DecodedPacket, decode, type Packet } from 'dns-packet'
import { ALPN, DOQ, DoqError, framed, PADDED_RESPONSE, prefixed, readMessage } from './message.ts'

export interface ForwarderOptions {
  readonly identity: Identity
  readonly endpoint?: EndpointOptions
  /** The resolver: it must answer by TCP. */
  readonly upstream: { readonly host: string; readonly port: number }
}

type Upstream = ForwarderOptions['upstream'] & { readonly signal: AbortSignal }

/** Questions of one client at once, and of all together: each costs a connection to the resolver, so streams alone must not make them (CVE-2025-47950). */
const MAX_QUERIES_OF_A_CLIENT = 100
const MAX_QUERIES = 1000
/** Milliseconds for a question to arrive, and for the resolver to answer it. */
const QUERY_MILLIS = 5_000
/** What asks for more than one message, and the code that says so. RFC 1035 section 4.1.1. */
const TRANSFERS: ReadonlySet<string> = new Set(['AXFR', 'IXFR'])
const NOTIMP = 4
const SERVFAIL = 2

/** Listens until the endpoint is closed. 0-RTT stays off, so that nothing can be replayed (RFC 9250 section 4.5). */
export function forward({ identity, endpoint = { address: '0.0.0.0:853' }, upstream }: ForwarderOptions): Promise<QuicEndpoint> {
  let queries = 0
  const onstream = async (session: QuicSession, stream: QuicStream): Promise<void> => {
    if (queries >= MAX_QUERIES) return stream.destroy(undefined, { code: DOQ.EXCESSIVE_LOAD })
    queries++
    const cancelled = new AbortController()
    const giveUp = (code: number): void => {
      cancelled.abort()
      stream.destroy(undefined, { code })
    }
    stream.onstopsending = () => giveUp(DOQ.REQUEST_CANCELLED)
    const enough = setTimeout(giveUp, QUERY_MILLIS, DOQ.EXCESSIVE_LOAD)
    try {
      const message = await readMessage(stream)
      await stream.end(framed(await answerTo(readQuery(message), message, { ...upstream, signal: cancelled.signal }), PADDED_RESPONSE))
    } catch (error) {
      if (error instanceof DoqError) session.destroy(error, { code: DOQ.PROTOCOL_ERROR })
      else stream.destroy(error, { code: DOQ.INTERNAL_ERROR })
    } finally {
      clearTimeout(enough)
      queries--
    }
  }
  return listen((session) => (session.onstream = (stream) => onstream(session, stream)), {
    alpn: ALPN,
    sni: { '*': identity },
    endpoint,
    transportParams: { initialMaxStreamsBidi: MAX_QUERIES_OF_A_CLIENT, initialMaxStreamsUni: 0 },
  })
}

function readQuery(message: Buffer): DecodedPacket {
  const query = decoded(message)
  const options = (query.additionals ?? []).flatMap((record) => (record.type === 'OPT' ? record.options : []))
  // The connection has its own idle timeout. RFC 9250 section 5.5.2.
  if (query.type !== 'query' || options.some(({ type }) => type === 'TCP_KEEPALIVE'))
    throw new DoqError('no query, or one that belongs on TCP')
  return query
}

function decoded(message: Buffer): DecodedPacket {
  try {
    return decode(message)
  } catch (cause) {
    throw new DoqError('no DNS message', { cause })
  }
}

async function answerTo(query: DecodedPacket, message: Buffer, upstream: Upstream): Promise<Packet> {
  const failed = (rcode: number): Packet => ({ type: 'response', flags: rcode, questions: query.questions ?? [] })
  if (query.questions?.some(({ type }) => TRANSFERS.has(type))) return failed(NOTIMP)
  try {
    return decode(await ask(message, upstream))
  } catch {
    return failed(SERVFAIL)
  }
}

async function ask(message: Buffer, upstream: Upstream): Promise<Buffer> {
  const socket = connectTcp(upstream)
  socket.write(prefixed(message))
  let received = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk])
    if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) return received.subarray(2, 2 + received.readUInt16BE(0))
  }
  throw new Error('the resolver closed the connection')
}

// One way to ask in every version of HTTP, so that a test says once what holds in all of them.
import { connect, constants } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect as connectQuic, QuicEndpoint, type SessionOptions } from '@millrace/quic'
import { type FieldSection, Http3Session, type Http3Stream } from '../../src/index.ts'
import { certificate } from './loopback.ts'

/** The same, as Node's servers take it. */
export const identity: { readonly key: string; readonly cert: string } = { key: certificate.keys, cert: certificate.certs }

export type Headers = Readonly<Record<string, string | readonly string[]>>

export interface Asked {
  readonly method?: string
  readonly headers?: Headers
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>
  readonly trailers?: Headers
  readonly signal?: AbortSignal
  /** Hears that the response has begun. */
  readonly onhead?: (status: number) => void
}

export interface Answer {
  readonly status: number
  /** Lower-case names; several lines of one name are joined by commas, cookies in a list. */
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Buffer
  readonly text: string
  readonly trailers: Record<string, string | string[] | undefined>
  readonly interim: readonly { readonly status: number; readonly headers: Record<string, unknown> }[]
}

export type Version = '1.1' | '2.0' | '3.0'

export interface Client {
  readonly version: Version
  ask(path: string, asked?: Asked): Promise<Answer>
  close(): Promise<void>
}

/** A client of each version that a server at this address has. */
export function clientsOf(address: AddressInfo): Client[] {
  return [http1Client(address.port), http2Client(address.port), http3Client(address.port)]
}

/** A client of HTTP/1.1 alone. */
export function http1Client(port: number): Client {
  return {
    version: '1.1',
    ask: (path, { method = 'GET', headers = {}, body, trailers, signal, onhead } = {}) =>
      new Promise((resolve, reject) => {
        const interim: { status: number; headers: Record<string, unknown> }[] = []
        const outgoing = httpsRequest(
          {
            host: 'localhost',
            port,
            path,
            method,
            headers: headers as Record<string, string>,
            ca: certificate.certs,
            agent: false,
            ...(signal && { signal }),
          },
          (incoming) => {
            onhead?.(incoming.statusCode!)
            const chunks: Buffer[] = []
            incoming.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
            incoming.on('end', () => resolve(answer(incoming.statusCode!, incoming.headers, chunks, incoming.trailers, interim)))
          },
        )
        outgoing.on('information', (info) => interim.push({ status: info.statusCode, headers: info.headers })).on('error', reject)
        if (trailers !== undefined) outgoing.addTrailers(trailers as Record<string, string>)
        send(outgoing, body).catch(reject)
      }),
    close: async () => undefined,
  }
}

function http2Client(port: number): Client {
  const session = connect(`https://localhost:${port}`, { ca: certificate.certs })
  return {
    version: '2.0',
    ask: (path, { method = 'GET', headers = {}, body, trailers, signal, onhead } = {}) =>
      new Promise((resolve, reject) => {
        const interim: { status: number; headers: Record<string, unknown> }[] = []
        const stream = session.request({ ':path': path, ':method': method, ...headers } as Record<string, string>, {
          endStream: body === undefined && trailers === undefined,
          waitForTrailers: trailers !== undefined,
          ...(signal && { signal }),
        })
        const chunks: Buffer[] = []
        let head: Record<string, unknown> = {}
        let tail: Record<string, unknown> = {}
        stream
          .on('headers', (fields) => interim.push({ status: fields[':status']!, headers: fields }))
          .on('response', (fields) => {
            head = fields
            onhead?.(fields[':status']!)
          })
          .on('trailers', (fields) => (tail = fields))
          .on('wantTrailers', () => stream.sendTrailers(trailers as Record<string, string>))
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('error', reject)
          .on('end', () => {
            if (head[':status'] === undefined) reject(new Error('no response'))
            else resolve(answer(head[':status'] as number, head as Answer['headers'], chunks, tail as Answer['headers'], interim))
          })
          .on('close', () => {
            if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) reject(new Error(`reset with ${stream.rstCode}`))
          })
        if (body !== undefined || trailers !== undefined) send(stream, body).catch(reject)
      }),
    // One that the server has ended already tells nobody of its close.
    close: () => new Promise((resolve) => (session.closed || session.destroyed ? resolve() : session.close(() => resolve()))),
  }
}

function http3Client(port: number): Client {
  let session: Promise<Http3Session> | null = null
  return {
    version: '3.0',
    async ask(path, { method = 'GET', headers = {}, body, trailers, signal, onhead } = {}) {
      session ??= connectHttp3(port)
      const lines = [':method', method, ':scheme', 'https', ':authority', `localhost:${port}`, ':path', path, ...linesOf(headers)]
      const endStream = body === undefined && trailers === undefined
      const stream = await (await session).request(lines, { endStream, ...(signal && { signal }) })
      const interim: { status: number; headers: Record<string, unknown> }[] = []
      stream.oninformational = (fields) => {
        const { ':status': status, ...rest } = headersOf(fields)
        interim.push({ status: Number(status), headers: rest })
      }
      if (!endStream) sendOn(stream, body, trailers).catch(() => stream.destroy())
      const { ':status': status, ...head } = headersOf(await stream.response())
      onhead?.(Number(status))
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(Buffer.from(chunk))
      return answer(Number(status), head, chunks, headersOf(stream.trailers ?? []), interim)
    },
    close: async () => (await session)?.close(),
  }
}

export async function connectHttp3(port: number, options: Partial<SessionOptions> = {}): Promise<Http3Session> {
  const quic = await connectQuic(`127.0.0.1:${port}`, { alpn: 'h3', servername: 'localhost', ca: certificate.certs, ...options })
  return Http3Session.client(quic, { enableDatagrams: true })
}

/** A session that resumes an earlier one, so that what it asks at once goes as 0-RTT. Its endpoint is its own: close that. */
export async function resumedHttp3(port: number): Promise<Http3Session> {
  const options = { endpoint: await QuicEndpoint.open({ address: '127.0.0.1:0' }), enableEarlyData: true }
  const first = await connectHttp3(port, options)
  const ticket = Promise.withResolvers<void>()
  first.quic.onsessionticket = () => ticket.resolve()
  await first.settings
  await ticket.promise
  await first.close()
  return connectHttp3(port, options)
}

async function sendOn(stream: Http3Stream, body: Asked['body'], trailers: Headers | undefined): Promise<void> {
  if (typeof body === 'string' || body instanceof Uint8Array) await stream.write(body)
  else if (body !== undefined) for await (const chunk of body) await stream.write(chunk)
  stream.end(trailers && linesOf(trailers))
}

function linesOf(headers: Headers): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [value] : value).flatMap((each) => [name, each]))
}

/** As Node's clients have them. */
function headersOf(fields: FieldSection): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (let at = 0; at < fields.length; at += 2) {
    const [name, value] = [fields[at]!, fields[at + 1]!]
    const earlier = headers[name]
    if (name === 'set-cookie') headers[name] = [...(earlier ?? []), value]
    else headers[name] = earlier === undefined ? value : `${String(earlier)}, ${value}`
  }
  return headers
}

async function send(into: NodeJS.WritableStream, body: Asked['body']): Promise<void> {
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)) {
    for await (const chunk of body) if (!into.write(chunk)) await new Promise((resolve) => into.once('drain', resolve))
    into.end()
  } else if (body === undefined) into.end()
  else into.end(body)
}

function answer(
  status: number,
  headers: Answer['headers'],
  chunks: Buffer[],
  trailers: Answer['headers'],
  interim: Answer['interim'],
): Answer {
  const body = Buffer.concat(chunks)
  return { status, headers, body, text: body.toString(), trailers, interim }
}

// A server of WebTransport on loopback, and clients as in browsers.
import { createHash, X509Certificate } from 'node:crypto'
import { after } from 'node:test'
import { listen, type SessionOptions } from '@millrace/quic'
import { createCertificate, type TestCertificate } from '../../../native/test/certificates.ts'
import { Http3Session } from '../../src/session/http3-session.ts'
import type { Http3Stream } from '../../src/session/http3-stream.ts'
import {
  serveWebTransport,
  type WebTransportRequest,
  type WebTransportServerOptions,
  webTransportSettings,
} from '../../src/webtransport/server.ts'
import { WebTransport, type WebTransportOptions } from '../../src/webtransport/web-transport.ts'

export interface WebTransportServer {
  readonly url: string
  readonly certificate: TestCertificate
  /** The server's end of each connection. */
  readonly sessions: Http3Session[]
  client(path?: string, options?: WebTransportOptions): WebTransport
}

export interface ServerSetup extends WebTransportServerOptions {
  readonly certificate?: TestCertificate
  readonly quic?: Partial<SessionOptions>
  /** Requests that are for no session. */
  readonly onrequest?: (stream: Http3Stream) => unknown
}

export async function webTransportServer(
  onsession: (request: WebTransportRequest) => unknown,
  setup: ServerSetup = {},
): Promise<WebTransportServer> {
  const certificate = setup.certificate ?? createCertificate({ name: 'localhost', hosts: ['localhost', '127.0.0.1'] })
  const sessions: Http3Session[] = []
  const endpoint = await listen(
    (quic) => {
      const h3 = Http3Session.server(quic, webTransportSettings(setup))
      const take = serveWebTransport(h3, onsession, setup)
      h3.onrequest = (stream) => take(stream) || setup.onrequest?.(stream)
      sessions.push(h3)
    },
    { alpn: 'h3', sni: { '*': certificate }, endpoint: { address: '127.0.0.1:0' }, ...setup.quic },
  )
  after(() => endpoint.destroy())
  const url = `https://127.0.0.1:${endpoint.address.port}`
  return {
    url,
    certificate,
    sessions,
    client(path = '/', options = {}) {
      const { quic, ...rest } = options
      const client = new WebTransport(url + path, { ...rest, quic: { ca: certificate.certs, servername: 'localhost', ...quic } })
      after(() => client.close())
      return client
    },
  }
}

/** As browsers want it in serverCertificateHashes. */
export function hashOf(certificate: TestCertificate): { algorithm: string; value: Uint8Array } {
  const { raw } = new X509Certificate(String(certificate.certs))
  return { algorithm: 'sha-256', value: createHash('sha256').update(raw).digest() }
}

export async function text(readable: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of readable) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

export async function write(writable: WritableStream<ArrayBuffer | ArrayBufferView>, what: string): Promise<void> {
  const writer = writable.getWriter()
  await writer.write(new TextEncoder().encode(what))
  await writer.close()
}

// Ends of WebTransport that say of themselves what a test has them say.
import { after } from 'node:test'
import { connect, listen, type SessionOptions } from '@millrace/quic'
import { createCertificate } from '../../../native/test/certificates.ts'
import { Http3Session } from '../../src/session/http3-session.ts'
import type { Http3Stream } from '../../src/session/http3-stream.ts'
import { WebTransport, type WebTransportOptions } from '../../src/webtransport/web-transport.ts'
import type { WebTransportServer } from './web-transport.ts'

type Settings = ReadonlyMap<number, number>

/** What asks for a session of the newest draft. */
export const NEWEST: readonly string[] = [
  ':method',
  'CONNECT',
  ':protocol',
  'webtransport-h3',
  ':scheme',
  'https',
  ':authority',
  'localhost',
  ':path',
  '/',
]

/** A server with these settings, whose requests are the test's to answer. */
export async function plainServer(
  settings: Settings,
  quic: Partial<SessionOptions> = {},
  onrequest: (stream: Http3Stream) => unknown = () => {},
): Promise<WebTransportServer> {
  const certificate = createCertificate({ name: 'localhost', hosts: ['localhost', '127.0.0.1'] })
  const sessions: Http3Session[] = []
  const endpoint = await listen(
    (session) => {
      const h3 = Http3Session.server(session, { enableConnectProtocol: true, enableDatagrams: true, settings })
      h3.closed.catch(() => undefined)
      h3.onrequest = onrequest
      sessions.push(h3)
    },
    { alpn: 'h3', sni: { '*': certificate }, endpoint: { address: '127.0.0.1:0' }, ...quic },
  )
  after(() => endpoint.destroy())
  const url = `https://127.0.0.1:${endpoint.address.port}`
  return {
    url,
    certificate,
    sessions,
    client(path = '/', options: WebTransportOptions = {}) {
      const client = new WebTransport(url + path, { ...options, quic: { ca: certificate.certs, servername: 'localhost' } })
      client.closed.catch(() => undefined)
      after(() => client.close())
      return client
    },
  }
}

/** A client's end of a connection with these settings. */
export async function plainClient(server: WebTransportServer, settings: Settings): Promise<Http3Session> {
  const quic = await connect(new URL(server.url).host, { alpn: 'h3', servername: 'localhost', ca: server.certificate.certs })
  after(() => quic.destroy())
  const h3 = Http3Session.client(quic, { enableDatagrams: true, settings })
  h3.closed.catch(() => undefined)
  await h3.settings
  return h3
}

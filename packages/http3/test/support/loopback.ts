// A client and a server of HTTP/3 on loopback, with a certificate of their own. What a test leaves open is destroyed when it ends.
import { after } from 'node:test'
import { connect, listen, type SessionOptions } from '@millrace/quic'
import { createCertificate, type TestCertificate } from '../../../native/test/certificates.ts'
import type { FieldSection } from '../../src/core/fields/field-section.ts'
import { Http3Session } from '../../src/session/http3-session.ts'
import type { Http3Stream } from '../../src/session/http3-stream.ts'
import type { Http3Options } from '../../src/session/options.ts'

export const certificate: TestCertificate = createCertificate({ name: 'localhost', hosts: ['localhost', '127.0.0.1', '::1'] })

export interface LoopbackOptions {
  readonly client?: Http3Options
  readonly server?: Http3Options
  readonly clientQuic?: Partial<SessionOptions>
  readonly serverQuic?: Partial<SessionOptions>
}

export interface Loopback {
  readonly client: Http3Session
  readonly server: Http3Session
}

/** Both ends of one session, open. */
export async function loopback(onrequest: (stream: Http3Stream) => unknown, options: LoopbackOptions = {}): Promise<Loopback> {
  const accepted = Promise.withResolvers<Http3Session>()
  const endpoint = await listen(
    (quic) => {
      const session = Http3Session.server(quic, options.server)
      session.onrequest = onrequest
      accepted.resolve(session)
    },
    { alpn: 'h3', sni: { '*': certificate }, endpoint: { address: '127.0.0.1:0' }, ...options.serverQuic },
  )
  after(() => endpoint.destroy())
  const quic = await connect(`127.0.0.1:${endpoint.address.port}`, {
    alpn: 'h3',
    servername: 'localhost',
    ca: certificate.certs,
    ...options.clientQuic,
  })
  after(() => quic.destroy())
  const client = Http3Session.client(quic, options.client)
  await quic.opened
  return { client, server: await accepted.promise }
}

/** A request's header section. */
export function get(path = '/', more: FieldSection = []): FieldSection {
  return [':method', 'GET', ':scheme', 'https', ':authority', 'localhost', ':path', path, ...more]
}

export function post(path = '/', more: FieldSection = []): FieldSection {
  return [':method', 'POST', ...get(path, more).slice(2)]
}

export async function readAll(stream: Http3Stream): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

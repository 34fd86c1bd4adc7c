// A server on loopback for tests of the public API, with a certificate of its own. What a test leaves open is destroyed when it ends, so that one which
// fails says so at once, and is not waited for.
import { after } from 'node:test'
import { createCertificate, type TestCertificate } from '../../../native/test/certificates.ts'
import { connect, listen, type QuicEndpoint, type QuicSession, type QuicStream, type SessionOptions } from '../../src/index.ts'

export const certificate: TestCertificate = createCertificate({ name: 'localhost', hosts: ['localhost', '127.0.0.1', '::1'] })

export interface Server {
  readonly endpoint: QuicEndpoint
  /** `127.0.0.1:port`. */
  readonly address: string
  readonly sessions: QuicSession[]
}

/** Listens on a port of the system's choice; each stream of a peer's is given to `onstream`. */
export async function serve(onstream: (stream: QuicStream) => unknown, options: Partial<SessionOptions> = {}): Promise<Server> {
  const sessions: QuicSession[] = []
  const endpoint = await listen(
    (session) => {
      sessions.push(session)
      session.onstream = onstream
    },
    { alpn: 'test', sni: { '*': certificate }, endpoint: { address: '127.0.0.1:0' }, ...options },
  )
  destroyedAtEnd(endpoint)
  return { endpoint, address: `127.0.0.1:${endpoint.address.port}`, sessions }
}

export async function dial(address: string, options: Partial<SessionOptions> = {}): Promise<QuicSession> {
  const session = await connect(address, { alpn: 'test', ca: certificate.certs, ...options })
  destroyedAtEnd(session)
  return session
}

/** At the end of the test that runs. What has closed by then may be forgotten before, since tests look for what stays in memory. */
export function destroyedAtEnd(open: { destroy(): void }): void {
  const held = new WeakRef(open)
  after(() => held.deref()?.destroy())
}

/** Sends back what arrives, and the end after it. */
export async function echo(stream: QuicStream): Promise<void> {
  for await (const chunks of stream) for (const chunk of chunks) await stream.write(chunk)
  await stream.end()
}

export async function readAll(stream: QuicStream): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunks of stream) all.push(...chunks)
  return Buffer.concat(all)
}

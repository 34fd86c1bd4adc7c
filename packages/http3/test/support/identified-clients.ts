// One request in each version of HTTP, by clients that say which name they want and who they are.
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { TestCertificate } from '../../../native/test/certificates.ts'
import { connectHttp3, type Version } from './client.ts'

export interface Introduction {
  /** The name that is asked for. */
  readonly servername: string
  /** Whom the client believes. */
  readonly ca: readonly string[]
  /** The certificate that it shows if asked for one; null: none. */
  readonly identity: TestCertificate | null
}

export interface Impression {
  /** The common name in the server's certificate. */
  readonly server: string
  readonly status: number
  readonly text: string
}

type Ask = (port: number, introduction: Introduction) => Promise<Impression>

/** Rejects where the server does not let the client in. */
export const ASK: Readonly<Record<Version, Ask>> = {
  async '1.1'(port, { servername, ca, identity }) {
    const request = httpsRequest({ host: '127.0.0.1', port, servername, ca: [...ca], agent: false, ...shown(identity) }).end()
    const [response] = await once(request, 'response')
    const { CN: server = '' } = (response.socket as TLSSocket).getPeerCertificate().subject
    return { server: String(server), status: response.statusCode, text: await textOf(response) }
  },
  async '2.0'(port, { servername, ca, identity }) {
    const session = connectHttp2(`https://127.0.0.1:${port}`, { servername, ca: [...ca], ...shown(identity) })
    const refused = (): Error => new Error('the connection was closed')
    const failed = new Promise<never>((_, reject) => session.on('error', reject).on('close', () => reject(refused())))
    failed.catch(() => undefined)
    const stream = session.request({ ':path': '/' })
    stream.on('error', () => undefined)
    const answered = async (): Promise<Impression> => {
      const [fields] = await once(stream, 'response')
      const { CN: server = '' } = (session.socket as TLSSocket).getPeerCertificate().subject
      return { server: String(server), status: fields[':status'], text: await textOf(stream) }
    }
    try {
      return await Promise.race([answered(), failed])
    } finally {
      session.destroy()
    }
  },
  async '3.0'(port, { servername, ca, identity }) {
    const session = await connectHttp3(port, { servername, ca, ...(identity && { certs: identity.certs, keys: identity.keys }) })
    try {
      const lines = [':method', 'GET', ':scheme', 'https', ':authority', servername, ':path', '/']
      const stream = await session.request(lines, { endStream: true })
      const fields = await stream.response()
      const server = /CN=(.*)/.exec(session.quic.peerCertificate!.subject)![1]!
      return { server, status: Number(fields[1]), text: await textOf(stream) }
    } finally {
      session.destroy()
    }
  },
}

export const VERSIONS = Object.keys(ASK) as readonly Version[]

function shown(identity: TestCertificate | null): { cert?: string; key?: string } {
  return identity === null ? {} : { cert: identity.certs, key: identity.keys }
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all).toString()
}

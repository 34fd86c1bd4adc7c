// An origin on loopback: HTTP/3 by UDP and HTTP/2 and 1.1 by TCP, each of which it may lack. What a test leaves open is closed when it ends.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { after } from 'node:test'
import { listen, type QuicEndpoint, type SessionOptions } from '@millrace/quic'
import type { TestCertificate } from '../../../native/test/certificates.ts'
import { Agent } from '../../src/client/agent.ts'
import type { AgentOptions } from '../../src/client/agent-options.ts'
import { Http3Session } from '../../src/session/http3-session.ts'
import type { Http3Stream } from '../../src/session/http3-stream.ts'
import type { Http3Options } from '../../src/session/options.ts'
import { certificate } from './loopback.ts'

export interface OriginOptions {
  /** Answers by HTTP/3; `silent` is a port that drops all; without it nothing is bound. */
  readonly http3?: ((stream: Http3Stream) => unknown) | 'silent'
  /** Answers by HTTP/2 and 1.1; without it nothing is bound. */
  readonly http2?: (request: Http2ServerRequest, response: Http2ServerResponse) => unknown
  readonly certificate?: TestCertificate
  readonly tls?: SecureServerOptions
  readonly quic?: Partial<SessionOptions>
  readonly settings?: Http3Options
  /** UDP port; default any, or the one of TCP where that can be. */
  readonly port?: number
}

export interface Origin {
  /** `https://localhost:port`, the port of TCP if there is one. */
  readonly url: string
  readonly tcpPort: number
  readonly udpPort: number
  readonly endpoint: QuicEndpoint | null
  /** HTTP/3 sessions that were taken in. */
  readonly sessions: Http3Session[]
  /** TCP connections that were taken in. */
  readonly connections: Socket[]
}

/** Numbers of ports that are tried: whichever TCP is given, somebody may have it by UDP. */
const PORT_ATTEMPTS = 16

export async function origin(options: OriginOptions): Promise<Origin> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await opened(options)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (options.port !== undefined || attempt === PORT_ATTEMPTS || (code !== 'EADDRINUSE' && code !== 'ERR_QUIC_LISTEN')) throw error
    }
  }
}

async function opened(options: OriginOptions): Promise<Origin> {
  const certs = options.certificate ?? certificate
  const connections: Socket[] = []
  const tcpPort =
    options.http2 === undefined ? 0 : await listenTcp(options.http2, { key: certs.keys, cert: certs.certs, ...options.tls }, connections)
  const sessions: Http3Session[] = []
  const port = options.port ?? tcpPort
  let udpPort = 0
  let endpoint: QuicEndpoint | null = null
  if (options.http3 === 'silent') udpPort = await silentPort(port)
  else if (options.http3 !== undefined) {
    const { http3 } = options
    endpoint = await listen(
      (quic) => {
        const session = Http3Session.server(quic, options.settings)
        session.onrequest = http3
        sessions.push(session)
      },
      { alpn: 'h3', sni: { '*': certs }, endpoint: { address: `127.0.0.1:${port}` }, ...options.quic },
    )
    const listening = endpoint
    after(() => listening.destroy())
    udpPort = endpoint.address.port
  }
  return { url: `https://localhost:${tcpPort === 0 ? udpPort : tcpPort}`, tcpPort, udpPort, endpoint, sessions, connections }
}

/** An agent that trusts the tests' certificate. */
export function agent(options: AgentOptions = {}): Agent {
  const made = new Agent({ ca: certificate.certs, ...options })
  after(() => made.destroy())
  return made
}

/** Answers each request with its method, path and content. */
export async function echoHttp3(stream: Http3Stream): Promise<void> {
  stream.respond([':status', '200', 'x-by', 'h3'])
  for await (const chunk of stream) await stream.write(chunk)
  stream.end()
}

export function echoHttp2(request: Http2ServerRequest, response: Http2ServerResponse): void {
  response.setHeader('x-by', request.httpVersion === '2.0' ? 'h2' : 'h1')
  request.pipe(response)
}

async function listenTcp(answer: NonNullable<OriginOptions['http2']>, tls: SecureServerOptions, connections: Socket[]): Promise<number> {
  const server: Http2SecureServer = createSecureServer({ ...tls, allowHTTP1: true }, answer)
  server.on('connection', (socket: Socket) => connections.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    for (const socket of connections) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A port that takes every datagram and answers none: what a firewall that drops UDP looks like. */
async function silentPort(port: number): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  after(() => socket.close())
  return socket.address().port
}

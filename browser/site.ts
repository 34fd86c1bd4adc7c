// The site that the browser visits: pages, pictures, uploads, downloads, on one port for HTTP/3, HTTP/2 and HTTP/1.1.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { createServer, type HttpServer, type WebTransportRequest, type WebTransportSession } from '@millrace/http3'
import { WebSocketServer } from 'ws'
import { createCertificate, type TestCertificate } from '../packages/native/test/certificates.ts'

const PAGES = join(import.meta.dirname, 'pages')
const TYPES: Readonly<Record<string, string>> = { '/index.html': 'text/html', '/page.js': 'text/javascript' }

/** A server that can be started again where it was. */
export class Site {
  readonly #authority: TestCertificate = createCertificate({ name: 'Millrace in a browser', isAuthority: true })
  readonly #certificate: TestCertificate = createCertificate({
    name: 'localhost',
    hosts: ['localhost', '127.0.0.1'],
    issuer: this.#authority,
  })
  readonly #sockets = new WebSocketServer({ noServer: true })
  #server: HttpServer | null = null
  #port = 0

  /** Its first page. The same after each start. */
  get url(): string {
    return `https://localhost:${this.#port}/`
  }

  /** PEM: who signed the certificate. */
  get authority(): string {
    return this.#authority.certs
  }

  /** SHA-256 of the certificate, in base64: by this WebTransport can be told to take it. */
  get certificateHash(): string {
    return createHash('sha256').update(this.#certificate.der).digest('base64')
  }

  async start(): Promise<void> {
    const { keys: key, certs: cert } = this.#certificate
    this.#server = createServer({ key, cert, drainTimeout: 1000 }, (request, response) => {
      answer(request, response).catch(() => response.destroy())
    })
    this.#server.on('webtransport', (request: WebTransportRequest) => {
      // A browser that is closed takes its sessions with it.
      echo(request.accept()).catch(() => undefined)
    })
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#sockets.handleUpgrade(request, socket, head, (each) => {
        each.send(request.httpVersion)
        each.on('message', (data, isBinary) => each.send(data, { binary: isBinary }))
      })
    })
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = this.#server.address()!.port
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]()
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url!, 'https://localhost')
  const path = pathname === '/' ? '/index.html' : pathname
  const [, place, name] = path.split('/')
  if (path in TYPES) response.setHeader('content-type', TYPES[path]!).end(await readFile(join(PAGES, path)))
  else if (place === 'picture') response.setHeader('content-type', 'image/svg+xml').end(picture(Number.parseInt(name!, 10)))
  else if (place === 'upload') response.end(await hashOf(request))
  else if (place === 'download') download(Number(name), response)
  else if (place === 'hello') response.end('hello')
  else response.writeHead(404).end()
}

function picture(index: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${index + 1}" height="10"><title>${index}</title><rect width="100%" height="10" fill="teal"/></svg>`
}

async function hashOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}

function download(size: number, response: ServerResponse): void {
  const content = Buffer.alloc(size, 'a millrace drives a mill ')
  response.setHeader('x-sha256', createHash('sha256').update(content).digest('hex')).end(content)
}

/** Sends back what comes: each stream's bytes, each datagram. */
async function echo(session: WebTransportSession): Promise<void> {
  void session.datagrams.readable.pipeTo(session.datagrams.writable).catch(() => undefined)
  for await (const stream of session.incomingBidirectionalStreams) void stream.readable.pipeTo(stream.writable).catch(() => undefined)
}

// Serves a folder as HTTP/0.9 over QUIC: `node -C source interop/hq/server.ts --help`.
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { parseArgs } from 'node:util'
import { listen, type PreferredAddressOptions, type QuicEndpoint, type QuicSession, type QuicStream } from '@millrace/quic'
import { BAD_REQUEST, HQ_ALPN, LONGEST_REQUEST, NOT_FOUND, parseRequest, VERSION_2_PREFERRED } from './protocol.ts'

const USAGE = `node -C source interop/hq/server.ts --cert FILE --key FILE [--listen HOST:PORT] [--root FOLDER]

  --cert, --key  PEM files
  --behaviour    one of the interop runner's, default transfer: retry validates addresses; v2 prefers version 2; zerortt
                 accepts 0-RTT
  --listen       default 127.0.0.1:4433
  --preferred    IPv4 address and port where clients are asked to go
  --preferred-bind  what is bound for it, default itself
  --root         the folder to serve, default the current one

SSLKEYLOGFILE is honoured. Ctrl-C ends it.`

/** For handshake and silence, milliseconds. Long, for cases in which a third of the packets is lost. */
const PATIENCE = 120_000

/** Bytes read from disk at a time. */
const READ_SIZE = 256 * 1024

const { values } = parseArgs({
  options: {
    behaviour: { type: 'string', default: 'transfer' },
    cert: { type: 'string' },
    key: { type: 'string' },
    preferred: { type: 'string' },
    'preferred-bind': { type: 'string' },
    listen: { type: 'string', default: '127.0.0.1:4433' },
    root: { type: 'string', default: '.' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help || values.cert === undefined || values.key === undefined) {
  console.log(USAGE)
  process.exitCode = values.help ? 0 : 2
} else {
  const endpoint = await start(readFileSync(values.cert), readFileSync(values.key))
  console.error(`serving ${values.root} on ${endpoint.address.address}:${endpoint.address.port}`)
  const stop = () => endpoint.destroy()
  process.once('SIGTERM', stop).once('SIGINT', stop)
}

function start(cert: Buffer, key: Buffer): Promise<QuicEndpoint> {
  return listen(serveSession, {
    endpoint: { address: values.listen, ...(values.behaviour === 'retry' && { validateAddress: true }) },
    enableEarlyData: values.behaviour === 'zerortt',
    ...(values.behaviour === 'v2' && { versions: VERSION_2_PREFERRED }),
    ...(values.preferred !== undefined && { preferredAddress: preferred(values.preferred, values['preferred-bind']) }),
    alpn: HQ_ALPN,
    handshakeTimeout: PATIENCE,
    transportParams: { maxIdleTimeout: PATIENCE },
    sni: { '*': { certs: cert.toString(), keys: key.toString() } },
  })
}

function preferred(ipv4: string, bind: string | undefined): PreferredAddressOptions {
  return { ipv4, ...(bind !== undefined && { bind: { ipv4: bind } }) }
}

function serveSession(session: QuicSession): void {
  session.onstream = (stream) => {
    serveStream(stream).catch((error: Error) => console.error(`stream ${stream.id}: ${error.message}`))
  }
  session.closed.catch((error: Error) => console.error(`session: ${error.message}`))
}

async function serveStream(stream: QuicStream): Promise<void> {
  const request = await readRequest(stream)
  const path = request === null ? null : parseRequest(request)
  if (path === null) return stream.resetStream(BAD_REQUEST)
  const file = fileOf(path)
  if (file === null) return stream.resetStream(NOT_FOUND)
  for await (const chunk of createReadStream(file, { highWaterMark: READ_SIZE })) await stream.write(chunk as Buffer)
  await stream.end()
}

/** What came before FIN; null when it is longer than a request may be. */
async function readRequest(stream: QuicStream): Promise<string | null> {
  let text = ''
  for await (const chunks of stream) {
    for (const chunk of chunks) text += Buffer.from(chunk).toString('latin1')
    if (text.length > LONGEST_REQUEST) return null
  }
  return text
}

/** The file under the root that a path names; null when there is none. `normalize` of an absolute path does not leave it. */
function fileOf(path: string): string | null {
  const file = join(values.root, normalize(path))
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? file : null
}

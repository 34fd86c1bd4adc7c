// Fetches files by HTTP/0.9 over QUIC: `node -C source interop/hq/client.ts --help`.
import { createWriteStream, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { connect, type QuicSession } from '@millrace/quic'
import { formatRequest, HQ_ALPN } from './protocol.ts'

const USAGE = `node -C source interop/hq/client.ts [--ca FILE | --insecure] [--download FOLDER] https://HOST:PORT/PATH...

  --ca        PEM file of the authority to trust, default the system's
  --insecure  does not check who the server is
  --download  the folder to save into, default the current one

All files come over one connection to the first URL's host, a stream each. SSLKEYLOGFILE is honoured.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ca: { type: 'string' },
    insecure: { type: 'boolean', default: false },
    download: { type: 'string', default: '.' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help || positionals.length === 0) {
  console.log(USAGE)
  process.exitCode = values.help ? 0 : 2
} else {
  try {
    await fetchAll(positionals.map((text) => new URL(text)))
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
}

async function fetchAll(urls: readonly URL[]): Promise<void> {
  const { hostname, port } = urls[0] as URL
  const session = await connect(`${hostname}:${port || 443}`, {
    alpn: HQ_ALPN,
    rejectUnauthorized: !values.insecure,
    ...(values.ca === undefined ? {} : { ca: readFileSync(values.ca, 'utf8') }),
  })
  const { protocol, cipher } = await session.opened
  console.error(`connected: ${protocol}, ${cipher}`)
  await Promise.all(urls.map((url) => fetchOne(session, url)))
  await session.close()
}

async function fetchOne(session: QuicSession, url: URL): Promise<void> {
  const stream = await session.createBidirectionalStream()
  const sent = stream.end(formatRequest(url.pathname))
  await pipeline(bytesOf(stream), createWriteStream(join(values.download, basename(url.pathname))))
  await sent
}

/** The chunks of a stream, one by one; what is not taken yet is not credited to the server. */
async function* bytesOf(stream: AsyncIterable<Uint8Array[]>): AsyncGenerator<Uint8Array> {
  for await (const chunks of stream) yield* chunks
}

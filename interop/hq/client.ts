// Fetches files by HTTP/0.9 over QUIC: `node -C source interop/hq/client.ts --help`.
import { createWriteStream } from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { connect, type QuicSession } from '@millrace/quic'
import { runFetcher, type Wishes } from '../fetcher.ts'
import { formatRequest, HQ_ALPN, VERSION_2_PREFERRED } from './protocol.ts'

/** For handshake and silence, milliseconds. Long, for cases in which a third of the packets is lost. */
const PATIENCE = 120_000

/** For a session ticket, once the file is there, milliseconds: a server sends it with the handshake's end or never. */
const TICKET_PATIENCE = 5_000

/**
 * Milliseconds after which the client says something though it has nothing to say: a server whose client has got another address and only
 * listens would send to the old one for good. RFC 9000 section 10.1.2.
 */
const KEEP_ALIVE = 1_000

/** With `keyupdate`, bytes of a file that have come when the keys are updated. */
const KEY_UPDATE_AFTER = 256 * 1024

const USAGE = `node -C source interop/hq/client.ts [--ca FILE | --insecure] [--download FOLDER] https://HOST:PORT/PATH...

  --behaviour one of the interop runner's, default transfer: chacha20 offers that cipher suite alone; multiconnect gets each file over a
              connection of its own; keyupdate updates the keys on the way; v2 prefers
              version 2; resumption and zerortt get all files but the first over a second connection that resumes the first
  --ca        PEM file of the authority to trust, default the system's
  --insecure  does not check who the server is
  --servername the name that the certificate must bear, default the first URL's host
  --download  the folder to save into, default the current one

Files come from the first URL's host, a stream each, over one connection unless the behaviour says otherwise. SSLKEYLOGFILE is honoured.`

await runFetcher(USAGE, fetchAll, { behaviours: true })

async function fetchAll(urls: readonly URL[], wishes: Wishes): Promise<void> {
  const { behaviour } = wishes
  if (behaviour === 'multiconnect') for (const url of urls) await fetchOverOne([url], wishes)
  else if (behaviour === 'resumption' || behaviour === 'zerortt')
    await fetchOverOne(urls.slice(1), wishes, await fetchForTicket(urls[0] as URL, wishes))
  else await fetchOverOne(urls, wishes)
}

async function fetchOverOne(urls: readonly URL[], wishes: Wishes, ticket?: Uint8Array): Promise<void> {
  const session = await open(urls[0] as URL, wishes, ticket)
  const opened = session.opened.then(({ protocol, cipher }) => console.error(`connected: ${protocol}, ${cipher}`))
  await Promise.all([opened, ...urls.map((url) => fetchOne(session, url, wishes))])
  await session.close()
}

/** Fetches over a session that lasts until the server has given a ticket for the next. */
async function fetchForTicket(url: URL, wishes: Wishes): Promise<Uint8Array> {
  const session = await open(url, wishes)
  const ticket = new Promise<Uint8Array>((resolve) => {
    session.onsessionticket = resolve
  })
  await fetchOne(session, url, wishes)
  const kept = await Promise.race([ticket, delay(TICKET_PATIENCE, null, { ref: false })])
  await session.close()
  if (kept === null)
    throw new Error(`the server gave no session ticket within ${TICKET_PATIENCE / 1000} s of the file: there is nothing to resume`)
  return kept
}

function open({ hostname, port }: URL, { behaviour, trust }: Wishes, sessionTicket?: Uint8Array): Promise<QuicSession> {
  return connect(`${hostname}:${port || 443}`, {
    alpn: HQ_ALPN,
    handshakeTimeout: PATIENCE,
    keepAlive: KEEP_ALIVE,
    transportParams: { maxIdleTimeout: PATIENCE },
    ...trust,
    ...(behaviour === 'v2' && { versions: VERSION_2_PREFERRED }),
    ...(behaviour === 'chacha20' && { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }),
    ...(sessionTicket !== undefined && { sessionTicket, enableEarlyData: behaviour === 'zerortt' }),
  })
}

async function fetchOne(session: QuicSession, url: URL, { behaviour, download }: Wishes): Promise<void> {
  const stream = await session.createBidirectionalStream()
  const sent = stream.end(formatRequest(url.pathname))
  await pipeline(bytesOf(session, stream, behaviour === 'keyupdate'), createWriteStream(join(download, basename(url.pathname))))
  await sent
}

/** The chunks of a stream, one by one, with a key update on the way where one is wanted; what is not taken yet is not credited to the server. */
async function* bytesOf(session: QuicSession, stream: AsyncIterable<Uint8Array[]>, updatesKey: boolean): AsyncGenerator<Uint8Array> {
  let received = 0
  for await (const chunks of stream) {
    const before = received
    for (const chunk of chunks) received += chunk.length
    if (updatesKey && before < KEY_UPDATE_AFTER && received >= KEY_UPDATE_AFTER) session.updateKey()
    yield* chunks
  }
}

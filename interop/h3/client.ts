// Fetches files by HTTP/3: `node -C source interop/h3/client.ts --help`.
import { createWriteStream } from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fieldValue, Http3Session } from '@millrace/http3'
import { connect } from '@millrace/quic'
import { runFetcher, type Wishes } from '../fetcher.ts'

const USAGE = `node -C source interop/h3/client.ts [--ca FILE | --insecure] [--download FOLDER] https://HOST:PORT/PATH...

  --ca         PEM file of the authority to trust, default the system's
  --insecure   does not check who the server is
  --servername the name that the certificate must bear, default the first URL's host
  --download   the folder to save into, default the current one

All files come from the first URL's host at once, over one connection. SSLKEYLOGFILE is honoured.`

await runFetcher(USAGE, fetchAll)

async function fetchAll(urls: readonly URL[], wishes: Wishes): Promise<void> {
  const { host } = urls[0] as URL
  const quic = await connect(host, { alpn: 'h3', ...wishes.trust })
  const session = Http3Session.client(quic)
  try {
    await Promise.all(urls.map((url) => fetchOne(session, url, wishes)))
    await session.shutdown()
  } finally {
    session.destroy()
  }
}

async function fetchOne(session: Http3Session, url: URL, { download, servername }: Wishes): Promise<void> {
  const fields = [':method', 'GET', ':scheme', 'https', ':authority', servername ?? url.host, ':path', url.pathname]
  const stream = await session.request([...fields, 'user-agent', 'millrace'], { endStream: true })
  const status = fieldValue(await stream.response(), ':status')
  if (status !== '200') throw new Error(`${url.pathname}: status ${status}`)
  await pipeline(stream, createWriteStream(join(download, basename(url.pathname))))
}

// Fetches files by HTTP/3: `node -C source interop/h3/client.ts --help`.
import { createWriteStream, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { fieldValue, Http3Session } from '@millrace/http3'
import { connect } from '@millrace/quic'

const USAGE = `node -C source interop/h3/client.ts [--ca FILE | --insecure] [--download FOLDER] https://HOST:PORT/PATH...

  --ca         PEM file of the authority to trust, default the system's
  --insecure   does not check who the server is
  --servername the name that the certificate must bear, default the first URL's host
  --download   the folder to save into, default the current one

All files come from the first URL's host at once, over one connection. SSLKEYLOGFILE is honoured.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ca: { type: 'string' },
    servername: { type: 'string' },
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
  const { host } = urls[0] as URL
  const quic = await connect(host, {
    alpn: 'h3',
    rejectUnauthorized: !values.insecure,
    ...(values.servername !== undefined && { servername: values.servername }),
    ...(values.ca !== undefined && { ca: readFileSync(values.ca, 'utf8') }),
  })
  const session = Http3Session.client(quic)
  try {
    await Promise.all(urls.map((url) => fetchOne(session, url)))
    await session.shutdown()
  } finally {
    session.destroy()
  }
}

async function fetchOne(session: Http3Session, url: URL): Promise<void> {
  const fields = [':method', 'GET', ':scheme', 'https', ':authority', values.servername ?? url.host, ':path', url.pathname]
  const stream = await session.request([...fields, 'user-agent', 'millrace'], { endStream: true })
  const status = fieldValue(await stream.response(), ':status')
  if (status !== '200') throw new Error(`${url.pathname}: status ${status}`)
  await pipeline(stream, createWriteStream(join(values.download, basename(url.pathname))))
}

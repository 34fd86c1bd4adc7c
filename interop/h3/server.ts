// Serves a folder by HTTP/3: `node -C source interop/h3/server.ts --help`.
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { parseArgs } from 'node:util'
import { fieldValue, Http3Session, type Http3Stream } from '@millrace/http3'
import { listen } from '@millrace/quic'

const USAGE = `node -C source interop/h3/server.ts --cert FILE --key FILE [--listen HOST:PORT] [--root FOLDER]

  --cert, --key  PEM files
  --listen       default 127.0.0.1:4433
  --root         the folder to serve, default the current one

SSLKEYLOGFILE is honoured. Ctrl-C ends it.`

/** Bytes read from disk at a time. */
const READ_SIZE = 256 * 1024

const { values } = parseArgs({
  options: {
    cert: { type: 'string' },
    key: { type: 'string' },
    listen: { type: 'string', default: '127.0.0.1:4433' },
    root: { type: 'string', default: '.' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help || values.cert === undefined || values.key === undefined) {
  console.log(USAGE)
  process.exitCode = values.help ? 0 : 2
} else {
  const endpoint = await listen(
    (quic) => {
      const session = Http3Session.server(quic)
      session.onrequest = serveFile
      session.closed.catch((error: Error) => console.error(`session: ${error.message}`))
    },
    {
      endpoint: { address: values.listen },
      alpn: 'h3',
      sni: { '*': { certs: readFileSync(values.cert, 'utf8'), keys: readFileSync(values.key, 'utf8') } },
    },
  )
  console.error(`serving ${values.root} on ${endpoint.address.address}:${endpoint.address.port}`)
  const stop = () => endpoint.destroy()
  process.once('SIGTERM', stop).once('SIGINT', stop)
}

async function serveFile(stream: Http3Stream): Promise<void> {
  const [path = '/'] = (fieldValue(stream.requestFields, ':path') ?? '/').split('?')
  // `normalize` of an absolute path does not leave it.
  const file = join(values.root, normalize(path))
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found?.isFile()) return stream.respond([':status', '404', 'content-length', '0'], { endStream: true })
  stream.respond([':status', '200', 'server', 'millrace', 'content-length', `${found.size}`])
  for await (const chunk of createReadStream(file, { highWaterMark: READ_SIZE })) await stream.write(chunk as Buffer)
  stream.end()
}

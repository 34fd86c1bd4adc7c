// Millrace itself: the two programs of `interop/hq`, on @millrace/quic.
import { join } from 'node:path'
import { nodeProgram } from '../../scripts/support/child.ts'
import { type Implementation, urlHost } from './implementation.ts'

const PROGRAMS = join(import.meta.dirname, '../hq')
const H3 = 'Millrace has no HTTP/3 yet'

/** Of the loopback network's addresses one that no peer uses. */
const PREFERRED_HOST = '127.0.0.2'

export const millrace: Implementation = {
  name: 'millrace',
  lacks: { client: { http3: H3 }, server: { http3: H3 } },
  preferredHost: PREFERRED_HOST,
  missing: () => null,
  version: () => null,
  server: ({ behaviour, host, port, root, cert, key, preferredPort }) =>
    nodeProgram(
      join(PROGRAMS, 'server.ts'),
      ...['--behaviour', behaviour, '--listen', `${urlHost(host)}:${port}`, '--root', root, '--cert', cert, '--key', key],
      ...(preferredPort === null
        ? []
        : ['--preferred', `${urlHost(host)}:${preferredPort}`, '--preferred-bind', `${PREFERRED_HOST}:${preferredPort}`]),
    ),
  client: ({ behaviour, host, port, files, downloads, ca }) => [
    nodeProgram(
      join(PROGRAMS, 'client.ts'),
      ...['--behaviour', behaviour, '--ca', ca, '--servername', 'localhost', '--download', downloads],
      ...files.map((file) => `https://${urlHost(host)}:${port}/${file}`),
    ),
  ],
}

// Millrace itself: the programs of `interop/hq` on @millrace/quic, and for the case http3 those of `interop/h3` on @millrace/http3.
import { join } from 'node:path'
import { type Command, nodeProgram } from '../../scripts/support/child.ts'
import { type ClientJob, type Implementation, type ServerJob, urlHost } from './implementation.ts'

const HQ = join(import.meta.dirname, '../hq')
const H3 = join(import.meta.dirname, '../h3')

/** Of the loopback network's addresses one that no peer uses. */
const PREFERRED_HOST = '127.0.0.2'

export const millrace: Implementation = {
  name: 'millrace',
  lacks: { client: {}, server: {} },
  preferredHost: PREFERRED_HOST,
  missing: () => null,
  version: () => null,
  server: (job) => (job.behaviour === 'http3' ? http3Server(job) : hqServer(job)),
  client: (job) => [job.behaviour === 'http3' ? http3Client(job) : hqClient(job)],
}

function hqServer({ behaviour, host, port, root, cert, key, preferredPort }: ServerJob): Command {
  return nodeProgram(
    join(HQ, 'server.ts'),
    ...['--behaviour', behaviour, '--listen', `${urlHost(host)}:${port}`, '--root', root, '--cert', cert, '--key', key],
    ...(preferredPort === null
      ? []
      : ['--preferred', `${urlHost(host)}:${preferredPort}`, '--preferred-bind', `${PREFERRED_HOST}:${preferredPort}`]),
  )
}

function http3Server({ host, port, root, cert, key }: ServerJob): Command {
  return nodeProgram(join(H3, 'server.ts'), '--listen', `${urlHost(host)}:${port}`, '--root', root, '--cert', cert, '--key', key)
}

function hqClient(job: ClientJob): Command {
  return nodeProgram(join(HQ, 'client.ts'), '--behaviour', job.behaviour, ...fetching(job))
}

function http3Client(job: ClientJob): Command {
  return nodeProgram(join(H3, 'client.ts'), ...fetching(job))
}

function fetching({ host, port, files, downloads, ca }: ClientJob): string[] {
  const urls = files.map((file) => `https://${urlHost(host)}:${port}/${file}`)
  return ['--ca', ca, '--servername', 'localhost', '--download', downloads, ...urls]
}

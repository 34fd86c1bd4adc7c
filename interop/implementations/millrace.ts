// Millrace itself: the two programs of `interop/hq`, on @millrace/quic.
import { join } from 'node:path'
import { nodeProgram } from '../../scripts/support/child.ts'
import type { Implementation } from './implementation.ts'

const PROGRAMS = join(import.meta.dirname, '../hq')

export const millrace: Implementation = {
  name: 'millrace',
  missing: () => null,
  server: ({ port, root, cert, key }) =>
    nodeProgram(join(PROGRAMS, 'server.ts'), '--listen', `127.0.0.1:${port}`, '--root', root, '--cert', cert, '--key', key),
  client: ({ port, files, downloads, ca }) =>
    nodeProgram(
      join(PROGRAMS, 'client.ts'),
      '--ca',
      ca,
      '--download',
      downloads,
      ...files.map((file) => `https://localhost:${port}/${file}`),
    ),
}

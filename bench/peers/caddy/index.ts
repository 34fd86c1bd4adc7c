// Caddy's server, asked by ngtcp2's client.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { nodeProgram } from '../../../scripts/support/child.ts'
import { ngtcp2Http3 } from '../ngtcp2/index.ts'
import type { Peer } from '../peer.ts'
import { PROGRAM } from './program.ts'

export const caddy: Peer = {
  name: 'Caddy',
  missing: () => (existsSync(PROGRAM) ? ngtcp2Http3.missing() : "missing: 'bash interop/install.sh caddy ngtcp2' installs it"),
  version: () => (existsSync(PROGRAM) ? spawnSync(PROGRAM, ['version'], { encoding: 'utf8' }).stdout.trim() : null),
  server: ({ cert, key }) => nodeProgram(join(import.meta.dirname, 'server.ts'), '--cert', cert, '--key', key),
  client: ngtcp2Http3.client,
}

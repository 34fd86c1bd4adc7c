// ngtcp2's example programs: the distribution's gtlsclient and gtlsserver, which announce `h3` alone, and their siblings, which speak
// `hq-interop` and which `interop/install.sh` builds from the distribution's source package.
import { join } from 'node:path'
import type { Command } from '../../scripts/support/child.ts'
import type { Behaviour } from '../cases.ts'
import { type ClientJob, type Implementation, type ServerJob, urlHost } from './implementation.ts'
import { absent, installedVersion, PEERS } from './programs.ts'

const CLIENT = join(PEERS, 'h09client')
const SERVER = join(PEERS, 'h09server')
const H3_CLIENT = '/usr/bin/gtlsclient'
const H3_SERVER = '/usr/sbin/gtlsserver'

/** Its 10 s for the handshake and 30 s of silence are too few when a third of the packets is lost. */
const PATIENCE = ['--handshake-timeout=120s', '--timeout=120s']
const CHACHA20_ALONE = '--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305'
/** How long after the handshake the client updates its keys: within the first megabyte of three. */
const KEY_UPDATE_AFTER = '500ms'

const V2 = 'ngtcp2 0.12 knows the draft of version 2 (0x709a50c4), not RFC 9369'

const CLIENT_OPTIONS: Readonly<Partial<Record<Behaviour, readonly string[]>>> = {
  chacha20: [CHACHA20_ALONE],
  keyupdate: [`--key-update=${KEY_UPDATE_AFTER}`],
}

const SERVER_OPTIONS: Readonly<Partial<Record<Behaviour, readonly string[]>>> = {
  chacha20: [CHACHA20_ALONE],
  retry: ['--validate-addr'],
}

export const ngtcp2: Implementation = {
  name: 'ngtcp2',
  lacks: { client: { v2: V2 }, server: { v2: V2 } },
  missing: () => absent('ngtcp2', CLIENT, SERVER, H3_CLIENT, H3_SERVER),
  version: () => installedVersion('ngtcp2'),
  server: (job) => ({
    program: job.behaviour === 'http3' ? H3_SERVER : SERVER,
    args: [...serverOptions(job), job.host, `${job.port}`, job.key, job.cert],
  }),
  client: (job) => connections(job).map((files, index) => fetch(job, files, index)),
}

function serverOptions({ behaviour, host, root, preferredPort }: ServerJob): string[] {
  const preferred = preferredPort === null ? [] : [`--preferred-ipv4-addr=${host}:${preferredPort}`]
  return ['--quiet', ...PATIENCE, `--htdocs=${root}`, ...(SERVER_OPTIONS[behaviour] ?? []), ...preferred]
}

/** Which files go over which connection: the program makes one. */
function connections({ behaviour, files }: ClientJob): readonly (readonly string[])[] {
  if (behaviour === 'multiconnect') return files.map((file) => [file])
  if (behaviour === 'resumption' || behaviour === 'zerortt') return [files.slice(0, 1), files.slice(1)]
  return [files]
}

function fetch({ behaviour, host, port, downloads, state }: ClientJob, files: readonly string[], index: number): Command {
  const session = [`--session-file=${join(state, 'session')}`, `--tp-file=${join(state, 'parameters')}`]
  const isKept = behaviour === 'resumption' || behaviour === 'zerortt'
  return {
    program: behaviour === 'http3' ? H3_CLIENT : CLIENT,
    args: [
      '--quiet',
      ...PATIENCE,
      '--sni=localhost',
      '--exit-on-all-streams-close',
      `--download=${downloads}`,
      ...(isKept ? session : []),
      ...(behaviour === 'resumption' || (behaviour === 'zerortt' && index === 0) ? ['--disable-early-data'] : []),
      ...(CLIENT_OPTIONS[behaviour] ?? []),
      host,
      `${port}`,
      ...files.map((file) => `https://${urlHost(host)}:${port}/${file}`),
    ],
  }
}

// Programs written for this runner on other people's libraries: one command line for all of them.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientJob, Implementation, ServerJob } from './implementation.ts'

/** Where `interop/install.sh` puts peers. */
export const PEERS: string = process.env.MILLRACE_PEERS ?? '/usr/local/lib/millrace-interop'

/** The version that `interop/install.sh` noted. */
export function installedVersion(peer: string): string | null {
  const note = join(PEERS, `${peer}.version`)
  return existsSync(note) ? readFileSync(note, 'utf8').trim() : null
}

/** Why a peer cannot run, when one of its files is not there. */
export function absent(peer: string, ...files: readonly string[]): string | null {
  const wanting = files.filter((file) => !existsSync(file))
  return wanting.length === 0
    ? null
    : `${peer} is missing (${wanting.join(', ')}); on Debian 'bash interop/install.sh ${peer}' as root installs it`
}

export function serverArguments({ behaviour, host, port, root, cert, key, preferredPort }: ServerJob): string[] {
  const preferred = preferredPort === null ? [] : ['--preferred-port', `${preferredPort}`]
  return [
    'server',
    '--behaviour',
    behaviour,
    '--host',
    host,
    '--port',
    `${port}`,
    '--root',
    root,
    '--cert',
    cert,
    '--key',
    key,
    ...preferred,
  ]
}

export function clientArguments({ behaviour, host, port, files, downloads, ca }: ClientJob): string[] {
  return ['client', '--behaviour', behaviour, '--host', host, '--port', `${port}`, '--ca', ca, '--downloads', downloads, ...files]
}

/** A peer that is one program. `command` is what stands before the arguments. */
export function programPeer(name: string, command: readonly string[], lacks: Implementation['lacks']): Implementation {
  const [program = '', ...before] = command
  return {
    name,
    lacks,
    missing: () => absent(name, ...command),
    version: () => installedVersion(name),
    server: (job) => ({ program, args: [...before, ...serverArguments(job)] }),
    client: (job) => [{ program, args: [...before, ...clientArguments(job)] }],
  }
}

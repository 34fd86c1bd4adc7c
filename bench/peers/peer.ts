// What the network benchmarks need of a contender: a server, and a client for some of the workloads. Programs speak as README.md says.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, nodeProgram } from '../../scripts/support/child.ts'
import type { Contender } from '../harness/benchmark.ts'

export interface Peer extends Contender {
  server(identity: Identity): Command
  client(workload: readonly string[], server: Whereabouts): Command
}

/** Paths of PEM files. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

export interface Whereabouts {
  readonly port: number
  /** Path of a PEM file. */
  readonly ca: string
}

/** Where `bench/install.sh` puts what it compiles. */
export const INSTALLED: string = process.env.MILLRACE_BENCH_PEERS ?? '/usr/local/lib/millrace-bench'

/** A pair of TypeScript programs in the folder; `options` go to both. */
export function nodePeer(
  name: string,
  folder: string,
  { options = [], missing = () => null, version = () => null }: { options?: readonly string[] } & Partial<Contender> = {},
): Peer {
  return {
    name,
    missing,
    version,
    server: (identity) => nodeProgram(join(folder, 'server.ts'), ...options, ...serverOptions(identity)),
    client: (workload, server) => nodeProgram(join(folder, 'client.ts'), ...workload, ...options, ...clientOptions(server)),
  }
}

/** A program that `bench/install.sh` compiled, client and server in one. */
export function compiledPeer(name: string): Peer {
  const program = join(INSTALLED, name)
  const note = `${program}.version`
  return {
    name,
    missing: () => (existsSync(program) ? null : `missing: 'bash bench/install.sh ${name}' compiles it`),
    version: () => (existsSync(note) ? readFileSync(note, 'utf8').trim() : null),
    server: (identity) => ({ program, args: ['server', ...serverOptions(identity)] }),
    client: (workload, server) => ({ program, args: [...workload, ...clientOptions(server)] }),
  }
}

/** The version of an npm package in `bench/node_modules`; null when it is not there. */
export function packageVersion(name: string): string | null {
  const manifest = join(import.meta.dirname, '../node_modules', name, 'package.json')
  return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version : null
}

export function packagePeer(name: string): Contender {
  return {
    name,
    missing: () => (packageVersion(name) === null ? "missing: 'npm install --prefix bench' installs it" : null),
    version: () => packageVersion(name),
  }
}

function serverOptions({ cert, key }: Identity): string[] {
  return ['--cert', cert, '--key', key]
}

function clientOptions({ port, ca }: Whereabouts): string[] {
  return ['--port', `${port}`, '--ca', ca]
}

// A row of the matrix: one peer, one role, one case, and what came of it.
import { type Case, cases } from './cases.ts'
import { implementations } from './implementations/index.ts'
import type { Role } from './options.ts'
import { type Run, runCase } from './run-case.ts'

export interface Row {
  readonly peer: string
  readonly peerVersion: string
  /** Millrace's. */
  readonly role: Role
  readonly case: string
  readonly result: 'pass' | 'fail' | 'unsupported'
  /** Why it did not pass, null when it did. */
  readonly reason: string | null
}

export interface Timed {
  readonly row: Row
  readonly seconds: number
  /** Null when nothing was run. */
  readonly folder: string | null
}

/** Who plays which part, by the role that is Millrace's. */
const PAIRINGS = {
  client: (peer: string) => ({ client: 'millrace', server: peer }),
  server: (peer: string) => ({ client: peer, server: 'millrace' }),
  none: (peer: string) => ({ client: peer, server: peer }),
} as const

export async function runRow(peer: string, role: Role, name: string, capture: boolean): Promise<Timed> {
  const pairing = PAIRINGS[role](peer)
  const run: Run = {
    peer,
    role,
    case: cases[name] as Case,
    client: implementations[pairing.client]!,
    server: implementations[pairing.server]!,
  }
  const row = { peer, peerVersion: implementations[peer]!.version() ?? 'unknown', role, case: name }
  const lack = run.client.lacks.client[name] ?? run.server.lacks.server[name]
  if (lack !== undefined) return { row: { ...row, result: 'unsupported', reason: lack }, seconds: 0, folder: null }
  const { failure, seconds, folder } = await runCase(run, { capture })
  return { row: { ...row, result: failure === null ? 'pass' : 'fail', reason: failure }, seconds, folder }
}

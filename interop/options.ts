// The runner's arguments.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { cases, suites } from './cases.ts'
import { implementations } from './implementations/index.ts'

/** Millrace's role; with `none` the peer talks to itself, which shows that it and this runner are well. */
export type Role = 'client' | 'server' | 'none'

export interface Options {
  readonly peers: readonly string[]
  readonly cases: readonly string[]
  readonly roles: readonly Role[]
  readonly json: boolean
  readonly capture: boolean
  /** Whether docs/interop.md is written. */
  readonly write: boolean
  /** How many rows run at once. */
  readonly jobs: number
  /** Whether a row that is not as expected runs once more, alone. */
  readonly again: boolean
}

/** A mistake of the caller, in one sentence. */
export class UsageError extends Error {
  override name = 'UsageError'
}

const ROLES: Readonly<Record<string, readonly Role[]>> = {
  client: ['client'],
  server: ['server'],
  both: ['client', 'server'],
  none: ['none'],
}

const MOST_JOBS = 64
/** Two a core: a row keeps one busy for 0.4 of its time. On a machine without time to spare, packets come late, and that is not what is judged. */
const DEFAULT_JOBS = Math.min(2 * availableParallelism(), MOST_JOBS)

/** Null when help is asked for. */
export function parseOptions(args: readonly string[]): Options | null {
  const values = parse(args)
  if (values.help) return null
  return {
    peers: chosen('peer', values.peer ?? 'ngtcp2', Object.keys(implementations)),
    cases: chosenCases(values.case, values.suite),
    roles: ROLES[chosen('role', values.role ?? 'both', Object.keys(ROLES))[0] as string] as readonly Role[],
    json: values.json ?? false,
    capture: values.capture ?? false,
    write: values.write ?? false,
    jobs: count(values.jobs),
    again: values.again ?? false,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        peer: { type: 'string' },
        case: { type: 'string' },
        suite: { type: 'string' },
        role: { type: 'string' },
        json: { type: 'boolean' },
        capture: { type: 'boolean' },
        write: { type: 'boolean' },
        jobs: { type: 'string' },
        again: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\.\s/)[0]}; --help lists what there is`)
  }
}

function chosenCases(names: string | undefined, suite: string | undefined): readonly string[] {
  if (suite === undefined) return chosen('case', names ?? Object.keys(cases).join(), Object.keys(cases))
  if (names !== undefined) throw new UsageError('--case and --suite are both given; one says which cases')
  return suites[chosen('suite', suite, Object.keys(suites))[0] as string] as readonly string[]
}

function chosen(option: string, value: string, known: readonly string[]): string[] {
  const names = value.split(',')
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return names
  throw new UsageError(`--${option} does not know '${unknown}'; it knows ${known.join(', ')}`)
}

function count(value: string | undefined): number {
  const jobs = Number(value ?? DEFAULT_JOBS)
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= MOST_JOBS) return jobs
  throw new UsageError(`--jobs is '${value}'; it goes from 1 to ${MOST_JOBS}`)
}

export function usage(): string {
  return [
    'npm run interop -- [--peer NAME,...] [--case NAME,... | --suite NAME] [--role client|server|both|none] [--capture] [--json] [--write] [--again]',
    '',
    `  --peer     who to talk to: ${Object.keys(implementations).join(', ')} (default ngtcp2)`,
    '  --case     what to do (default all):',
    ...Object.values(cases).map(({ name, what }) => `               ${name.padEnd(20)} ${what}`),
    `  --suite    cases that belong together: ${Object.keys(suites).join(', ')}; or webtransport, with --peer aioquic (the default), webtransport-go, --case and --write alone; or qpack, with files of the offline interop`,
    "  --role     Millrace's role (default both); none: the peer talks to itself, to see that it is well",
    '  --capture  record each datagram, let tshark decrypt the record with the key log, and fail on a malformed packet',
    '  --json     print { rows: [{ peer, peerVersion, role, case, result, reason }] }; result is pass, fail or unsupported',
    '  --write    write the matrix to docs/interop.md',
    `  --jobs     how many rows run at once (default two a core, ${DEFAULT_JOBS} here)`,
    '  --again    a row that is not as expected runs once more, alone: on a busy machine packets come late, and that is not what is judged',
    '',
    'Files, logs, keys and captures of each run are left in interop/out. A key log goes where SSLKEYLOGFILE says when it is set.',
    'bash interop/install.sh installs the peers.',
  ].join('\n')
}

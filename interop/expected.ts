// What is known not to pass, and why. Whatever is not listed must pass; whatever is listed and passes must leave the list: either way
// `npm run interop` exits with 1, so that CI sees regressions and progress alike.
import type { Row } from './row.ts'

const PEERS = ['ngtcp2', 'aioquic', 'quic-go', 'quinn']

interface Known {
  readonly peer: string
  /** Millrace's; null for both. */
  readonly role: 'client' | 'server' | null
  readonly case: string
  readonly reason: string
}

const RESUMPTION = 'connect() takes no session ticket yet'
const ECN = 'sockets neither mark datagrams nor read their marks yet'
const PREFERRED_ADDRESS = 'listen() names no preferred address yet'

export const known: readonly Known[] = [
  ...PEERS.flatMap((peer): Known[] => [
    { peer, role: 'client', case: 'resumption', reason: RESUMPTION },
    { peer, role: 'client', case: 'zerortt', reason: RESUMPTION },
    { peer, role: 'server', case: 'zerortt', reason: 'listen() takes no 0-RTT yet' },
  ]),
  ...['ngtcp2', 'quic-go', 'quinn'].map((peer): Known => ({ peer, role: null, case: 'ecn', reason: ECN })),
  { peer: 'ngtcp2', role: 'server', case: 'connectionmigration', reason: PREFERRED_ADDRESS },
]

/** What a row says against the list, in a sentence; null when it is as expected. */
export function surprise(row: Row, list: readonly Known[] = known): string | null {
  const entry = list.find(({ peer, role, case: name }) => peer === row.peer && name === row.case && (role === null || role === row.role))
  if (row.result === 'fail' && entry === undefined) return `failed: ${row.reason}`
  if (row.result === 'pass' && entry !== undefined) return `passed, though interop/expected.ts lists it: ${entry.reason}`
  return null
}

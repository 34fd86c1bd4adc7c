// What is known not to pass, and why. Whatever is not listed must pass; whatever is listed and passes must leave the list: either way
// `npm run interop` exits with 1, so that CI sees regressions and progress alike.
import type { Row } from './row.ts'

interface Known {
  readonly peer: string
  /** Millrace's; null for both. */
  readonly role: 'client' | 'server' | null
  readonly case: string
  readonly reason: string
}

export const known: readonly Known[] = []

/** What a row says against the list, in a sentence; null when it is as expected. */
export function surprise(row: Row, list: readonly Known[] = known): string | null {
  const entry = list.find(({ peer, role, case: name }) => peer === row.peer && name === row.case && (role === null || role === row.role))
  if (row.result === 'fail' && entry === undefined) return `failed: ${row.reason}`
  if (row.result === 'pass' && entry !== undefined) return `passed, though interop/expected.ts lists it: ${entry.reason}`
  return null
}

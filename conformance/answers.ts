// The tables of `coverage/`, joined to the statements that they answer.

import { RFC_9000 } from './coverage/rfc9000.ts'
import { RFC_9001 } from './coverage/rfc9001.ts'
import { RFC_9002 } from './coverage/rfc9002.ts'
import { type Cover, type Coverage, isReason, type Why } from './coverage.ts'
import { type Rfc, readStatements, type Statement } from './statements.ts'

export const COVERAGE: Readonly<Record<Rfc, Coverage>> = { '9000': RFC_9000, '9001': RFC_9001, '9002': RFC_9002 }

export interface Answer {
  readonly statement: Statement
  readonly cover: Cover
}

/** Every statement of an RFC with what covers it, in the RFC's order. Throws where one has no answer, or an answer no statement. */
export function answers(rfc: Rfc): Answer[] {
  const coverage = COVERAGE[rfc]
  const statements = readStatements(rfc)
  const ids = new Set(statements.map(({ id }) => id))
  const [unanswered] = statements.filter(({ id }) => coverage[id] === undefined)
  if (unanswered !== undefined) throw new Error(`${unanswered.id} has neither a test nor a reason: ${unanswered.text}`)
  const stray = Object.keys(coverage).find((id) => !ids.has(id))
  if (stray !== undefined) throw new Error(`${stray} is no statement of RFC ${rfc}`)
  return statements.map((statement) => ({ statement, cover: coverage[statement.id]! }))
}

/** How many statements have tests, and how many go without for which reason. */
export function tally(list: readonly Answer[]): Readonly<Record<'tested' | Why, number>> {
  const counts = { tested: 0, openssl: 0, application: 0, authors: 0, construction: 0, absent: 0, open: 0 }
  for (const { cover } of list) counts[isReason(cover) ? cover.why : 'tested']++
  return counts
}

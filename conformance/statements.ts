// What the RFCs require, as `extract.ts` took it from their text.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Newest last: QUIC's transport, its TLS, its loss detection and congestion control. */
export const RFCS = ['9000', '9001', '9002'] as const
export type Rfc = (typeof RFCS)[number]

export interface Statement {
  /** `9000-4.1-3`: the RFC, its section, and which statement of that section. */
  readonly id: string
  readonly section: string
  /** What the section is called. */
  readonly title: string
  /** The RFC's sentence. */
  readonly text: string
}

export function statementsPath(rfc: Rfc): string {
  return join(import.meta.dirname, 'statements', `rfc${rfc}.json`)
}

export function readStatements(rfc: Rfc): Statement[] {
  return JSON.parse(readFileSync(statementsPath(rfc), 'utf8')) as Statement[]
}

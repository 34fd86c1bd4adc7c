// Everyone that the runner can start, by name. Millrace is one of them.
import type { Implementation } from './implementation.ts'
import { millrace } from './millrace.ts'
import { ngtcp2 } from './ngtcp2.ts'

export const implementations: Readonly<Record<string, Implementation>> = { ngtcp2, millrace }

// Exit codes, and which error leads to which.

import { MillraceError } from '../error.ts'

export const exitCodes = {
  /** All went well, or the user stopped it. */
  ok: 0,
  /** Something failed while it ran. */
  failed: 1,
  /** The command line, a configuration or a plugin file is wrong. */
  usage: 2,
  /** The address cannot be listened on. */
  listen: 3,
} as const

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof MillraceError)) return exitCodes.failed
  if (error.code === 'ERR_MILLRACE_LISTEN') return exitCodes.listen
  const isOfUsage = error.family === 'caller' || error.code === 'ERR_MILLRACE_NAME' || error.code === 'ERR_MILLRACE_ROLE'
  return isOfUsage ? exitCodes.usage : exitCodes.failed
}

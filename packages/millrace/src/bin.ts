// The process around the command line: its signals, its streams, its end.

import { exitCodes } from './cli/exit.ts'
import { runProgram } from './cli/program.ts'

/** What a shell shows for a program that an interrupt ended. */
const INTERRUPTED = 130

const stopping = new AbortController()

function interrupt(): void {
  // The second time is meant: what is still being drained is given up.
  if (stopping.signal.aborted) process.exit(INTERRUPTED)
  stopping.abort()
}

process.on('SIGINT', interrupt)
process.on('SIGTERM', interrupt)
// A parent that started us with a channel and is gone takes us along, also when it went while we were being loaded. It is at once, since those
// whom a drain would wait for are gone as well.
process.on('disconnect', () => process.exit(exitCodes.failed))
if (process.connected === false) process.exit(exitCodes.failed)
// A reader that has had enough (`| head`) ends us as an interrupt would.
process.stdout.on('error', () => stopping.abort())

const { stdin, stdout, stderr } = process
const code = await runProgram(process.argv.slice(2), { cwd: process.cwd(), stdin, stdout, stderr, signal: stopping.signal })
process.exit(code)

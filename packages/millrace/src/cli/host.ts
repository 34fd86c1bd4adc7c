// What a command may touch of the process it runs in. Given in, so that commands can be run and tested side by side.

import type { Readable, Writable } from 'node:stream'
import type { Report } from '../report.ts'

export interface Host {
  /** Directory that relative paths start from. */
  readonly cwd: string
  readonly stdin: Readable
  /** Data alone. */
  readonly stdout: Writable
  /** Lines for people. */
  readonly stderr: Writable
  /** Aborted: drain and return. */
  readonly signal: AbortSignal
}

/** Talk goes to standard error, a line each, with the program's name in front. */
export function reportTo(host: Host): Report {
  return (line) => void host.stderr.write(`millrace: ${line}\n`)
}

/** Writes data; a promise when the reader of standard output is slow. When it is gone, data goes nowhere, and nothing waits for it. */
export function print({ stdout }: Host, text: string): void | Promise<void> {
  if (stdout.errored !== null || stdout.write(`${text}\n`)) return
  return new Promise((resolve) => {
    const proceed = (): void => {
      stdout.off('drain', proceed).off('error', proceed)
      resolve()
    }
    stdout.on('drain', proceed).on('error', proceed)
  })
}

/** Resolves when the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
